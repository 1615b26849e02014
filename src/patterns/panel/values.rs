//! What flows along a wire, as words and as a stripe of colour beside its socket.

use bevy_egui::egui::{self, Align2, Color32, CornerRadius, FontId, Rect, Sense, Ui, pos2, vec2};

use crate::engine::graph::probe::Reading;
use crate::ui::theme;

const STRIPE: egui::Vec2 = vec2(44.0, 9.0);
const WORDS: egui::Vec2 = vec2(58.0, 12.0);

/// In a few characters: `0.42`, `0..1` for heads that differ, `12 heads`, `17.3` for bar and beat.
pub fn words(reading: &Reading) -> String {
    match reading {
        Reading::Signal { n_lanes, n_channels, extent: (low, high), .. } => match n_channels {
            1 if (high - low).abs() < 5e-4 => short(*low),
            1 | 2 => format!("{}..{}", short(*low), short(*high)),
            12 => format!("12 × {}..{}", short(*low), short(*high)),
            _ if *n_lanes > 1 => format!("{n_lanes} colours"),
            _ => String::new(),
        },
        Reading::Selection { n_heads: 1 } => "1 head".into(),
        Reading::Selection { n_heads } => format!("{n_heads} heads"),
        Reading::Audio => String::new(),
        Reading::Beats { bar, beat } => format!("{bar}.{beat}"),
    }
}

/// Two places, or fewer where the number is large.
fn short(value: f32) -> String {
    let places = if value.abs() < 10.0 { 2 } else { usize::from(value.abs() < 1000.0) };
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.to_owned() }
}

/// The colours of a signal's lanes: what it says of colour, else grey by level.
pub fn stripe(reading: &Reading) -> Vec<Color32> {
    let Reading::Signal { n_channels, values, extent, .. } = reading else { return Vec::new() };
    let byte = |level: f32| (level.clamp(0.0, 1.0) * 255.0).round() as u8;
    // Levels are 0..1; what reaches further is shown by how far it reaches.
    let (low, high) = (extent.0.min(0.0), extent.1.max(1.0));
    let place = |value: f32| byte((value - low) / (high - low).max(f32::EPSILON));
    values
        .chunks(*n_channels.max(&1))
        .map(|lane| match lane {
            [r, g, b] | [r, g, b, _] => Color32::from_rgb(byte(*r), byte(*g), byte(*b)),
            [level, ..] => Color32::from_gray(place(*level)),
            [] => Color32::BLACK,
        })
        .collect()
}

/// Draws a reading beside its socket.
pub fn reading_ui(ui: &mut Ui, reading: &Reading) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let lanes = stripe(reading);
    let plain = matches!(reading, Reading::Signal { n_lanes: 1, n_channels: 1, .. });
    if !lanes.is_empty() && !plain {
        let (rect, _) = ui.allocate_exact_size(STRIPE, Sense::hover());
        let width = rect.width() / lanes.len() as f32;
        for (nth, color) in lanes.iter().enumerate() {
            let left = rect.left() + nth as f32 * width;
            let lane = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
            ui.painter().rect_filled(lane, CornerRadius::ZERO, *color);
        }
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, (1.0, theme::LINE), egui::StrokeKind::Outside);
    }
    let words = words(reading);
    if !words.is_empty() {
        // Always as wide, or nodes would tremble.
        let (rect, area) = ui.allocate_exact_size(WORDS, Sense::hover());
        ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, &words, FontId::monospace(10.0), theme::text(ui));
        area.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(n_lanes: usize, n_channels: usize, values: &[f32]) -> Reading {
        let extent = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
        Reading::Signal { n_lanes, n_channels, values: values.to_vec(), extent, constant: false }
    }

    #[test]
    fn a_reading_is_told_in_a_few_characters() {
        for (reading, want) in [
            (signal(1, 1, &[0.421]), "0.42"),
            (signal(1, 1, &[-0.001]), "0"),
            (signal(1, 1, &[123.456]), "123.5"),
            (signal(3, 1, &[0.0, 0.5, 1.0]), "0..1"),
            (signal(1, 4, &[1.0, 0.0, 0.0, 1.0]), ""),
            (signal(2, 3, &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), "2 colours"),
            (Reading::Selection { n_heads: 12 }, "12 heads"),
            (Reading::Beats { bar: 17, beat: 3 }, "17.3"),
        ] {
            assert_eq!(words(&reading), want, "{reading:?}");
        }
    }

    #[test]
    fn colours_are_shown_as_they_are_and_levels_as_greys() {
        assert_eq!(stripe(&signal(1, 4, &[1.0, 0.0, 0.5, 0.2])), [Color32::from_rgb(255, 0, 128)]);
        assert_eq!(stripe(&signal(2, 1, &[0.0, 1.0])), [Color32::from_gray(0), Color32::from_gray(255)]);
        assert_eq!(stripe(&signal(2, 1, &[0.0, 2.0])), [Color32::from_gray(0), Color32::from_gray(255)]);
        assert_eq!(stripe(&Reading::Audio), []);
    }
}
