//! The outputs panel, clicked by names.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use std::sync::Arc;

use super::*;
use crate::output::artnet::address::Command;
use crate::output::artnet::poll::Reply;
use crate::output::nodes::NodeTable;
use crate::output::routes::Subscribers;

/// Default routes, options, and everything that was asked for.
type World = (Vec<Route>, OutputOptions, Vec<Wanted>);

fn node(ports: u8) -> Vec<Node> {
    let mut table = NodeTable::default();
    let reply = Reply { n_ports: ports.into(), types: [0x80; 4], sw_out: [3, 9, 0, 0], short_name: "Bar".to_owned(), ..Reply::default() };
    table.hear("10.0.0.7".parse().unwrap(), reply, false);
    table.nodes()
}

fn harness(universes: &'static [u16], nodes: Vec<Node>) -> Harness<'static, World> {
    let stats = OutputStats::default();
    let wrong = health::diagnose(&Routes::of(vec![]), &Subscribers::default(), Known { universes, ..Known::default() });
    let heard = Heard { nodes: Arc::new(nodes), ..Heard::default() };
    let draw = move |ui: &mut Ui, (default, options, asked): &mut World| {
        let is_pulled =
            |cause: Cause| asked.iter().rev().find_map(|wanted| wanted.pulled.filter(|(of, _)| *of == cause)).is_some_and(|(_, on)| on);
        let has_pattern = asked.iter().rev().find_map(|wanted| wanted.pattern).unwrap_or_default();
        let state = State { universes, entries: &[], heard: &heard, wrong: &wrong, stats: &stats, is_pulled: &is_pulled, has_pattern };
        let wanted = outputs_ui(ui, &state, default, options).unwrap();
        if wanted.edit.is_some() || wanted.pulled.is_some() || wanted.pattern.is_some() || wanted.tell.is_some() {
            asked.push(wanted);
        }
    };
    Harness::builder().with_size([900.0, 900.0]).build_ui_state(draw, (vec![Route::default()], OutputOptions::default(), Vec::new()))
}

#[test]
fn a_node_is_routed_by_one_click() {
    let mut harness = harness(&[3, 5], node(1));
    assert!(harness.query_by_label("Bar").is_some());
    harness.get_by_label("Send here").click();
    harness.run();
    let edit = harness.state().2[0].edit.as_ref().unwrap();
    assert_eq!((edit.label.as_str(), edit.ops.len()), ("Send to a node", 1));
}

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    let harness = harness(&[3], Vec::new());
    assert!(harness.query_by_label_contains("Universe 3 has no route").is_some());
    assert!(harness.query_by_label_contains("None has answered yet").is_some());
}

#[test]
fn a_universe_gets_a_route_of_its_own_and_all_others_another_target() {
    let mut harness = harness(&[1], Vec::new());
    harness.get_by_label("Add a route").click();
    harness.run();
    harness.get_by_label("Add a target").click();
    harness.run();
    assert_eq!(harness.state().2[0].edit.as_ref().unwrap().label, "Route universe 1");
    assert_eq!(harness.state().0.len(), 2);
}

#[test]
fn ports_take_the_universe_of_their_number_or_the_next_free_one() {
    let nodes = node(2);
    let routes = |universes: &[u16]| {
        let numbers = nodes::routes_to(&nodes[0], universes).into_iter().map(|(universe, route)| (universe, route.number));
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(routes(&[3, 7, 8]), [(3, None), (7, Some(9))]);
    assert_eq!(routes(&[]), []);
}

#[test]
fn a_plug_is_pulled_and_put_back_and_says_what_happens() {
    let mut harness = harness(&[3], Vec::new());
    assert!(harness.query_by_label_contains("The deck or its clock is lost: the last look stays").is_some());
    let buttons: Vec<_> = harness.get_all_by_label("Pull the plug").collect();
    assert_eq!(buttons.len(), 4);
    buttons[0].click();
    drop(buttons);
    harness.run();
    assert_eq!(harness.state().2.last().unwrap().pulled, Some((Cause::Deck, true)));
    harness.get_by_label("Plug in again").click();
    harness.run();
    assert_eq!(harness.state().2.last().unwrap().pulled, Some((Cause::Deck, false)));
}

#[test]
fn a_test_pattern_is_sent_and_ended_and_a_node_is_made_to_blink() {
    let mut harness = harness(&[3], node(1));
    harness.get_by_label("Test pattern").click();
    harness.run();
    assert_eq!(harness.state().2.last().unwrap().pattern, Some(true));
    harness.get_by_label("End the test pattern").click();
    harness.run();
    assert_eq!(harness.state().2.last().unwrap().pattern, Some(false));
    harness.get_by_label("Blink").click();
    harness.run();
    let (node, name, _, command) = harness.state().2.last().unwrap().tell.as_ref().unwrap();
    assert_eq!((node.ip.to_string().as_str(), name.as_str(), *command), ("10.0.0.7", "", Command::Locate));
}

#[test]
fn the_track_follows_a_timecode_where_that_is_wanted() {
    let mut harness = harness(&[3], Vec::new());
    harness.get_by_label("Follow Art-Net timecode").click();
    harness.get_by_label("Triggers press pads").click();
    harness.run();
    let options = &harness.state().1;
    assert!(options.follow_timecode && options.triggers && options.listens());
    harness.get_by_label("Tell our timecode").click();
    harness.run();
    assert!(harness.query_by_label_contains("Give an address, like").is_some(), "nobody is told before somebody is named");
}
