//! Outputs: where universes go, who is there to take them, what is wrong, and what really leaves.
//!
//! Nodes are looked for from the first time the panel is shown: nothing of Luma speaks into a network before somebody asks.

mod monitor;
mod nodes;
mod route;

use bevy::ecs::system::SystemParam;
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy_egui::egui::{CollapsingHeader, Color32, RichText, Ui};
use serde_json as json;

use super::health::{self, Diagnosis, Known};
use super::nodes::Node;
use super::plugin::{Outlet, Routing};
use super::routes::{Route, Routes};
use super::rows::{self, Entry};
use super::stats::OutputStats;
use super::worker::listen::{ListenConfig, Listener};
use crate::document::plugin::{Edit, Told};
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::registry::BadRow;
use crate::show::plugin::Part;
use crate::store::plugin::Keeper;
use crate::ui::theme;

const DEFAULT_ROUTES: &str = "output_default_routes";

/// Who listens in the network.
#[derive(Resource, Default)]
pub struct Network {
    listener: Option<SyncCell<Listener>>,
    /// Why nobody can be heard.
    trouble: Option<String>,
    monitor: monitor::Monitor,
}

/// Universes that the rig uses, rising.
fn universes(rig: &Rig) -> Vec<u16> {
    let mut all: Vec<u16> = rig.fixtures.iter().map(|fixture| fixture.universe).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What the panel looks at.
#[derive(SystemParam)]
pub struct Looking<'w> {
    outlet: Option<Res<'w, Outlet>>,
    rig: Res<'w, Part<Rig>>,
    source: monitor::Source<'w>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut network: ResMut<Network>,
    mut routing: ResMut<Routing>,
    looking: Looking,
    keeper: Option<Res<Keeper>>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(outlet) = &looking.outlet else {
        ui.weak("Nothing is sent from here");
        return;
    };
    if network.listener.is_none() && network.trouble.is_none() {
        match Listener::start(ListenConfig::default(), &outlet.0) {
            Ok(listener) => network.listener = Some(SyncCell::new(listener)),
            Err(error) => network.trouble = Some(error.to_string()),
        }
    }
    let heard = network.listener.as_mut().map(SyncCell::get);
    let heard = heard.map(|listener| (listener.nodes(), listener.inputs(), listener.trouble()));
    let (nodes, inputs, not_heard) = heard.unwrap_or_default();
    let mut not_heard = not_heard.to_vec();
    not_heard.extend(network.trouble.clone());
    let universes = universes(looking.rig.get());
    let stats = outlet.0.stats();
    let subscribers = nodes::subscribers(&nodes);
    let known = Known { universes: &universes, nodes: &nodes, inputs: Some(&inputs), stats: Some(&stats), not_heard: &not_heard };
    let routes = rows::routes(&routing.entries, &routing.default);
    let wrong = health::diagnose(&routes, &subscribers, known);
    let state = State { universes: &universes, entries: &routing.entries, nodes: &nodes, wrong: &wrong, stats: &stats };
    let mut default = routing.default.clone();
    match outputs_ui(ui, &state, &mut default) {
        Ok(wanted) => drop(edits.write_batch(wanted.filter(|edit| !edit.ops.is_empty()).map(Edit))),
        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
    }
    if default != routing.default {
        routing.default = default;
        if let Some(keeper) = keeper {
            keeper.set_setting(DEFAULT_ROUTES, json::to_string(&routing.default).unwrap_or_default());
        }
    }
    CollapsingHeader::new("Monitor").default_open(true).show(ui, |ui| {
        monitor::monitor_ui(ui, &mut network.monitor, &looking.source, &universes, &inputs);
    });
}

/// The default routes as they were left, unless the command line named others.
pub fn recall(keeper: Option<Res<Keeper>>, outlet: Option<Res<Outlet>>, mut routing: ResMut<Routing>) {
    let Some(outlet) = outlet else { return };
    let now = outlet.0.routes().default.clone();
    let kept = keeper.and_then(|keeper| keeper.setting(DEFAULT_ROUTES)).and_then(|text| json::from_str::<Vec<Route>>(&text).ok());
    routing.default = kept.filter(|_| now == Routes::default().default).unwrap_or(now);
}

/// What is drawn.
struct State<'a> {
    universes: &'a [u16],
    entries: &'a [Entry],
    nodes: &'a [Node],
    wrong: &'a [Diagnosis],
    stats: &'a OutputStats,
}

/// Draws all but the monitor; returns the edit that was asked for.  Knows no world.
fn outputs_ui(ui: &mut Ui, state: &State<'_>, default: &mut Vec<Route>) -> Result<Option<Transaction>, BadRow> {
    let mut wanted = None;
    sending_ui(ui, state);
    ui.add_space(6.0);
    ui.label(RichText::new("Universes").strong());
    if state.universes.is_empty() {
        ui.weak("No fixture is patched, so nothing has to go anywhere");
    }
    for &universe in state.universes {
        wanted = route::universe_ui(ui, universe, state.entries, default)?.or(wanted);
    }
    ui.add_space(4.0);
    ui.label(RichText::new("All other universes").strong());
    route::default_ui(ui, default);
    ui.add_space(6.0);
    ui.label(RichText::new("Art-Net nodes").strong());
    if let Some(routes) = nodes::nodes_ui(ui, state.nodes, state.universes) {
        wanted = Some(rows::add_all(state.entries, &routes, "Send to a node")?);
    }
    Ok(wanted)
}

/// A lamp, the figures, and what is wrong.
fn sending_ui(ui: &mut Ui, state: &State<'_>) {
    let stats = state.stats;
    let lamp = if stats.errors > 0 || stats.dropped > 0 {
        theme::DANGER
    } else if state.wrong.is_empty() {
        theme::LOOP
    } else {
        theme::ACCENT
    };
    ui.horizontal(|ui| {
        lamp_ui(ui, lamp);
        let words = format!(
            "{} universes · {:.0} packets/s · late by {:.1} ms (99 %) · {} dropped",
            stats.frames_sent.len(),
            stats.packets_per_sec,
            stats.lateness_ms.p99,
            stats.dropped
        );
        ui.label(words);
    });
    for one in state.wrong {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("⚠").color(theme::ACCENT));
            ui.label(&one.text);
        });
    }
}

pub(super) fn lamp_ui(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(bevy_egui::egui::vec2(12.0, 12.0), bevy_egui::egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, color);
}

#[cfg(test)]
mod tests;
