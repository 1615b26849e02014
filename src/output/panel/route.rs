//! One route as a row of fields.

use std::str::FromStr;

use bevy_egui::egui::{ComboBox, DragValue, Id, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use super::outside;
use crate::document::transaction::Transaction;
use crate::output::options::OutputOptions;
use crate::output::routes::{LONGEST_DELAY_MS, MOST_TARGETS, Protocol, Route, RouteError, To};
use crate::output::rows::{self, Entry};
use crate::output::sacn;
use crate::registry::BadRow;
use crate::ui::theme;

/// What was done with a route.
enum Done {
    Changed(Route),
    Deleted,
}

/// A universe with its routes; returns the edit.
pub(super) fn universe_ui(
    ui: &mut Ui,
    universe: u16,
    entries: &[Entry],
    default: &[Route],
    options: &mut OutputOptions,
) -> Result<Option<Transaction>, BadRow> {
    let mut wanted = None;
    let own: Vec<&Entry> = entries.iter().filter(|entry| entry.universe == universe).collect();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("Universe {universe}")).strong());
        if own.is_empty() {
            let to: Vec<String> = default.iter().filter(|route| route.enabled).map(words).collect();
            let to = if to.is_empty() { "nowhere".to_owned() } else { to.join(", ") };
            ui.label(RichText::new(format!("as all others: {to}")).color(theme::faint(ui)));
        }
        let hint = if own.is_empty() { "A route of its own for this universe" } else { "Send it to one more place" };
        if ui.button("Add a route").on_hover_text(hint).clicked() {
            let first = default.first().filter(|_| own.is_empty()).cloned().unwrap_or_default();
            wanted = Some(rows::add(universe, &first));
        }
    });
    let routes: Vec<&Route> = if own.is_empty() { default.iter().collect() } else { own.iter().map(|entry| &entry.route).collect() };
    if routes.iter().any(|route| route.protocol == Protocol::Sacn) {
        per_address_ui(ui, universe, options);
    }
    for entry in own {
        match route_ui(ui, Id::new(entry.id), &entry.route, universe) {
            Some(Done::Changed(route)) => wanted = Some(Ok(rows::set(entry, &route))),
            Some(Done::Deleted) => wanted = Some(Ok(rows::delete(entry))),
            None => {}
        }
    }
    outside::other_desk_ui(ui, universe, options);
    wanted.transpose()
}

fn per_address_ui(ui: &mut Ui, universe: u16, options: &mut OutputOptions) {
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        let mut told = options.per_address.contains(&universe);
        let hint = "sACN receivers are told that only patched channels are ours: another desk may have the others";
        if ui.checkbox(&mut told, "A priority for every channel").on_hover_text(hint).changed() {
            if told {
                options.per_address.insert(universe)
            } else {
                options.per_address.remove(&universe)
            };
        }
    });
}

/// The routes of all universes that have none of their own.
pub(super) fn default_ui(ui: &mut Ui, default: &mut Vec<Route>) {
    let mut deleted = None;
    for (at, route) in default.iter_mut().enumerate() {
        match route_ui(ui, Id::new(("default route", at)), route, 0) {
            Some(Done::Changed(changed)) => *route = changed,
            Some(Done::Deleted) => deleted = Some(at),
            None => {}
        }
    }
    if let Some(at) = deleted.filter(|_| default.len() > 1) {
        default.remove(at);
    }
    if default.len() < MOST_TARGETS && ui.button("Add a target").on_hover_text("Another place for all universes").clicked() {
        default.push(Route::artnet(To::Auto));
    }
}

fn words(route: &Route) -> String {
    format!("{} {}", route.protocol.name(), route.to)
}

fn route_ui(ui: &mut Ui, id: Id, route: &Route, universe: u16) -> Option<Done> {
    let mut now = route.clone();
    let mut deleted = false;
    let mut error = None;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(12.0);
        let sent = ui.checkbox(&mut now.enabled, "").on_hover_text("Sent, or not for now");
        sent.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, now.enabled, "Sent"));
        ComboBox::from_id_salt(id.with("protocol")).width(70.0).selected_text(now.protocol.name()).show_ui(ui, |ui| {
            for protocol in [Protocol::ArtNet, Protocol::Sacn] {
                ui.selectable_value(&mut now.protocol, protocol, protocol.name());
            }
        });
        ui.label("to");
        error = target_ui(ui, id.with("target"), &mut now.to);
        let mut number = i64::from(now.number.unwrap_or(universe));
        let of = if now.protocol == Protocol::Sacn { "universe" } else { "port-address" };
        if universe > 0 {
            let label = ui.label(of);
            if ui.add(DragValue::new(&mut number).range(0..=63_999)).labelled_by(label.id).changed() {
                now.number = u16::try_from(number).ok().filter(|&number| number != universe);
            }
        }
        if now.protocol == Protocol::Sacn {
            let label = ui.label("priority");
            ui.add(DragValue::new(&mut now.priority).range(0..=sacn::HIGHEST_PRIORITY)).labelled_by(label.id);
        }
        let label = ui.label("delay");
        ui.add(DragValue::new(&mut now.delay_ms).range(0..=LONGEST_DELAY_MS).suffix(" ms")).labelled_by(label.id);
        deleted = ui.button("✖").on_hover_text("Delete this route").clicked();
    });
    let numbered = if universe > 0 { now.number(universe).err() } else { None };
    if let Some(error) = error.or(numbered) {
        ui.label(RichText::new(error.to_string()).color(theme::DANGER));
    }
    if deleted {
        return Some(Done::Deleted);
    }
    (now != *route).then_some(Done::Changed(now))
}

/// A field for a target: taken when it is left, and only if it is one.
pub(super) fn target_ui(ui: &mut Ui, id: Id, to: &mut To) -> Option<RouteError> {
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| to.to_string());
    let field = TextEdit::singleline(&mut text).id(id).desired_width(150.0).hint_text("auto, or 10.0.0.20");
    let response = ui
        .add(field)
        .on_hover_text("auto = the nodes that ask for it; multicast (sACN); an address, with :PORT if it is not the usual one");
    let parsed = To::from_str(&text);
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
        if let Ok(parsed) = &parsed {
            *to = *parsed;
        }
    }
    parsed.err().filter(|_| response.has_focus())
}
