//! What is wrong on the wire, in words, each with what to do.
//!
//! Pure: everything that is known is an argument, so a panel asks as often as it draws.

use serde::Serialize;

use super::input::InputSnapshot;
use super::nodes::Node;
use super::routes::{Protocol, Routes, Subscribers, To};
use super::stats::OutputStats;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The universe is patched and goes nowhere.
    NoRoute,
    /// No node asks for it.
    NobodyListens,
    /// The table says what cannot be.
    BadRoute,
    /// Several machines send the same universe.
    TwoSenders,
    /// A node mixes two senders.
    NodeMerges,
    NodeFault,
    NodeLate,
    /// The system did not take packets.
    NotSent,
    /// The port is not ours to listen on.
    NotHeard,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub trouble: Trouble,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub universe: Option<u16>,
    pub text: String,
}

/// What is known of the network; leave empty what is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The universes of the patch, rising.
    pub universes: &'a [u16],
    pub nodes: &'a [Node],
    pub inputs: Option<&'a InputSnapshot>,
    pub stats: Option<&'a OutputStats>,
    /// What the listener could not open.
    pub not_heard: &'a [String],
}

/// Everything that is wrong, worst first.
pub fn diagnose(routes: &Routes, subscribers: &Subscribers, known: Known<'_>) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let mut say = |trouble, universe, text| found.push(Diagnosis { trouble, universe, text });
    for problem in routes.problems(known.universes, subscribers) {
        say(Trouble::BadRoute, Some(problem.universe), format!("Universe {}: {}", problem.universe, problem.error));
    }
    for &universe in known.universes {
        unheard(routes, subscribers, universe, &mut say);
    }
    if let Some(stats) = known.stats.filter(|stats| stats.errors > 0) {
        let error = stats.last_error.as_deref().unwrap_or("no reason given");
        say(
            Trouble::NotSent,
            None,
            format!("{} packets could not be sent ({error}): look at the network cable and the targets' addresses", stats.errors),
        );
    }
    if let Some(stats) = known.stats.filter(|stats| stats.dropped > 0) {
        let text = format!("{} packets found no room in the network card: send fewer universes, or by a faster network", stats.dropped);
        say(Trouble::NotSent, None, text);
    }
    for text in known.not_heard {
        say(Trouble::NotHeard, None, text.clone());
    }
    for universe in known.inputs.into_iter().flat_map(|inputs| &inputs.universes).filter(|universe| universe.merging) {
        let senders: Vec<String> = universe.sources.iter().filter(|source| source.shown).map(|source| source.ip.to_string()).collect();
        let (protocol, number) = (universe.key.protocol.name(), universe.key.number);
        let senders = senders.join(" and ");
        say(Trouble::TwoSenders, None, format!("{senders} both send {protocol} {number}: end one of them, or give one another universe"));
    }
    for node in known.nodes.iter().filter(|node| !node.own) {
        ails(node, &mut say);
    }
    found
}

fn unheard(routes: &Routes, subscribers: &Subscribers, universe: u16, say: &mut impl FnMut(Trouble, Option<u16>, String)) {
    let enabled: Vec<_> = routes.routes(universe).iter().filter(|route| route.enabled).collect();
    if enabled.is_empty() {
        say(
            Trouble::NoRoute,
            Some(universe),
            format!("Universe {universe} has no route, so its lamps stay dark: give it one, or switch one on"),
        );
        return;
    }
    for route in enabled.iter().filter(|route| route.protocol == Protocol::ArtNet && route.to == To::Auto) {
        if let Some(number) = route.number(universe).ok().filter(|&number| subscribers.of(number).is_empty()) {
            let text = format!(
                "Nobody listens on universe {universe}: no node asks for port-address {number} ({}.{}.{}). Set a port of a node to it, or give the node's address",
                number >> 8,
                number >> 4 & 0xf,
                number & 0xf
            );
            say(Trouble::NobodyListens, Some(universe), text);
        }
    }
}

fn ails(node: &Node, say: &mut impl FnMut(Trouble, Option<u16>, String)) {
    let name = if node.short_name.is_empty() { node.ip.to_string() } else { format!("\"{}\" ({})", node.short_name, node.ip) };
    if node.late {
        say(Trouble::NodeLate, None, format!("{name} does not answer: look at its power and its cable"));
    }
    for port in &node.ports {
        if port.merging {
            let text = format!("{name} mixes two senders on port-address {}: end one, or cancel merging at the node", port.address);
            say(Trouble::NodeMerges, None, text);
        }
        if port.fault {
            say(Trouble::NodeFault, None, format!("{name} reports a fault on port-address {}: look at its DMX line", port.address));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;
    use std::time::Instant;

    use super::super::artnet::poll::{Dmx, Reply};
    use super::super::input::Inputs;
    use super::super::nodes::NodeTable;
    use super::super::routes::Route;
    use super::*;

    fn words(routes: &Routes, subscribers: &Subscribers, known: Known<'_>) -> Vec<(Trouble, String)> {
        diagnose(routes, subscribers, known).into_iter().map(|found| (found.trouble, found.text)).collect()
    }

    #[test]
    fn a_universe_that_nobody_hears_is_told_with_a_remedy() {
        let mut routes = Routes::of(vec![Route::artnet(To::Auto)]);
        routes.universes.insert(2, vec![Route { enabled: false, ..Route::default() }]);
        routes.universes.insert(4, vec![Route::artnet(To::Multicast)]);
        let subscribers = Subscribers(BTreeMap::from([(1, vec!["10.0.0.1:6454".parse().unwrap()])]));
        let known = Known { universes: &[1, 2, 0x123, 4], ..Known::default() };
        let found = words(&routes, &subscribers, known);
        let kinds: Vec<Trouble> = found.iter().map(|(trouble, _)| *trouble).collect();
        assert_eq!(kinds, [Trouble::BadRoute, Trouble::NoRoute, Trouble::NobodyListens]);
        assert_eq!(
            found[2].1,
            "Nobody listens on universe 291: no node asks for port-address 291 (1.2.3). Set a port of a node to it, or give the node's address"
        );
        assert!(words(&Routes::default(), &subscribers, Known { universes: &[1, 2], ..Known::default() }).is_empty());
    }

    #[test]
    fn fights_faults_and_silence_are_told() {
        let (mut inputs, mut table, now) = (Inputs::default(), NodeTable::default(), Instant::now());
        for last in [1, 2] {
            inputs.artnet(&Dmx { sequence: 1, physical: 0, address: 9, slots: &[1, 2] }, Ipv4Addr::new(10, 0, 0, last), now);
        }
        let reply =
            Reply { n_ports: 1, types: [0x80, 0, 0, 0], outputs: [0x8c, 0, 0, 0], short_name: "bar".to_owned(), ..Reply::default() };
        table.hear(Ipv4Addr::new(10, 0, 0, 3), reply, false);
        table.round();
        table.round();
        let stats = OutputStats { errors: 3, last_error: Some("Network is unreachable".to_owned()), dropped: 2, ..OutputStats::default() };
        let (nodes, inputs, not_heard) = (table.nodes(), inputs.snapshot(), ["UDP port 6454".to_owned()]);
        let known = Known { nodes: &nodes, inputs: Some(&inputs), stats: Some(&stats), not_heard: &not_heard, ..Known::default() };
        let found = words(&Routes::default(), &Subscribers::default(), known);
        let kinds: Vec<Trouble> = found.iter().map(|(trouble, _)| *trouble).collect();
        use Trouble::{NodeFault, NodeLate, NodeMerges, NotHeard, NotSent, TwoSenders};
        assert_eq!(kinds, [NotSent, NotSent, NotHeard, TwoSenders, NodeLate, NodeMerges, NodeFault]);
        assert!(found[0].1.contains("Network is unreachable") && found[3].1.starts_with("10.0.0.1 and 10.0.0.2 both send Art-Net 9"));
        assert!(found[4].1.starts_with("\"bar\" (10.0.0.3) does not answer"));
    }
}
