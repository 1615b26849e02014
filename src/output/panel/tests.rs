//! The outputs panel, clicked by names.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::*;
use crate::output::artnet::poll::Reply;
use crate::output::nodes::NodeTable;
use crate::output::routes::Subscribers;

type World = (Vec<Route>, Vec<Transaction>);

fn node(ports: u8) -> Vec<Node> {
    let mut table = NodeTable::default();
    let reply = Reply { n_ports: ports.into(), types: [0x80; 4], sw_out: [3, 9, 0, 0], short_name: "Bar".to_owned(), ..Reply::default() };
    table.hear("10.0.0.7".parse().unwrap(), reply, false);
    table.nodes()
}

fn harness(universes: &'static [u16], nodes: Vec<Node>) -> Harness<'static, World> {
    let stats = OutputStats::default();
    let wrong = health::diagnose(&Routes::of(vec![]), &Subscribers::default(), Known { universes, ..Known::default() });
    let draw = move |ui: &mut Ui, (default, edits): &mut World| {
        let state = State { universes, entries: &[], nodes: &nodes, wrong: &wrong, stats: &stats };
        edits.extend(outputs_ui(ui, &state, default).unwrap());
    };
    Harness::builder().with_size([760.0, 460.0]).build_ui_state(draw, (vec![Route::default()], Vec::new()))
}

#[test]
fn a_node_is_routed_by_one_click() {
    let mut harness = harness(&[3, 5], node(1));
    assert!(harness.query_by_label("Bar").is_some());
    harness.get_by_label("Send here").click();
    harness.run();
    let edit = &harness.state().1[0];
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
    assert_eq!(harness.state().1[0].label, "Route universe 1");
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
