//! The nodes that answered, and one click to send to them.

use std::collections::BTreeSet;

use bevy_egui::egui::{RichText, Ui};

use crate::output::artnet;
use crate::output::nodes::{Node, Port, PortKind};
use crate::output::routes::{Route, Subscribers, To};
use crate::ui::theme;

/// Who asks for which port-address.
pub(super) fn subscribers(nodes: &[Node]) -> Subscribers {
    let mut all = Subscribers::default();
    for node in nodes.iter().filter(|node| !node.own) {
        for port in outputs(node) {
            all.0.entry(port.address).or_default().push(std::net::SocketAddrV4::new(node.ip, artnet::PORT));
        }
    }
    all
}

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

/// Draws the list; returns the routes that were asked for.
pub(super) fn nodes_ui(ui: &mut Ui, nodes: &[Node], universes: &[u16]) -> Option<Vec<(u16, Route)>> {
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
                wanted = Some(routes);
            }
        });
        if !node.report.is_empty() {
            ui.label(RichText::new(format!("   {}", node.report)).small().color(theme::faint(ui)));
        }
    }
    wanted
}
