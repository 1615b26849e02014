//! How the timeline looks.

use bevy_egui::egui::{Align2, Color32, FontId, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, TextureId, pos2, vec2};

use super::Scale;
use crate::engine::TrackAnalysis;
use crate::patterns::model::Pattern;
use crate::playback::panel::section_name;
use crate::score::model::Annotation;
use crate::tracks::model::Waveform;
use crate::ui::theme;

/// Closer lines than this are a grey fog.
const LEAST_SPACING: f32 = 9.0;
/// Points a second from which single hits are worth drawing.
const LEAST_FOR_DRUMS: f64 = 40.0;

/// Ruler, sections, bars and beats.
pub(super) fn ground(painter: &Painter, ruler: Rect, scale: &Scale, track: &TrackAnalysis) {
    painter.rect_filled(scale.area, 0.0, theme::WELL);
    painter.rect_filled(ruler, 0.0, theme::PANEL);
    for section in track.sections.iter().filter(|section| section.end > scale.from_secs && section.start < scale.to_secs()) {
        let span = scale.x(section.start).max(ruler.left())..=scale.x(section.end).min(ruler.right()) - 1.0;
        let strip = Rect::from_x_y_ranges(span, ruler.top()..=ruler.top() + 13.0);
        painter.rect_filled(strip, 2.0, theme::section(section.energy));
        if strip.width() > 44.0 {
            let at = strip.left_center() + vec2(5.0, 0.0);
            painter.text(at, Align2::LEFT_CENTER, section_name(section.label), FontId::proportional(10.0), theme::TEXT);
        }
    }
    let grid = &track.grid;
    if grid.beats.len() < 2 {
        return;
    }
    let beat_points = (60.0 / grid.bpm.max(1.0) * scale.points_per_sec) as f32;
    let (first, last) = (grid.bar_at(scale.from_secs).floor(), grid.bar_at(scale.to_secs()).ceil());
    let bar_points = beat_points * grid.beats_per_bar.max(1) as f32;
    let every = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0].into_iter().find(|every| bar_points * every >= LEAST_SPACING * 4.0).unwrap_or(128.0);
    let mut bar = (first / f64::from(every)).floor() * f64::from(every);
    while bar <= last {
        let x = scale.x(grid.secs_at_bar(bar));
        painter.vline(x, scale.area.y_range(), Stroke::new(1.0, theme::LINE));
        painter.text(
            pos2(x + 3.0, ruler.bottom() - 2.0),
            Align2::LEFT_BOTTOM,
            format!("{}", bar as i64 + 1),
            FontId::proportional(11.0),
            theme::FAINT,
        );
        bar += f64::from(every);
    }
    if beat_points >= LEAST_SPACING {
        let (first, last) = (grid.beat_at(scale.from_secs).floor(), grid.beat_at(scale.to_secs()).ceil());
        for beat in first as i64..=last as i64 {
            let x = scale.x(grid.secs_at(beat as f64));
            painter.vline(x, scale.area.y_range(), Stroke::new(1.0, theme::LINE.gamma_multiply(0.45)));
        }
    }
}

/// The sound, dim, behind the lanes at the bottom.
pub(super) fn waveform(painter: &Painter, scale: &Scale, waveform: &Waveform) {
    if waveform.columns.is_empty() || waveform.secs_per_column <= 0.0 {
        return;
    }
    let height = (scale.area.height() * 0.35).min(90.0);
    let mut mesh = Mesh::default();
    let n_steps = (scale.area.width() / 2.0) as usize;
    for step in 0..n_steps {
        let (left, right) = (scale.area.left() + step as f32 * 2.0, scale.area.left() + step as f32 * 2.0 + 2.0);
        let at = |x: f32| (scale.secs(x).max(0.0) / waveform.secs_per_column) as usize;
        let columns = waveform.columns.get(at(left)..(at(right).max(at(left) + 1)).min(waveform.columns.len())).unwrap_or_default();
        let Some(loudest) = columns.iter().max_by(|a, b| a.peak.total_cmp(&b.peak)) else { continue };
        let top = scale.area.bottom() - loudest.peak.clamp(0.0, 1.0) * height;
        let bar = Rect::from_min_max(pos2(left, top), pos2(right - 0.5, scale.area.bottom()));
        mesh.add_colored_rect(bar, theme::sound(loudest.bands, false).gamma_multiply(0.4));
    }
    painter.add(Shape::mesh(mesh));
}

/// Drum hits as analysis heard them, a row each along the bottom, where they can be told apart.
pub(super) fn drums(painter: &Painter, scale: &Scale, track: &TrackAnalysis) {
    if scale.points_per_sec < LEAST_FOR_DRUMS {
        return;
    }
    for (row, hits) in track.drums.iter().flatten().enumerate() {
        let mut bands = [0.0; 3];
        bands[row] = 1.0;
        let bottom = scale.area.bottom() - 2.0 - row as f32 * 5.0;
        let first = hits.partition_point(|hit| *hit < scale.from_secs);
        for hit in hits[first..].iter().take_while(|hit| **hit < scale.to_secs()) {
            painter.vline(scale.x(*hit), bottom - 4.0..=bottom, Stroke::new(1.5, theme::sound(bands, true)));
        }
    }
}

pub(super) fn lanes(painter: &Painter, scale: &Scale) {
    let mut lane = scale.top_lane;
    while scale.y(lane) < scale.area.bottom() {
        let y = scale.y(lane) + scale.lane_height;
        let z = scale.lanes.z(lane);
        painter.hline(scale.area.x_range(), y, Stroke::new(1.0, theme::LINE.gamma_multiply(0.35)));
        painter.text(
            pos2(scale.area.left() + 4.0, y - 3.0),
            Align2::LEFT_BOTTOM,
            z.to_string(),
            FontId::proportional(9.0),
            theme::FAINT.gamma_multiply(0.6),
        );
        lane -= 1;
    }
}

/// A block: its colour is the pattern's, or the one it was given; `picture` shows what it does.
pub(super) fn annotation(
    painter: &Painter,
    scale: &Scale,
    annotation: &Annotation,
    pattern: Option<&Pattern>,
    selected: bool,
    picture: Option<TextureId>,
) {
    let whole = scale.block(annotation);
    let block = whole.intersect(scale.area.expand(4.0));
    let color = pattern.map_or(theme::DANGER, |pattern| theme::category(&pattern.category));
    let fill = color.gamma_multiply(if selected { 0.62 } else { 0.42 });
    let edge = if selected { Stroke::new(2.0, theme::ACCENT) } else { Stroke::new(1.0, color.gamma_multiply(0.9)) };
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(scale.area));
    painter.rect(block, 4.0, fill, edge, StrokeKind::Inside);
    if let Some(picture) = picture {
        let seen = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.with_clip_rect(block.shrink(1.5).intersect(painter.clip_rect())).image(
            picture,
            whole.shrink(2.0),
            seen,
            Color32::from_white_alpha(190),
        );
    }
    if let Some(given) = given_color(annotation) {
        let chip = Rect::from_min_max(block.min + vec2(2.0, 2.0), pos2(block.left() + 6.0, block.bottom() - 2.0));
        painter.rect_filled(chip, 2.0, given);
    }
    if block.width() > 26.0 {
        let name = pattern.map_or("missing pattern", |pattern| &pattern.name);
        let painter = painter.with_clip_rect(block.intersect(painter.clip_rect()));
        let font = FontId::proportional((scale.lane_height * 0.6).clamp(10.0, 12.0));
        let text = painter.layout_no_wrap(name.to_owned(), font, theme::TEXT);
        let at = block.left_center() + vec2(9.0, -text.size().y / 2.0);
        if picture.is_some() {
            // Light may be of any colour: the name stands on a ground of its own.
            painter.rect_filled(Rect::from_min_size(at, text.size()).expand2(vec2(3.0, 0.0)), 3.0, Color32::from_black_alpha(150));
        }
        painter.galley(at, text, theme::TEXT);
    }
}

/// What another score places here, as an outline.
pub(super) fn ghost(painter: &Painter, scale: &Scale, ghost: &Annotation) {
    if ghost.end < scale.from_secs || ghost.start > scale.to_secs() {
        return;
    }
    // Of the other score's own lanes nothing is known here: where its z-index lies is near enough.
    let row = (0..=scale.lanes.n() as i32).find(|&row| scale.lanes.z(row) >= ghost.z_index).unwrap_or(scale.lanes.n() as i32);
    let top = scale.y(row);
    let block = Rect::from_min_max(pos2(scale.x(ghost.start), top + 1.0), pos2(scale.x(ghost.end), top + scale.lane_height - 1.0));
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(scale.area));
    painter.rect(
        block,
        4.0,
        theme::SELECTION.gamma_multiply(0.08),
        Stroke::new(1.0, theme::SELECTION.gamma_multiply(0.7)),
        StrokeKind::Inside,
    );
}

/// The first colour among its arguments.
fn given_color(annotation: &Annotation) -> Option<Color32> {
    let (color, _) =
        annotation.args.values().filter(|value| value.is_object() || value.is_string()).find_map(crate::engine::graph::model::color)?;
    let [r, g, b] = color.0.map(|channel| (channel * 255.0).round() as u8);
    Some(Color32::from_rgb(r, g, b))
}

pub(super) fn marked(painter: &Painter, area: Rect) {
    painter.rect(area, 0.0, theme::ACCENT.gamma_multiply(0.12), Stroke::new(1.0, theme::ACCENT), StrokeKind::Inside);
}

pub(super) fn playhead(painter: &Painter, whole: Rect, scale: &Scale, at_secs: f64) {
    painter.vline(scale.x(at_secs), whole.y_range(), Stroke::new(2.0, theme::PLAYHEAD));
}
