//! What was heard of the music, drawn into the timeline: chords in the ruler, the energy of bars behind the lanes.

use bevy_egui::egui::{self, Align2, Color32, FontId, Id, Painter, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::Scale;
use crate::engine::TrackAnalysis;
use crate::engine::track::{Chord, Section};
use crate::playback::panel::section_name;
use crate::ui::theme;

/// Narrower chords are colours without names.
const LEAST_NAME: f32 = 16.0;
/// Closer chords than this are a fog.
const LEAST_CHORD: f32 = 3.0;
/// More on one screen are a texture, and nobody has them read out.
const MOST_NAMED: usize = 200;

const NAMES: [&str; 12] = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/// A chord as musicians write it: "Am", "F", "E♭7"; nothing where none sounds.
pub(super) fn chord_name(chord: &Chord) -> String {
    let Some(root) = chord.root else { return String::new() };
    let quality = match chord.quality.as_str() {
        "maj" => "",
        "min" => "m",
        other => other,
    };
    format!("{}{quality}", NAMES[usize::from(root) % 12])
}

/// Roots lie round the circle of fifths: near keys have near colours.
fn color(root: u8) -> Color32 {
    Color32::from(egui::ecolor::Hsva::new(f32::from(root * 7 % 12) / 12.0, 0.5, 0.5, 1.0))
}

/// Those that touch the screen; chords follow one another.
fn seen<'a>(track: &'a TrackAnalysis, scale: &Scale) -> impl Iterator<Item = &'a Chord> {
    let (from, to) = (scale.from_secs, scale.to_secs());
    let first = track.chords.partition_point(|chord| chord.end <= from);
    track.chords[first..].iter().take_while(move |chord| chord.start < to)
}

fn strip(scale: &Scale, row: Rect, from_secs: f64, to_secs: f64) -> Rect {
    Rect::from_x_y_ranges(scale.x(from_secs).max(row.left())..=scale.x(to_secs).min(row.right()) - 1.0, row.y_range())
}

/// A strip of chords.
pub(super) fn chords(painter: &Painter, row: Rect, scale: &Scale, track: &TrackAnalysis) {
    let mut drawn_to = f32::NEG_INFINITY;
    for chord in seen(track, scale) {
        let (Some(root), strip) = (chord.root, strip(scale, row, chord.start, chord.end)) else { continue };
        if strip.right() - drawn_to < LEAST_CHORD {
            continue;
        }
        drawn_to = strip.right();
        painter.rect_filled(strip, 2.0, color(root));
        if strip.width() >= LEAST_NAME {
            let at = strip.left_center() + vec2(3.0, 0.0);
            painter.with_clip_rect(strip).text(at, Align2::LEFT_CENTER, chord_name(chord), FontId::proportional(10.0), theme::TEXT);
        }
    }
}

/// A step for every bar, as high as the bar is loud.
pub(super) fn energy(painter: &Painter, scale: &Scale, track: &TrackAnalysis) {
    let grid = &track.grid;
    if track.bar_energy.is_empty() || grid.downbeats.is_empty() {
        return;
    }
    let height = (scale.area.height() * 0.35).min(90.0);
    let (first, last) = (grid.bar_at(scale.from_secs).floor().max(0.0) as usize, grid.bar_at(scale.to_secs()).ceil().max(0.0) as usize);
    let mut line = Vec::new();
    for bar in first..=last.min(track.bar_energy.len().saturating_sub(1)) {
        let Some(energy) = track.bar_energy.get(bar) else { break };
        let y = scale.area.bottom() - energy.clamp(0.0, 1.0) * height;
        let (left, right) = (scale.x(grid.secs_at_bar(bar as f64)), scale.x(grid.secs_at_bar(bar as f64 + 1.0)));
        line.extend([pos2(left, y), pos2(right, y)]);
    }
    painter.add(Shape::line(line, Stroke::new(1.5, theme::AUDIO.gamma_multiply(0.7))));
}

/// What a section is, in words.
fn section_words(track: &TrackAnalysis, section: &Section) -> String {
    let (from, to) = (track.grid.bar_beat_at(section.start).bar, track.grid.bar_beat_at(section.end - 0.05).bar);
    format!("{}, bars {from} to {to}, energy {:.0} %", section_name(section.label), section.energy * 100.0)
}

/// Tells screen readers and tests which chords and sections stand where; the pointer goes on being the ruler's.
pub(super) fn name(ui: &Ui, sections: Rect, row: Rect, scale: &Scale, track: &TrackAnalysis) {
    let say = |rect: Rect, id: Id, words: String| {
        let place = ui.interact(rect, id, Sense::hover());
        place.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, &words));
    };
    let on_screen = |section: &&Section| section.end > scale.from_secs && section.start < scale.to_secs();
    for (nth, section) in track.sections.iter().filter(on_screen).take(MOST_NAMED).enumerate() {
        say(strip(scale, sections, section.start, section.end), ui.id().with(("section", nth)), section_words(track, section));
    }
    let named = seen(track, scale).filter(|chord| chord.root.is_some() && scale.x(chord.end) - scale.x(chord.start) >= LEAST_NAME);
    for (nth, chord) in named.take(MOST_NAMED).enumerate() {
        let place = track.grid.bar_beat_at(chord.start);
        let words = format!("{} at bar {}.{}", chord_name(chord), place.bar, place.beat);
        say(strip(scale, row, chord.start, chord.end), ui.id().with(("chord", nth)), words);
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::super::lanes::Lanes;
    use super::*;
    use crate::engine::BeatGrid;
    use crate::engine::track::SectionLabel;

    fn track() -> TrackAnalysis {
        let chord = |start: f64, root: Option<u8>, quality: &str| Chord { start, end: start + 2.0, root, quality: quality.into() };
        TrackAnalysis {
            chords: vec![chord(0.0, Some(9), "min"), chord(2.0, Some(5), "maj"), chord(4.0, None, ""), chord(6.0, Some(3), "7")],
            bar_energy: vec![0.2, 0.4, 0.9, 1.0],
            sections: vec![Section { start: 0.0, end: 8.0, label: SectionLabel::Drop, energy: 0.8 }],
            ..TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 17), 8.0)
        }
    }

    #[test]
    fn chords_and_sections_of_the_screen_can_be_found_by_name() {
        let draw = |ui: &mut Ui| {
            let area = ui.available_rect_before_wrap();
            let lanes = std::sync::Arc::new(Lanes::default());
            let scale = Scale { area, from_secs: 1.0, points_per_sec: 50.0, lane_height: 20.0, lanes, top_lane: 3, top_hidden: 0.0 };
            let row = |top: f32| Rect::from_min_size(area.min + vec2(0.0, top), vec2(area.width(), 12.0));
            let track = track();
            chords(ui.painter(), row(14.0), &scale, &track);
            energy(ui.painter(), &scale, &track);
            name(ui, row(0.0), row(14.0), &scale, &track);
        };
        let harness = Harness::builder().with_size([400.0, 200.0]).build_ui(draw);
        for label in ["Am at bar 1.1", "F at bar 2.1", "E♭7 at bar 4.1", "Drop, bars 1 to 4, energy 80 %"] {
            assert!(harness.query_by_label(label).is_some(), "{label}");
        }
        assert_eq!(harness.query_all_by_label_contains("at bar").count(), 3, "no chord, no name");
    }
}
