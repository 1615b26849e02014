//! The pads of the venue's cues, and the masters: what an operator has under the hands.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, Button, ComboBox, DragValue, Grid, RichText, Sense, Slider, TextEdit, Ui, WidgetInfo, WidgetType, vec2};
use serde_json::json;
use uuid::Uuid;

use super::model::{Hand, Pad, Press, Running};
use super::plugin::{Pads, Pressed, sorted};
use super::rows;
use crate::document::plugin::{Doc, Edit, OnDesk, Place, Told};
use crate::document::transaction::Transaction;
use crate::engine::composite::blend::BlendMode;
use crate::engine::{Live, Rig, Window};
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::registry::BadRow;
use crate::score::rows::blend_name;
use crate::show::plugin::{CurrentFrame, CurrentLive, Part};
use crate::ui::theme;

const PAD: egui::Vec2 = vec2(132.0, 64.0);

/// What the panel looks at.
#[derive(SystemParam)]
pub struct Looking<'w, 's> {
    pads: Query<'w, 's, (&'static Place, &'static Doc<Pad>)>,
    patterns: Query<'w, 's, &'static Doc<Pattern>>,
    running: Res<'w, Pads>,
    desk: Res<'w, OnDesk>,
}

/// A pattern of the list: its id, name and category.
type Named = (Uuid, String, String);

/// The tab with the pads.
pub fn panel(
    InMut(ui): InMut<Ui>,
    looking: Looking,
    mut picked: Local<Option<Uuid>>,
    mut pressed: MessageWriter<Pressed>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let pads = sorted(&looking.pads);
    let mut patterns: Vec<Named> =
        looking.patterns.iter().map(|pattern| (pattern.id, pattern.name.clone(), pattern.category.clone())).collect();
    patterns.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let mut hands = Vec::new();
    match pads_ui(ui, looking.desk.0.venue, &pads, &patterns, &looking.running.0, &mut picked, &mut hands) {
        Ok(edit) => drop(edits.write_batch(edit.map(Edit))),
        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
    }
    pressed.write_batch(hands.into_iter().map(Pressed));
}

/// Draws the pads and the one that is picked; returns what was edited.  Knows no world.
fn pads_ui(
    ui: &mut Ui,
    venue: Uuid,
    pads: &[Pad],
    patterns: &[Named],
    running: &Running,
    picked: &mut Option<Uuid>,
    hands: &mut Vec<Hand>,
) -> Result<Option<Transaction>, BadRow> {
    let mut chosen: Option<&Named> = None;
    ui.horizontal(|ui| {
        ComboBox::from_id_salt("new cue").width(150.0).selected_text("New cue…").show_ui(ui, |ui| {
            for pattern in patterns {
                if ui.selectable_label(false, &pattern.1).clicked() {
                    chosen = Some(pattern);
                }
            }
        });
        if ui.button("Release all").on_hover_text("All cues off; the score goes on").clicked() {
            hands.push(Hand::ReleaseAll);
        }
    });
    let area = ui.available_rect_before_wrap();
    if pads.is_empty() {
        ui.weak("No cues yet. A cue is a pattern under your hand: choose one above, or drag it here from the list of patterns.");
    }
    ui.horizontal_wrapped(|ui| {
        for pad in pads {
            let pattern = patterns.iter().find(|pattern| pattern.0 == pad.pattern);
            pad_ui(ui, pad, pattern, running.is_on(pad.id), picked, hands);
        }
    });
    // Anywhere below the row of buttons a pattern can be let go.
    let dropped = ui.interact(area, ui.id().with("drop a pattern"), Sense::hover());
    if let Some(pattern) = dropped.dnd_release_payload::<DraggedPattern>()
        && let Some(pattern) = patterns.iter().find(|known| known.0 == pattern.0)
    {
        chosen = Some(pattern);
    }
    if let Some((pattern, name, _)) = chosen {
        let pad = Pad { id: Uuid::now_v7(), name: name.clone(), pattern: *pattern, z: pads.len() as i32, ..Pad::default() };
        *picked = Some(pad.id);
        return rows::add(venue, &pad, pads.len()).map(Some);
    }
    let mut edit = None;
    if let Some(pad) = picked.and_then(|id| pads.iter().find(|pad| pad.id == id)) {
        ui.separator();
        edit = settings_ui(ui, pad, patterns);
    }
    Ok(edit)
}

fn pad_ui(ui: &mut Ui, pad: &Pad, pattern: Option<&Named>, on: bool, picked: &mut Option<Uuid>, hands: &mut Vec<Hand>) {
    let (rect, response) = ui.allocate_exact_size(PAD, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, on, &pad.name));
    let color = pattern.map_or(theme::DANGER, |pattern| theme::category(&pattern.2));
    let fill = color.gamma_multiply(if on { 0.9 } else { 0.25 });
    let edge = if *picked == Some(pad.id) { egui::Stroke::new(2.0, theme::ACCENT) } else { egui::Stroke::new(1.0, color) };
    ui.painter().rect(rect, 6.0, fill, edge, egui::StrokeKind::Inside);
    let ink = if on { egui::Color32::BLACK } else { theme::text(ui) };
    let painter = ui.painter_at(rect.shrink(4.0));
    painter.text(rect.left_top() + vec2(8.0, 8.0), egui::Align2::LEFT_TOP, &pad.name, egui::FontId::proportional(14.0), ink);
    let about = match pad.press {
        Press::Toggle => "toggle".to_owned(),
        Press::Hold => "while held".to_owned(),
        Press::Shot => format!("{} bars", pad.bars),
    };
    painter.text(rect.left_bottom() + vec2(8.0, -8.0), egui::Align2::LEFT_BOTTOM, about, egui::FontId::proportional(11.0), ink);
    // A press acts when the finger goes down, not when it goes up again.
    let down = response.is_pointer_button_down_on();
    let held = ui.id().with(("held", pad.id));
    let was = ui.data(|data| data.get_temp::<bool>(held)).unwrap_or_default();
    let clicked_in_one_frame = response.clicked() && !was && !down;
    if (down && !was) || clicked_in_one_frame {
        hands.push(Hand::Down(pad.id));
        *picked = Some(pad.id);
    }
    if (was && !down) || clicked_in_one_frame {
        hands.push(Hand::Up(pad.id));
    }
    if was != down {
        ui.data_mut(|data| data.insert_temp(held, down));
    }
}

fn settings_ui(ui: &mut Ui, pad: &Pad, patterns: &[Named]) -> Option<Transaction> {
    let mut now = pad.clone();
    let mut deleted = false;
    Grid::new("cue").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        let label = ui.label("Name");
        ui.add(TextEdit::singleline(&mut now.name).char_limit(200).desired_width(180.0)).labelled_by(label.id);
        ui.end_row();
        ui.label("Pattern");
        let name = patterns.iter().find(|pattern| pattern.0 == now.pattern).map_or("missing pattern", |pattern| &pattern.1);
        ComboBox::from_id_salt("cue pattern").width(180.0).selected_text(name).show_ui(ui, |ui| {
            for pattern in patterns {
                ui.selectable_value(&mut now.pattern, pattern.0, &pattern.1);
            }
        });
        ui.end_row();
        let label = ui.label("Lamps");
        let mut lamps = now.args.get("selection").and_then(|value| value["expression"].as_str()).unwrap_or_default().to_owned();
        let field = TextEdit::singleline(&mut lamps).desired_width(180.0).hint_text("as the pattern says");
        if ui.add(field).labelled_by(label.id).changed() {
            match lamps.is_empty() {
                true => drop(now.args.remove("selection")),
                false => drop(now.args.insert("selection".into(), json!({ "expression": lamps, "spatialReference": "global" }))),
            }
        }
        ui.end_row();
        ui.label("Press");
        ui.horizontal(|ui| {
            for (press, name) in Press::ALL {
                ui.selectable_value(&mut now.press, press, name);
            }
        });
        ui.end_row();
        let label = ui.label("Bars");
        ui.add(DragValue::new(&mut now.bars).range(0.25..=1024.0).speed(0.1)).labelled_by(label.id);
        ui.end_row();
        ui.label("Blend");
        ComboBox::from_id_salt("cue blend").selected_text(blend_name(now.blend)).show_ui(ui, |ui| {
            for mode in BlendMode::ALL {
                ui.selectable_value(&mut now.blend, mode, blend_name(mode));
            }
        });
        ui.end_row();
        let label = ui.label("Layer");
        ui.add(DragValue::new(&mut now.z).speed(0.1))
            .labelled_by(label.id)
            .on_hover_text("Higher lies above lower; all cues lie above the score");
        ui.end_row();
        deleted = ui.button("Delete this cue").clicked();
        ui.end_row();
    });
    if deleted {
        return Some(rows::delete(pad));
    }
    (now != *pad).then(|| rows::set(&now))
}

/// The tab with the masters.
pub fn masters_panel(InMut(ui): InMut<Ui>, rig: Res<Part<Rig>>, frame: Res<CurrentFrame>, mut live: ResMut<CurrentLive>) {
    let groups: Vec<&str> = rig.get().groups.iter().map(|group| group.name.as_str()).collect();
    let mut now = live.0.clone();
    masters_ui(ui, &mut now, &groups, frame.0.window);
    if now != live.0 {
        live.0 = now;
    }
}

/// Draws the masters.  Knows no world.
fn masters_ui(ui: &mut Ui, live: &mut Live, groups: &[&str], window: Window) {
    ui.horizontal_wrapped(|ui| {
        let switch = |ui: &mut Ui, on: bool, name: &str, hint: &str| {
            let text = RichText::new(name).strong();
            let button = if on { Button::new(text.color(theme::PLAYHEAD)).fill(theme::DANGER) } else { Button::new(text) };
            let response = ui.add(button.min_size(vec2(96.0, 34.0)));
            response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, on, name));
            response.on_hover_text(hint).clicked()
        };
        if switch(ui, live.blackout, "Blackout", "All light off; heads stay where they are (B)") {
            live.blackout = !live.blackout;
        }
        if switch(ui, live.freeze.is_some(), "Freeze", "Hold this look") {
            *live = if live.freeze.is_some() { Live { freeze: None, ..live.clone() } } else { live.frozen_at(window) };
        }
        if switch(ui, live.strobe_kill, "No strobe", "No lamp strobes") {
            live.strobe_kill = !live.strobe_kill;
        }
    });
    ui.add_space(6.0);
    ui.label(RichText::new("Groups").strong());
    Grid::new("group masters").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        for (at, name) in groups.iter().enumerate() {
            let at = at as u32;
            let mut percent = live.group_masters.iter().find(|(group, _)| *group == at).map_or(100.0, |(_, level)| level * 100.0);
            let label = ui.label(*name);
            let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %").trailing_fill(true);
            if ui.add(slider).labelled_by(label.id).changed() {
                live.group_masters.retain(|(group, _)| *group != at);
                if percent < 100.0 {
                    live.group_masters.push((at, percent / 100.0));
                }
            }
            ui.end_row();
        }
    });
    if groups.is_empty() {
        ui.weak("This venue has no groups");
    } else if ui.add_enabled(!live.group_masters.is_empty(), Button::new("All groups to full")).clicked() {
        live.group_masters.clear();
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_pad_is_pressed_and_let_go_and_its_cue_is_set() {
        type State = (Option<Uuid>, Vec<Hand>, Vec<Transaction>);
        let pad = Pad { id: Uuid::from_u128(3), name: "Blinder".into(), pattern: Uuid::from_u128(1), ..Pad::default() };
        let patterns = [(Uuid::from_u128(1), "Flash".to_owned(), "Accent".to_owned())];
        let draw = move |ui: &mut Ui, (picked, hands, edits): &mut State| {
            let pads = std::slice::from_ref(&pad);
            edits.extend(pads_ui(ui, Uuid::nil(), pads, &patterns, &Running::default(), picked, hands).unwrap());
        };
        let mut harness = Harness::builder().with_size([420.0, 420.0]).build_ui_state(draw, State::default());
        harness.get_by_label("Blinder").click();
        harness.run();
        let id = Uuid::from_u128(3);
        assert_eq!((harness.state().0, harness.state().1.as_slice()), (Some(id), &[Hand::Down(id), Hand::Up(id)][..]));
        harness.get_by_label("hold").click();
        harness.run();
        harness.get_by_label("Release all").click();
        harness.run();
        assert_eq!(harness.state().1.last(), Some(&Hand::ReleaseAll));
        assert_eq!(harness.state().2[0].label, "Set the cue Blinder");
    }

    #[test]
    fn masters_are_switched_by_their_names() {
        let draw = |ui: &mut Ui, live: &mut Live| masters_ui(ui, live, &["front", "spots"], Window::instant(3.0));
        let mut harness = Harness::builder().with_size([420.0, 300.0]).build_ui_state(draw, Live::default());
        for label in ["Freeze", "No strobe", "Blackout"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        let live = harness.state();
        assert!(live.blackout && live.strobe_kill && live.freeze.as_ref().is_some_and(|held| held.window == Window::instant(3.0)));
        harness.get_by_label("Freeze").click();
        harness.run();
        assert_eq!(harness.state().freeze, None);
    }
}
