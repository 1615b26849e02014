//! The track as pictures: spectrogram and chroma over time, with its bars, its drum hits and the playhead.
//!
//! Made on a thread of its own when a track comes; the wheel zooms, a click goes there.

use std::thread::JoinHandle;

use bevy::prelude::*;
use bevy_egui::egui::{
    self, Align2, Color32, ColorImage, FontId, Rect, Sense, Stroke, TextureHandle, TextureOptions, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use uuid::Uuid;

use super::super::picture::{self, N_BANDS, N_TONES, Picture};
use crate::document::plugin::Doc;
use crate::engine::TrackAnalysis;
use crate::playback::panel::Wish;
use crate::playback::plugin::Wanted;
use crate::show::plugin::Playhead;
use crate::tracks::model::Track;
use crate::ui::theme;

const NAMES: [&str; N_TONES] = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
/// The share of the height that the chroma has.
const CHROMA: f32 = 0.4;
const GUTTER: f32 = 26.0;
const LEAST_SECS: f64 = 2.0;
/// Columns a texture may be wide everywhere.
const WIDEST: usize = 2_048;

/// Pictures of the track on the desk.
#[derive(Default)]
pub struct Pictures {
    track: Option<Uuid>,
    making: Option<JoinHandle<Picture>>,
    shown: Option<Shown>,
    view: View,
}

/// Textures side by side, each so many columns wide.
struct Shown {
    picture: Picture,
    textures: Vec<[TextureHandle; 2]>,
}

/// What part of the track is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct View {
    from_secs: f64,
    /// `0.0`: all of it.
    secs: f64,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    track: Query<&Doc<Track>>,
    playhead: Res<Playhead>,
    mut pictures: Local<Pictures>,
    mut wanted: MessageWriter<Wanted>,
) {
    let Some(track) = track.iter().next() else {
        ui.weak("No track is open");
        return;
    };
    let Some(audio) = track.analysis.audio.clone() else {
        ui.weak("The track's sound is not on this device");
        return;
    };
    let pictures = &mut *pictures;
    if pictures.track != Some(track.id) {
        let make = move || picture::of(&audio.samples, audio.rate_hz);
        let making = std::thread::Builder::new().name("picture".into()).spawn(make).ok();
        *pictures = Pictures { track: Some(track.id), making, ..Pictures::default() };
    }
    if let Some(picture) = pictures.making.take_if(|making| making.is_finished()).and_then(|making| making.join().ok()) {
        pictures.shown = Some(Shown { textures: textures(ui.ctx(), &picture), picture });
    }
    let Some(shown) = &pictures.shown else {
        ui.weak("The pictures are being made");
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        return;
    };
    let seek = sound_ui(ui, shown, &mut pictures.view, &track.analysis, playhead.at_secs);
    wanted.write_batch(seek.map(|secs| Wanted(Wish::Seek(secs))));
}

fn textures(ctx: &egui::Context, picture: &Picture) -> Vec<[TextureHandle; 2]> {
    let image = |columns: &[Vec<Color32>], n_rows: usize| {
        let mut image = ColorImage::filled([columns.len(), n_rows], Color32::BLACK);
        for (x, column) in columns.iter().enumerate() {
            for (y, color) in column.iter().rev().enumerate() {
                image[(x, y)] = *color;
            }
        }
        image
    };
    let options = TextureOptions::LINEAR;
    let pieces = picture.spectrum.chunks(WIDEST).zip(picture.chroma.chunks(WIDEST));
    pieces
        .map(|(spectrum, chroma)| {
            let spectrum: Vec<Vec<Color32>> = spectrum.iter().map(|column| column.iter().map(|level| heat(*level)).collect()).collect();
            let chroma: Vec<Vec<Color32>> = chroma.iter().map(|column| column.iter().map(|level| heat(*level / 2)).collect()).collect();
            [
                ctx.load_texture("spectrogram", image(&spectrum, N_BANDS), options),
                ctx.load_texture("chroma", image(&chroma, N_TONES), TextureOptions::NEAREST),
            ]
        })
        .collect()
}

/// Black, blue, red, yellow, white.
fn heat(level: u8) -> Color32 {
    const STOPS: [[f32; 3]; 5] = [[8.0, 8.0, 12.0], [30.0, 40.0, 120.0], [170.0, 40.0, 90.0], [240.0, 170.0, 60.0], [255.0, 255.0, 230.0]];
    let place = f32::from(level) / 255.0 * (STOPS.len() - 1) as f32;
    let at = (place as usize).min(STOPS.len() - 2);
    let mix = |channel: usize| (STOPS[at][channel] + (STOPS[at + 1][channel] - STOPS[at][channel]) * (place - at as f32)) as u8;
    Color32::from_rgb(mix(0), mix(1), mix(2))
}

/// Draws both; returns the second that was clicked.  Knows no world.
fn sound_ui(ui: &mut Ui, shown: &Shown, view: &mut View, track: &TrackAnalysis, at_secs: f64) -> Option<f64> {
    let whole = shown.picture.duration_secs();
    if whole <= 0.0 {
        ui.weak("The track is silent");
        return None;
    }
    let rect = ui.available_rect_before_wrap();
    let (upper, lower) = rect.split_top_bottom_at_fraction(1.0 - CHROMA);
    let [spectrum, chroma] = [upper.shrink2(vec2(0.0, 1.0)), lower].map(|rect| rect.with_min_x(rect.left() + GUTTER));
    let mut seek = None;
    if view.secs <= 0.0 {
        *view = View { from_secs: 0.0, secs: whole };
    }
    for (area, name) in [(spectrum, "Spectrogram"), (chroma, "Chroma")] {
        let response = ui.allocate_rect(area, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, name));
        zoom(ui, &response, area, view, whole);
        if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) {
            seek = Some((view.from_secs + f64::from((at.x - area.left()) / area.width()) * view.secs).clamp(0.0, whole));
        }
    }
    let x = |secs: f64| spectrum.left() + ((secs - view.from_secs) / view.secs) as f32 * spectrum.width();
    let painter = ui.painter_at(rect);
    let secs_of = |column: usize| column as f64 * shown.picture.secs_per_column;
    for (piece, [sounds, tones]) in shown.textures.iter().enumerate() {
        let from = piece * WIDEST;
        let span = x(secs_of(from))..=x(secs_of((from + WIDEST).min(shown.picture.spectrum.len())));
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        for (area, texture) in [(spectrum, sounds), (chroma, tones)] {
            painter.with_clip_rect(area).image(texture.id(), Rect::from_x_y_ranges(span.clone(), area.y_range()), uv, Color32::WHITE);
        }
    }
    let font = FontId::proportional(10.0);
    for (tone, name) in NAMES.iter().enumerate() {
        let y = chroma.bottom() - (tone as f32 + 0.5) * chroma.height() / N_TONES as f32;
        painter.text(pos2(rect.left() + 4.0, y), Align2::LEFT_CENTER, name, font.clone(), theme::FAINT);
    }
    for (hz, words) in [(100.0_f32, "100"), (1_000.0, "1k"), (10_000.0, "10k")] {
        let y = spectrum.bottom() - (hz / 30.0).ln() / (16_000.0_f32 / 30.0).ln() * spectrum.height();
        painter.text(pos2(rect.left() + 2.0, y), Align2::LEFT_CENTER, words, font.clone(), theme::FAINT);
    }
    for &beat in &track.grid.downbeats {
        let Some(&secs) = track.grid.beats.get(beat) else { continue };
        if (view.from_secs..view.from_secs + view.secs).contains(&secs) && spectrum.width() as f64 / view.secs > 6.0 {
            painter.vline(x(secs), rect.y_range(), Stroke::new(1.0, theme::LINE.gamma_multiply(0.6)));
        }
    }
    if (view.from_secs..view.from_secs + view.secs).contains(&at_secs) {
        painter.vline(x(at_secs), rect.y_range(), Stroke::new(1.5, theme::PLAYHEAD));
    }
    seek
}

/// Wheel: zoom round the pointer; drag: along.
fn zoom(ui: &Ui, response: &egui::Response, area: Rect, view: &mut View, whole: f64) {
    if response.contains_pointer() {
        let (delta, pinch, pointer) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.pointer.hover_pos()));
        let factor = f64::from((-delta.y / 200.0).exp() / pinch);
        let share = pointer.map_or(0.5, |at| f64::from((at.x - area.left()) / area.width()));
        let under = view.from_secs + share * view.secs;
        view.secs = (view.secs * factor).clamp(LEAST_SECS.min(whole), whole);
        view.from_secs = under - share * view.secs;
    }
    if response.dragged() {
        view.from_secs -= f64::from(response.drag_delta().x / area.width()) * view.secs;
    }
    view.from_secs = view.from_secs.clamp(0.0, (whole - view.secs).max(0.0));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::BeatGrid;

    type State = (Option<Shown>, View, Option<f64>);

    #[test]
    fn both_pictures_are_found_by_name_and_a_click_goes_there() {
        let samples: Vec<f32> = (0..22_050 * 10).map(|at| (at as f32 * 0.1).sin() * 0.4).collect();
        let picture = picture::of(&samples, 22_050);
        let track = TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 20), 10.0);
        let draw = move |ui: &mut Ui, (shown, view, seek): &mut State| {
            let shown = shown.get_or_insert_with(|| Shown { textures: textures(ui.ctx(), &picture), picture: picture.clone() });
            *seek = seek.or(sound_ui(ui, shown, view, &track, 3.0));
        };
        let mut harness = Harness::builder().with_size([600.0, 300.0]).build_ui_state(draw, (None, View::default(), None));
        assert!(harness.query_by_label("Chroma").is_some());
        harness.get_by_label("Spectrogram").click();
        harness.run();
        let at = harness.state().2.unwrap();
        assert!((at - 5.0).abs() < 0.2, "the middle of ten seconds: {at}");
        assert_eq!(harness.state().1, View { from_secs: 0.0, secs: harness.state().0.as_ref().unwrap().picture.duration_secs() });
    }

    #[test]
    fn heat_rises_with_the_level() {
        let light = |level: u8| heat(level).to_array()[..3].iter().map(|channel| u32::from(*channel)).sum::<u32>();
        assert!((0..=250).step_by(10).all(|level| light(level) <= light(level + 5)));
    }
}
