//! The nodes that answered, and one click to send to them.

use std::collections::BTreeSet;

use bevy_egui::egui::{Id, Key, RichText, TextEdit, Ui};

use crate::output::artnet::address::Command;
use crate::output::nodes::{Node, Port, PortKind};
use crate::output::routes::{Route, To};
use crate::ui::theme;

fn outputs(node: &Node) -> impl Iterator<Item = &Port> {
    node.ports.iter().filter(|port| port.kind == PortKind::Output)
}

/// A universe for every port of the node: the one of its own number if that is patched, else the next that none has.
pub(super) fn routes_to(node: &Node, universes: &[u16]) -> Vec<(u16, Route)> {
    let ports: BTreeSet<u16> = outputs(node).map(|port| port.address).collect();
    let mut free: Vec<u16> = universes.iter().copied().filter(|universe| !ports.contains(universe)).collect();
    let to = To::Node(node.ip, None);
    let route = |universe: u16, port: u16| (universe, Route { number: Some(port).filter(|port| *port != universe), ..Route::artnet(to) });
    ports
        .into_iter()
        .filter_map(|port| {
            let own = universes.contains(&port).then_some(port);
            own.or_else(|| (!free.is_empty()).then(|| free.remove(0))).map(|universe| route(universe, port))
        })
        .collect()
}

/// What is asked of a node.
pub(super) enum NodeDeed {
    Route(Vec<(u16, Route)>),
    /// The node, its names where they are to change, and what it is to do.
    Tell(Box<Node>, String, String, Command),
}

/// Draws the list; returns what was asked for.
pub(super) fn nodes_ui(ui: &mut Ui, nodes: &[Node], universes: &[u16]) -> Option<NodeDeed> {
    let mut wanted = None;
    let others: Vec<&Node> = nodes.iter().filter(|node| !node.own).collect();
    if others.is_empty() {
        ui.weak("None has answered yet. They are asked every three seconds; a node must be in the same network, and its firewall must let UDP port 6454 in.");
    }
    for node in others {
        ui.horizontal_wrapped(|ui| {
            super::lamp_ui(ui, if node.late { theme::DANGER } else { theme::LOOP });
            let name = if node.short_name.is_empty() { "(no name)" } else { &node.short_name };
            ui.label(RichText::new(name).strong()).on_hover_text(&node.long_name);
            let ports: Vec<String> = outputs(node).map(|port| port.address.to_string()).collect();
            let ports = if ports.is_empty() { "no outputs".to_owned() } else { format!("port-address {}", ports.join(", ")) };
            ui.label(RichText::new(format!("{} · {ports} · firmware {}", node.ip, node.firmware)).color(theme::faint(ui)));
            let routes = routes_to(node, universes);
            let hint = routes.iter().map(|(universe, route)| format!("universe {universe} to {}", route.number.unwrap_or(*universe)));
            let hint = hint.collect::<Vec<_>>().join(", ");
            let button = ui.add_enabled(!routes.is_empty(), bevy_egui::egui::Button::new("Send here"));
            if button.on_hover_text(hint).clicked() {
                wanted = Some(NodeDeed::Route(routes));
            }
            wanted = told_ui(ui, node).or(wanted.take());
        });
        if !node.report.is_empty() {
            ui.label(RichText::new(format!("   {}", node.report)).small().color(theme::faint(ui)));
        }
    }
    wanted
}

/// Finding it, naming it, and ending its mixing.
fn told_ui(ui: &mut Ui, node: &Node) -> Option<NodeDeed> {
    let id = Id::new(("node told", node.ip, node.bind_index));
    let mut command = None;
    let blinks = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or_default();
    let hint = "Its own lamps blink, where it can do that, so that it is found among others";
    if ui.selectable_label(blinks, "Blink").on_hover_text(hint).clicked() {
        ui.data_mut(|data| data.insert_temp(id, !blinks));
        command = Some(if blinks { Command::Normal } else { Command::Locate });
    }
    if node.ports.iter().any(|port| port.merging) && ui.button("End its mixing").on_hover_text("It takes one sender alone").clicked() {
        command = Some(Command::CancelMerge);
    }
    let field = id.with("name");
    let mut typed = ui.data(|data| data.get_temp::<String>(field));
    let mut name = None;
    match &mut typed {
        None if ui.button("Rename").clicked() => typed = Some(node.short_name.clone()),
        None => {}
        Some(text) => {
            let line = ui.add(TextEdit::singleline(text).id(field).char_limit(17).desired_width(110.0).hint_text("New name"));
            if line.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !text.trim().is_empty() {
                name = Some(text.trim().to_owned());
            }
            if name.is_some() || line.lost_focus() {
                typed = None;
            } else {
                line.request_focus();
            }
        }
    }
    ui.data_mut(|data| {
        data.remove_temp::<String>(field);
        if let Some(text) = typed {
            data.insert_temp(field, text);
        }
    });
    match (name, command) {
        (Some(name), _) => Some(NodeDeed::Tell(Box::new(node.clone()), name.clone(), name, Command::None)),
        (None, Some(command)) => Some(NodeDeed::Tell(Box::new(node.clone()), String::new(), String::new(), command)),
        (None, None) => None,
    }
}
