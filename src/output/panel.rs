//! Outputs: where universes go, who is there to take them, what is wrong, what happens when something is lost, and what really
//! leaves.
//!
//! Nodes are looked for from the first time the panel is shown: nothing of Luma speaks into a network before somebody asks.

mod loss;
mod monitor;
mod nodes;
mod outside;
mod route;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{CollapsingHeader, Color32, RichText, Ui};
use serde_json as json;

use super::artnet;
use super::health::{self, Diagnosis, Known};
use super::loss::Cause;
use super::nodes::{Node, takers};
use super::options::{self, OutputOptions};
use super::plugin::{Heard, Network, Outlet, Routing};
use super::routes::{Route, Routes};
use super::rows::{self, DEFAULT_ROUTES, Entry};
use super::stats::OutputStats;
use crate::document::plugin::{Edit, Told};
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::registry::BadRow;
use crate::show::plugin::{CurrentBytes, Part};
use crate::store::plugin::Keeper;
use crate::ui::sight::in_sight;
use crate::ui::theme;
use nodes::NodeDeed;

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
    bytes: ResMut<'w, CurrentBytes>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut network: ResMut<Network>,
    mut watched: Local<monitor::Monitor>,
    mut routing: ResMut<Routing>,
    mut looking: Looking,
    keeper: Option<Res<Keeper>>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(outlet) = &looking.outlet else {
        ui.weak("Nothing is sent from here");
        return;
    };
    network.wanted = true;
    let heard = network.heard.clone();
    let universes = universes(looking.rig.get());
    let stats = outlet.0.stats();
    let subscribers = takers(&heard.nodes, artnet::PORT);
    let known = Known {
        universes: &universes,
        nodes: &heard.nodes,
        inputs: heard.inputs.first().map(|inputs| &**inputs),
        stats: Some(&stats),
        not_heard: &heard.not_heard,
        air: Some(&heard.air),
        loss: Some(&routing.options.loss),
    };
    let routes = rows::routes(&routing.entries, &routing.default);
    let wrong = health::diagnose(&routes, &subscribers, known);
    let handle = &outlet.0;
    let is_pulled = |cause: Cause| handle.is_pulled(cause);
    let state = State {
        universes: &universes,
        entries: &routing.entries,
        heard: &heard,
        wrong: &wrong,
        stats: &stats,
        is_pulled: &is_pulled,
        has_pattern: handle.has_pattern(),
    };
    let (mut default, mut options) = (routing.default.clone(), routing.options.clone());
    match outputs_ui(ui, &state, &mut default, &mut options) {
        Ok(wanted) => {
            edits.write_batch(wanted.edit.filter(|edit| !edit.ops.is_empty()).map(Edit));
            if let Some((cause, pulled)) = wanted.pulled {
                handle.pull(cause, pulled);
            }
            if let Some(on) = wanted.pattern {
                handle.set_pattern(on.then(|| universes.clone()));
            }
            if let Some((node, name, long, command)) = wanted.tell
                && !network.tell(&node, (&name, &long), command)
            {
                told.write(Told::Refused("The node was told too much at once: wait a moment and try again".into()));
            }
        }
        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
    }
    if options != routing.options {
        routing.options = options;
    }
    if default != routing.default {
        routing.default = default;
        if let Some(keeper) = keeper {
            keeper.set_setting(DEFAULT_ROUTES, json::to_string(&routing.default).unwrap_or_default());
        }
    }
    CollapsingHeader::new("Monitor").default_open(true).show(ui, |ui| {
        monitor::monitor_ui(ui, &mut watched, looking.bytes.look(), &universes, &heard, &routing.options);
    });
}

/// Routes and options as they were left, unless the command line named other routes.
pub fn recall(keeper: Option<Res<Keeper>>, outlet: Option<Res<Outlet>>, mut routing: ResMut<Routing>) {
    let Some(outlet) = outlet else { return };
    let now = outlet.0.routes().default.clone();
    let setting = |key: &str| keeper.as_ref().and_then(|keeper| keeper.setting(key));
    let kept = rows::default_routes(setting(DEFAULT_ROUTES).as_deref());
    routing.default = kept.filter(|_| now == Routes::default().default).unwrap_or(now);
    routing.options = OutputOptions::read(setting(options::KEY).as_deref());
}

/// What is drawn.
struct State<'a> {
    universes: &'a [u16],
    entries: &'a [Entry],
    heard: &'a Heard,
    wrong: &'a [Diagnosis],
    stats: &'a OutputStats,
    is_pulled: &'a dyn Fn(Cause) -> bool,
    has_pattern: bool,
}

/// What was asked for.
#[derive(Default)]
struct Wanted {
    edit: Option<Transaction>,
    pulled: Option<loss::Pulled>,
    pattern: Option<bool>,
    /// A node, its new names, and what it is to do.
    tell: Option<(Box<Node>, String, String, artnet::address::Command)>,
}

/// Draws all but the monitor.  Knows no world.
fn outputs_ui(ui: &mut Ui, state: &State<'_>, default: &mut Vec<Route>, options: &mut OutputOptions) -> Result<Wanted, BadRow> {
    let mut wanted = Wanted::default();
    sending_ui(ui, state, &mut wanted);
    ui.add_space(6.0);
    ui.label(RichText::new("Universes").strong());
    if state.universes.is_empty() {
        ui.weak("No fixture is patched, so nothing has to go anywhere");
    }
    for &universe in state.universes {
        let row = |ui: &mut Ui| route::universe_ui(ui, universe, state.entries, default, options);
        wanted.edit = in_sight(ui, ("universe", universe), row).transpose()?.flatten().or(wanted.edit);
    }
    ui.add_space(4.0);
    ui.label(RichText::new("All other universes").strong());
    route::default_ui(ui, default);
    ui.add_space(6.0);
    ui.label(RichText::new("Art-Net nodes").strong());
    match nodes::nodes_ui(ui, &state.heard.nodes, state.universes) {
        Some(NodeDeed::Route(routes)) => wanted.edit = Some(rows::add_all(state.entries, &routes, "Send to a node")?),
        Some(NodeDeed::Tell(node, name, long, command)) => wanted.tell = Some((node, name, long, command)),
        None => {}
    }
    ui.add_space(6.0);
    CollapsingHeader::new("When something is lost").default_open(true).show(ui, |ui| {
        wanted.pulled = loss::loss_ui(ui, &mut options.loss, state.is_pulled, state.stats);
    });
    CollapsingHeader::new("Clocks and triggers").default_open(true).show(ui, |ui| {
        outside::clocks_ui(ui, options, state.heard);
    });
    Ok(wanted)
}

/// A lamp, the figures, the test pattern, and what is wrong.
fn sending_ui(ui: &mut Ui, state: &State<'_>, wanted: &mut Wanted) {
    let stats = state.stats;
    let lamp = if stats.errors > 0 || stats.dropped > 0 || stats.loss.is_some() {
        theme::DANGER
    } else if state.wrong.is_empty() {
        theme::LOOP
    } else {
        theme::ACCENT
    };
    ui.horizontal_wrapped(|ui| {
        lamp_ui(ui, lamp);
        let words = format!(
            "{} universes · {:.0} packets/s · late by {:.1} ms (99 %) · {} dropped",
            stats.frames_sent.len(),
            stats.packets_per_sec,
            stats.lateness_ms.p99,
            stats.dropped
        );
        ui.label(words);
        let (text, hint) = if state.has_pattern {
            ("End the test pattern", "The show again")
        } else {
            ("Test pattern", "Every channel of every universe runs through all its values instead of the show: heads move, lamps flash")
        };
        if ui.selectable_label(state.has_pattern, text).on_hover_text(hint).clicked() {
            wanted.pattern = Some(!state.has_pattern);
        }
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
