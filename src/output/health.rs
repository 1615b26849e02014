//! What is wrong on the wire, in words, each with what to do.
//!
//! Pure: everything that is known is an argument, so a panel asks as often as it draws.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::input::InputSnapshot;
use super::loss::LossRules;
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
    /// Not even what we send ourselves comes back.
    Firewall,
    /// A node is where packets of ours do not reach it.
    OtherNetwork,
    /// Too much is sent to everybody.
    Storm,
    /// A desk, a show or the network is lost; its rule acts.
    Lost,
    /// Renders break.
    Broken,
}

/// The network around us, as the listener finds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Air {
    /// Art-Net packets a second to everybody.
    pub broadcasts_per_sec: f64,
    /// Who sends most of them.
    pub loudest: Option<(Ipv4Addr, f64)>,
    /// Our addresses, with their masks.
    pub networks: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// We ask everybody and do not even hear ourselves.
    pub deaf: bool,
}

/// Wi-Fi sends what is for everybody at its slowest rate: a few universes fill it.
const STORM_PER_SEC: f64 = 400.0;
/// So many universes of ours to everybody are a storm of our own.
const MOST_BROADCAST: usize = 8;

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
    pub air: Option<&'a Air>,
    /// What the lamps do when something is lost.
    pub loss: Option<&'a LossRules>,
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
    if let Some((loss, rules)) = known.stats.and_then(|stats| stats.loss).zip(known.loss) {
        let text = format!("{}. That was {:.0} s ago", rules.of(loss.cause).words(loss.cause), loss.secs);
        say(Trouble::Lost, None, text);
    }
    if let Some(stats) = known.stats.filter(|stats| stats.panics > 0) {
        let text = format!("{} frames of the show broke: undo the last edit of a pattern, or take it out of the score", stats.panics);
        say(Trouble::Broken, None, text);
    }
    if let Some(stats) = known.stats.filter(|stats| stats.errors > 0) {
        let error = stats.last_error.as_deref().unwrap_or("no reason given");
        let refused = stats.last_error.as_deref().is_some_and(|error| error.contains("not permitted") || error.contains("denied"));
        let remedy = if refused {
            "a firewall on this machine refuses them: let Luma send UDP to ports 6454 and 5568"
        } else {
            "look at the network cable and the targets' addresses"
        };
        say(Trouble::NotSent, None, format!("{} packets could not be sent ({error}): {remedy}", stats.errors));
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
    if let Some(air) = known.air {
        around(air, &mut say);
    }
    storm_of_ours(routes, known.universes, &mut say);
    for node in known.nodes.iter().filter(|node| !node.own) {
        ails(node, known.air, &mut say);
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

fn around(air: &Air, say: &mut impl FnMut(Trouble, Option<u16>, String)) {
    if air.deaf {
        let text =
            "Not even our own question to the nodes comes back: a firewall on this machine closes UDP port 6454. Let Luma through it";
        say(Trouble::Firewall, None, text.to_owned());
    }
    if air.broadcasts_per_sec > STORM_PER_SEC {
        let from = air.loudest.map(|(ip, rate)| format!(", {rate:.0} of them from {ip}")).unwrap_or_default();
        let text = format!(
            "{:.0} packets a second go to everybody in the network{from}: Wi-Fi and small nodes choke on that. Set that desk to send to the nodes' own addresses",
            air.broadcasts_per_sec
        );
        say(Trouble::Storm, None, text);
    }
}

fn storm_of_ours(routes: &Routes, universes: &[u16], say: &mut impl FnMut(Trouble, Option<u16>, String)) {
    let to_all = |universe: &&u16| routes.routes(**universe).iter().any(|route| route.enabled && matches!(route.to, To::Broadcast(..)));
    let n = universes.iter().filter(to_all).count();
    if n > MOST_BROADCAST {
        let text = format!(
            "{n} universes are sent to everybody in the network: Wi-Fi and small nodes choke on that. Route them to auto, or to the nodes' addresses"
        );
        say(Trouble::Storm, None, text);
    }
}

fn ails(node: &Node, air: Option<&Air>, say: &mut impl FnMut(Trouble, Option<u16>, String)) {
    let name = if node.short_name.is_empty() { node.ip.to_string() } else { format!("\"{}\" ({})", node.short_name, node.ip) };
    let same = |ip: Ipv4Addr, mask: Ipv4Addr| u32::from(ip) & u32::from(mask) == u32::from(node.ip) & u32::from(mask);
    if let Some(air) = air.filter(|air| !air.networks.is_empty() && !air.networks.iter().any(|&(ip, mask)| same(ip, mask))) {
        let ours: Vec<String> = air.networks.iter().map(|(ip, mask)| format!("{ip}/{}", u32::from(*mask).count_ones())).collect();
        let text = format!(
            "{name} is in another network than this machine ({}): what we send may never reach it. Give it an address of ours, or this machine one beside {}",
            ours.join(", "),
            node.ip
        );
        say(Trouble::OtherNetwork, None, text);
    }
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
    use super::super::loss::Cause;
    use super::super::nodes::NodeTable;
    use super::super::routes::Route;
    use super::super::stats::LossNow;
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

    /// Everything that the list knows, provoked once, word for word.
    #[test]
    fn every_trouble_has_its_words_and_its_remedy() {
        let mut table = NodeTable::default();
        let far = Reply { n_ports: 1, types: [0x80, 0, 0, 0], short_name: "far".to_owned(), ..Reply::default() };
        table.hear(Ipv4Addr::new(2, 0, 0, 9), far, false);
        let near = Reply { n_ports: 1, types: [0x80, 0, 0, 0], outputs: [0x88, 0, 0, 0], sw_out: [3, 0, 0, 0], ..Reply::default() };
        table.hear(Ipv4Addr::new(10, 0, 0, 4), near, false);
        let air = Air {
            broadcasts_per_sec: 912.4,
            loudest: Some((Ipv4Addr::new(10, 0, 0, 66), 880.2)),
            networks: vec![(Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(255, 255, 255, 0))],
            deaf: true,
        };
        let stats = OutputStats {
            errors: 7,
            last_error: Some("Operation not permitted (os error 1)".to_owned()),
            panics: 2,
            loss: Some(LossNow { cause: Cause::Deck, secs: 12.2 }),
            ..OutputStats::default()
        };
        let rules = LossRules { deck: "safe:5:2".parse().unwrap(), ..LossRules::default() };
        let routes = Routes::of(vec![Route::artnet("broadcast 10.0.0.255".parse().unwrap())]);
        let (nodes, universes) = (table.nodes(), (1..=9).collect::<Vec<u16>>());
        let known =
            Known { universes: &universes, nodes: &nodes, stats: Some(&stats), air: Some(&air), loss: Some(&rules), ..Known::default() };
        let found = words(&routes, &Subscribers::default(), known);
        let expected = [
            "The deck or its clock is lost: the last look stands for 5 s, then the safe look comes in 2 s. That was 12 s ago",
            "2 frames of the show broke: undo the last edit of a pattern, or take it out of the score",
            "7 packets could not be sent (Operation not permitted (os error 1)): a firewall on this machine refuses them: let Luma send UDP to ports 6454 and 5568",
            "Not even our own question to the nodes comes back: a firewall on this machine closes UDP port 6454. Let Luma through it",
            "912 packets a second go to everybody in the network, 880 of them from 10.0.0.66: Wi-Fi and small nodes choke on that. Set that desk to send to the nodes' own addresses",
            "9 universes are sent to everybody in the network: Wi-Fi and small nodes choke on that. Route them to auto, or to the nodes' addresses",
            "\"far\" (2.0.0.9) is in another network than this machine (10.0.0.2/24): what we send may never reach it. Give it an address of ours, or this machine one beside 2.0.0.9",
            "10.0.0.4 mixes two senders on port-address 3: end one, or cancel merging at the node",
        ];
        assert_eq!(found.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), expected);
    }
}
