//! The strip over a picture of the rig: tools, steps, what is written over it, whom an expression hits.

use bevy_egui::egui::containers::menu::{MenuButton, MenuConfig};
use bevy_egui::egui::{self, PopupCloseBehavior, RichText, TextEdit, Ui};

use super::bench::{Bench, Labels, STEPS_DEG, STEPS_M, Tints};
use super::gizmo::Tool;
use super::marks::Hit;
use super::motion::Motion;
use super::quality::{Quality, Tier};
use crate::ui::theme;
use crate::venue::edits::hang::Pivot;

/// Draws it.  Knows no world.
pub fn tools_ui(ui: &mut Ui, bench: &mut Bench, hit: Option<&Hit>) {
    for (tool, name, key) in Tool::ALL {
        let hint = match tool {
            Tool::Select => "Click, Ctrl or Shift click; a box with Shift and a drag",
            Tool::Move => "Pull an arrow or a square; Ctrl turns snapping round; a right press takes it back",
            Tool::Turn => "Pull a ring; Ctrl turns snapping round; a right press takes it back",
        };
        if ui.selectable_label(bench.tool == tool, name).on_hover_text(format!("{hint} ({key})")).clicked() {
            bench.tool = tool;
        }
    }
    if bench.tool != Tool::Select {
        let words = if bench.snapping { step_words(bench) } else { "No steps".to_owned() };
        menu(words).ui(ui, |ui| steps_ui(ui, bench)).0.on_hover_text("Steps and pivot");
    }
    menu("Show").ui(ui, |ui| show_ui(ui, bench)).0.on_hover_text("Labels, colours, circles, movement, whom an expression hits");
    if ui.selectable_label(bench.asking, "Why?").on_hover_text("A click on a lamp says why it is on").clicked() {
        bench.asking = !bench.asking;
    }
    if ui.selectable_label(bench.work_light, "Work light").on_hover_text("Lights the picture, not the lamps").clicked() {
        bench.work_light = !bench.work_light;
    }
    if let Some(hit) = hit {
        let words = format!("{} heads", hit.n);
        let color = if hit.trouble.is_some() { theme::DANGER } else { theme::SELECTION };
        let label = ui.label(RichText::new(words).color(color));
        label.on_hover_text(hit.trouble.as_deref().unwrap_or(&bench.expression));
    }
}

/// What the picture may cost, and how quick it is.  Knows no world.
pub fn quality_ui(ui: &mut Ui, quality: &mut Quality, motion: &mut Motion) {
    let words = if quality.frames_per_sec > 0.0 {
        format!("{} · {:.0} fps", quality.tier.label(), quality.frames_per_sec)
    } else {
        quality.tier.label().to_owned()
    };
    let hint = "How well the room is drawn, and how often a second; light is sent the same";
    menu(words).ui(ui, |ui| choices_ui(ui, quality, motion)).0.on_hover_text(hint);
}

fn choices_ui(ui: &mut Ui, quality: &mut Quality, motion: &mut Motion) {
    ui.set_max_width(340.0);
    ui.radio_value(&mut quality.by_hand, None, "By the time that frames take");
    for tier in Tier::ALL {
        if ui.radio_value(&mut quality.by_hand, Some(tier), tier.label()).on_hover_text(tier.says()).changed() {
            quality.tier = tier;
        }
    }
    ui.separator();
    ui.checkbox(&mut motion.instant, "Heads arrive at once").on_hover_text("Else they travel as fast as such lamps do");
}

/// A menu in which several things are set: it stays until somebody clicks beside it.
pub(super) fn menu<'a>(words: impl egui::IntoAtoms<'a>) -> MenuButton<'a> {
    MenuButton::new(words).config(MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside))
}

fn step_words(bench: &Bench) -> String {
    if bench.tool == Tool::Turn { format!("{}°", bench.step_deg) } else { format!("{} m", bench.step_m) }
}

fn steps_ui(ui: &mut Ui, bench: &mut Bench) {
    ui.checkbox(&mut bench.snapping, "Keep to steps");
    ui.horizontal(|ui| {
        for step in STEPS_M {
            ui.selectable_value(&mut bench.step_m, step, format!("{step} m"));
        }
    });
    ui.horizontal(|ui| {
        for step in STEPS_DEG {
            ui.selectable_value(&mut bench.step_deg, step, format!("{step}°"));
        }
    });
    ui.separator();
    ui.radio_value(&mut bench.pivot, Pivot::Group, "Turn about the middle of all");
    ui.radio_value(&mut bench.pivot, Pivot::Own, "Turn each about itself");
    ui.separator();
    ui.checkbox(&mut bench.own_axes, "Along the axes of the one picked last");
}

fn show_ui(ui: &mut Ui, bench: &mut Bench) {
    ui.set_max_width(300.0);
    ui.horizontal_wrapped(|ui| {
        for (labels, name) in Labels::ALL {
            ui.selectable_value(&mut bench.labels, labels, name);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (tints, name) in Tints::ALL {
            ui.selectable_value(&mut bench.tints, tints, name);
        }
    });
    ui.separator();
    ui.checkbox(&mut bench.circles, "Circles");
    ui.checkbox(&mut bench.pyramids, "Movement ranges");
    ui.separator();
    let label = ui.label("Selection expression");
    let field = TextEdit::singleline(&mut bench.expression).hint_text("back_truss & left > has_movement").desired_width(220.0);
    ui.add(field).labelled_by(label.id);
    ui.weak("The heads it hits are ringed, in their order");
}

/// The room for a strip along the top of a picture.
pub fn strip(ui: &mut Ui, rect: egui::Rect) -> Ui {
    let area = egui::Rect::from_min_size(rect.min + egui::vec2(8.0, 8.0), egui::vec2(rect.width() - 16.0, 26.0));
    let mut strip = ui.new_child(egui::UiBuilder::new().max_rect(area).layout(egui::Layout::left_to_right(egui::Align::Center)));
    strip.set_clip_rect(rect.intersect(ui.clip_rect()));
    strip
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn tools_are_chosen_by_name_and_an_expression_tells_how_many_it_hits() {
        let draw = |ui: &mut Ui, bench: &mut Bench| {
            let hit = Hit { n: 7, ..Hit::default() };
            ui.horizontal(|ui| tools_ui(ui, bench, Some(&hit)));
        };
        let mut harness = Harness::builder().with_size([700.0, 300.0]).build_ui_state(draw, Bench::default());
        harness.get_by_label("Why?").click();
        harness.run();
        harness.get_by_label("Turn").click();
        harness.run();
        assert_eq!((harness.state().tool, harness.state().asking), (Tool::Turn, true));
        harness.get_by_label("15°").click();
        harness.run();
        harness.get_by_label("5°").click();
        harness.get_by_label("Turn each about itself").click();
        harness.run();
        assert_eq!((harness.state().step_deg, harness.state().pivot), (5.0, Pivot::Own));
        harness.get_by_label("7 heads");
    }

    #[test]
    fn quality_is_chosen_by_name_and_the_frame_rate_stands_beside_it() {
        let draw = |ui: &mut Ui, (quality, motion): &mut (Quality, Motion)| {
            ui.horizontal(|ui| quality_ui(ui, quality, motion));
        };
        let mut quality = Quality::usual(false);
        quality.frames_per_sec = 31.7;
        let state = (quality, Motion::default());
        let mut harness = Harness::builder().with_size([700.0, 300.0]).build_ui_state(draw, state);
        harness.get_by_label("Full · 32 fps").click();
        harness.run();
        harness.get_by_label("Plain").click();
        harness.get_by_label("Heads arrive at once").click();
        harness.run();
        let (quality, motion) = harness.state();
        assert_eq!((quality.tier, quality.by_hand, motion.instant), (Tier::Plain, Some(Tier::Plain), true));
    }
}
