//! The table as people write it, as it is saved, and where it leads.

use super::*;

fn lanes(routes: &Routes, universe: u16, subscribers: &Subscribers) -> Vec<(Protocol, u16, String)> {
    let name = |hop: Hop| (hop.lane.protocol, hop.lane.number, hop.lane.target.to_string());
    routes.hops(universe, subscribers).into_iter().map(name).collect()
}

fn nobody() -> Subscribers {
    Subscribers::default()
}

#[test]
fn targets_are_read_as_people_write_them() {
    for (text, want) in [("10.0.0.20", "10.0.0.20:6454"), (" 127.0.0.1:7000 ", "127.0.0.1:7000"), ("2.255.255.255", "2.255.255.255:6454")] {
        assert_eq!(parse_target(text, Broadcast::Refuse), Ok(want.parse().unwrap()), "{text}");
    }
    for text in ["auto", "multicast", "10.0.0.20", "10.0.0.20:7000", "broadcast 10.255.255.255", "broadcast 10.255.255.255:9"] {
        assert_eq!(text.parse::<To>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_target_is_refused_with_a_remedy() {
    for text in [
        "",
        "node",
        "10.0.0",
        "10.0.0.256",
        "::1",
        "[::1]:6454",
        "10.0.0.1:x",
        "10.0.0.1:0",
        "10.0.0.1:",
        "0.0.0.0",
        "239.255.0.1",
        "255.255.255.255",
    ] {
        for error in [parse_target(text, Broadcast::Refuse).unwrap_err(), text.parse::<To>().unwrap_err()] {
            assert!(error.to_string().contains("give"), "{text}: {error}");
        }
    }
    assert!(parse_target("255.255.255.255", Broadcast::Allow).is_ok());
    assert_eq!("broadcast 255.255.255.255".parse::<To>(), Err(RouteError::Broadcast));
}

#[test]
fn universe_n_goes_to_number_n_unless_its_own_routes_say_otherwise() {
    let mut routes = Routes::default();
    routes.universes.insert(3, vec![Route { number: Some(0x0120), ..Route::artnet(To::Node(Ipv4Addr::new(10, 0, 0, 3), None)) }]);
    routes.universes.insert(4, vec![]);
    let own = |number| vec![(Protocol::ArtNet, number, "127.0.0.1:6454".to_owned())];
    assert_eq!(lanes(&routes, 1, &nobody()), own(1));
    assert_eq!(lanes(&routes, 16, &nobody()), own(16));
    assert_eq!(lanes(&routes, 3, &nobody()), [(Protocol::ArtNet, 0x0120, "10.0.0.3:6454".to_owned())]);
    assert_eq!(lanes(&routes, 4, &nobody()), []);
    assert_eq!(lanes(&routes, 40_000, &nobody()), []);
    assert_eq!(routes.problems(&[1, 4, 40_000], &nobody()), [RouteProblem { universe: 40_000, error: RouteError::PortAddress(40_000) }]);
}

#[test]
fn a_universe_may_go_several_ways_and_each_once() {
    let mut routes = Routes::default();
    let off = Route { enabled: false, ..Route::artnet(To::Node(Ipv4Addr::new(10, 0, 0, 9), None)) };
    routes.universes.insert(
        300,
        vec![
            Route::artnet(To::Auto),
            Route::artnet(To::Node(Ipv4Addr::new(10, 0, 0, 1), None)),
            off,
            Route::sacn(To::Auto),
            Route { number: Some(7), priority: 250, delay_ms: 9999, ..Route::sacn(To::Node(Ipv4Addr::new(10, 0, 0, 2), None)) },
        ],
    );
    let node = |last| SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, last), artnet::PORT);
    let subscribers = Subscribers(BTreeMap::from([(300, vec![node(1), node(5)]), (7, vec![node(6)])]));
    let want = [
        (Protocol::ArtNet, 300, "10.0.0.1:6454"),
        (Protocol::ArtNet, 300, "10.0.0.5:6454"),
        (Protocol::Sacn, 300, "239.255.1.44:5568"),
        (Protocol::Sacn, 7, "10.0.0.2:5568"),
    ];
    assert_eq!(lanes(&routes, 300, &subscribers), want.map(|(protocol, number, target)| (protocol, number, target.to_owned())));
    let last = routes.hops(300, &subscribers).pop().unwrap();
    assert_eq!((last.priority, last.delay_ms), (200, LONGEST_DELAY_MS));
    assert!(routes.problems(&[300], &subscribers).is_empty());
}

#[test]
fn two_universes_on_one_lane_and_what_no_protocol_has_are_told() {
    let mut routes = Routes::default();
    routes.universes.insert(2, vec![Route { number: Some(1), ..Route::artnet(To::Node(Ipv4Addr::LOCALHOST, None)) }]);
    routes.universes.insert(3, vec![Route::artnet(To::Multicast)]);
    routes.universes.insert(4, vec![Route { number: Some(0), ..Route::sacn(To::Multicast) }]);
    let errors: Vec<_> = routes.problems(&[1, 2, 3, 4], &nobody()).into_iter().map(|problem| (problem.universe, problem.error)).collect();
    assert_eq!(errors, [(2, RouteError::Taken(1)), (3, RouteError::Multicast), (4, RouteError::Universe(0))]);
}

#[test]
fn a_target_named_twice_gets_one_packet() {
    let routes = Routes::parse(["10.0.0.1", "10.0.0.1:6454", "10.0.0.2"], Broadcast::Refuse).unwrap();
    assert_eq!(routes.hops(1, &nobody()).len(), 2);
    let many: Vec<String> = (0..=MOST_TARGETS).map(|n| format!("10.0.0.{n}")).collect();
    assert_eq!(Routes::parse(many.iter().map(String::as_str), Broadcast::Refuse), Err(RouteError::TooMany));
}

#[test]
fn the_table_is_saved_and_read_back_and_what_is_not_said_is_the_default() {
    let routes: Routes = serde_json::from_value(serde_json::json!({
        "default": [{"protocol": "artnet", "to": "127.0.0.2"}],
        "universes": {"2": [{"protocol": "sacn", "to": "multicast", "number": 12, "priority": 90}], "3": []},
        "art_sync": true,
    }))
    .unwrap();
    assert_eq!(lanes(&routes, 2, &nobody()), [(Protocol::Sacn, 12, "239.255.0.12:5568".to_owned())]);
    assert!(routes.art_sync && routes.universes[&2][0].enabled);
    let saved = serde_json::to_string(&routes).unwrap();
    assert_eq!(serde_json::from_str::<Routes>(&saved).unwrap(), routes);
    assert_eq!(serde_json::from_str::<Routes>("{}").unwrap(), Routes::default());
    let error = serde_json::from_str::<Routes>(r#"{"default":[{"to":"10.0.0"}]}"#).unwrap_err().to_string();
    assert!(error.contains("give an IPv4 address"), "{error}");
}
