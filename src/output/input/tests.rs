//! Who is shown when several send.

use proptest::prelude::*;

use super::*;

const UNIVERSE: InputKey = InputKey { protocol: Protocol::Sacn, number: 1 };
const PORT: InputKey = InputKey { protocol: Protocol::ArtNet, number: 1 };

fn data(cid: u128, priority: u8, sequence: u8, slots: &[u8]) -> Data<'_> {
    Data {
        cid: Uuid::from_u128(cid),
        name: "desk",
        priority,
        sync: 0,
        sequence,
        preview: false,
        terminated: false,
        universe: 1,
        start_code: 0,
        slots,
    }
}

fn ip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

fn shown(inputs: &Inputs, key: InputKey) -> [u8; 4] {
    let slots = inputs.slots(key).unwrap();
    [slots[0], slots[1], slots[2], slots[3]]
}

fn after(start: Instant, millis: u64) -> Instant {
    start + Duration::from_millis(millis)
}

#[test]
fn the_highest_priority_is_shown_and_equals_are_mixed_by_level() {
    let (mut inputs, now) = (Inputs::default(), Instant::now());
    inputs.sacn(&data(1, 50, 0, &[200, 200, 200, 200]), ip(1), now);
    assert_eq!(shown(&inputs, UNIVERSE), [200; 4]);
    inputs.sacn(&data(2, 150, 0, &[1, 20, 3]), ip(2), now);
    assert_eq!(shown(&inputs, UNIVERSE), [1, 20, 3, 0], "a priority of 50 never comes between");
    inputs.sacn(&data(3, 150, 0, &[10, 2, 30]), ip(3), now);
    assert_eq!(shown(&inputs, UNIVERSE), [10, 20, 30, 0]);
    let universe = inputs.snapshot().universes.remove(0);
    assert!(universe.merging);
    assert_eq!(universe.sources.iter().map(|source| source.shown).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_source_falls_silent_after_2_5_s_or_says_so_and_the_next_is_shown() {
    let (mut inputs, start) = (Inputs::default(), Instant::now());
    inputs.sacn(&data(1, 150, 0, &[1]), ip(1), start);
    inputs.sacn(&data(2, 100, 0, &[2]), ip(2), after(start, 2000));
    assert!(!inputs.sweep(after(start, 2400)));
    assert_eq!(shown(&inputs, UNIVERSE)[0], 1);
    assert!(inputs.sweep(after(start, 2500)));
    assert_eq!(shown(&inputs, UNIVERSE)[0], 2);
    inputs.sacn(&data(1, 150, 9, &[1]), ip(1), after(start, 2600));
    assert_eq!(shown(&inputs, UNIVERSE)[0], 1);
    assert!(inputs.sacn(&Data { terminated: true, ..data(1, 150, 10, &[77]) }, ip(1), after(start, 2700)));
    assert_eq!(shown(&inputs, UNIVERSE)[0], 2);
    assert!(inputs.sweep(after(start, 4600)));
    assert_eq!((shown(&inputs, UNIVERSE)[0], inputs.snapshot().universes[0].sources.len()), (2, 0), "the look stays");
}

#[test]
fn a_packet_that_was_overtaken_is_thrown_away_and_one_that_began_anew_is_not() {
    let (mut inputs, now) = (Inputs::default(), Instant::now());
    for (sequence, level, want) in
        [(250, 1, 1), (250, 2, 1), (240, 3, 1), (251, 4, 4), (5, 5, 5), (254, 6, 5), (6, 7, 7), (100, 8, 8), (70, 9, 9)]
    {
        inputs.sacn(&data(1, 100, sequence, &[level]), ip(1), now);
        assert_eq!(shown(&inputs, UNIVERSE)[0], want, "sequence {sequence}");
    }
    assert_eq!(inputs.counts.stale, 3);
}

#[test]
fn priorities_slot_by_slot_win_where_they_are_told_and_are_forgotten_when_they_stop() {
    let (mut inputs, start) = (Inputs::default(), Instant::now());
    inputs.sacn(&data(1, 100, 0, &[10, 10, 10]), ip(1), start);
    inputs.sacn(&data(2, 200, 0, &[2, 2, 2]), ip(2), start);
    inputs.sacn(&Data { start_code: 0xdd, ..data(2, 200, 1, &[50, 120, 0]) }, ip(2), start);
    assert_eq!(shown(&inputs, UNIVERSE), [10, 2, 10, 0]);
    for (sequence, millis) in [(2, 1000), (3, 2000)] {
        inputs.sacn(&data(1, 100, sequence, &[10, 10, 10]), ip(1), after(start, millis));
        inputs.sacn(&data(2, 200, sequence, &[2, 2, 2]), ip(2), after(start, millis));
    }
    assert!(inputs.sweep(after(start, 2500)));
    assert_eq!(shown(&inputs, UNIVERSE), [2, 2, 2, 0]);
}

#[test]
fn preview_and_other_start_codes_are_not_shown() {
    let (mut inputs, now) = (Inputs::default(), Instant::now());
    assert!(!inputs.sacn(&Data { preview: true, ..data(1, 100, 0, &[9]) }, ip(1), now));
    assert!(!inputs.sacn(&Data { start_code: 0xcc, ..data(1, 100, 0, &[9]) }, ip(1), now));
    assert!(inputs.slots(UNIVERSE).is_none());
}

fn artnet(inputs: &mut Inputs, from: u8, physical: u8, sequence: u8, slots: &[u8], now: Instant) -> bool {
    inputs.artnet(&Dmx { sequence, physical, address: 1, slots }, ip(from), now)
}

#[test]
fn art_net_mixes_two_sources_and_takes_no_third_until_one_is_gone_for_ten_seconds() {
    let (mut inputs, start) = (Inputs::default(), Instant::now());
    artnet(&mut inputs, 1, 0, 1, &[9, 1], start);
    artnet(&mut inputs, 1, 1, 1, &[1, 9], start);
    assert_eq!(shown(&inputs, PORT), [9, 9, 0, 0], "two ports of one machine are two sources");
    assert!(!artnet(&mut inputs, 2, 0, 1, &[99], start));
    assert_eq!(inputs.snapshot().universes[0].exceeded, 1);
    artnet(&mut inputs, 1, 0, 2, &[9, 1], after(start, 9000));
    artnet(&mut inputs, 2, 0, 2, &[99], after(start, 10_000));
    assert_eq!(shown(&inputs, PORT), [99, 1, 0, 0]);
    assert!(artnet(&mut inputs, 1, 0, 0, &[100], after(start, 10_001)), "0 is out of any order");
    assert!(artnet(&mut inputs, 1, 0, 0, &[101], after(start, 10_002)));
}

#[test]
fn by_latest_change_one_source_has_the_universe() {
    let (mut inputs, start) = (Inputs::new(Merge::Ltp), Instant::now());
    artnet(&mut inputs, 1, 0, 1, &[200, 1], start);
    artnet(&mut inputs, 2, 0, 1, &[1, 100], after(start, 10));
    artnet(&mut inputs, 1, 0, 2, &[200, 1], after(start, 20));
    assert_eq!(shown(&inputs, PORT), [1, 100, 0, 0], "repeating is no change");
    artnet(&mut inputs, 1, 0, 3, &[50, 1], after(start, 30));
    assert_eq!(shown(&inputs, PORT), [50, 1, 0, 0]);
}

#[test]
fn a_flood_of_universes_and_sources_is_bounded() {
    let (mut inputs, now) = (Inputs::default(), Instant::now());
    for number in 0..10_000_u16 {
        inputs.artnet(&Dmx { sequence: 1, physical: 0, address: number, slots: &[1] }, ip(1), now);
    }
    for cid in 0..100 {
        inputs.sacn(&Data { universe: 5000, ..data(cid, 100, 0, &[1]) }, ip(1), now);
    }
    assert_eq!(inputs.snapshot().universes.len(), 4096);
    let mut inputs = Inputs::default();
    for cid in 0..100 {
        inputs.sacn(&data(cid, 100, 0, &[1]), ip(1), now);
    }
    assert_eq!(inputs.snapshot().universes[0].sources.len(), 8);
    assert!(inputs.sacn(&data(1000, 101, 0, &[7]), ip(1), now), "who has more to say gets a place");
    assert_eq!(shown(&inputs, UNIVERSE)[0], 7);
}

proptest! {
    /// Whatever comes: what is shown is some source's level, and of the highest priority there is.
    #[test]
    fn what_is_shown_was_sent_by_one_of_the_highest_priority(
        packets in prop::collection::vec((0_u128..4, 0_u8..=3, any::<u8>(), prop::collection::vec(any::<u8>(), 0..6), any::<bool>()), 1..60)
    ) {
        let (mut inputs, mut now) = (Inputs::default(), Instant::now());
        for (cid, priority, sequence, slots, terminated) in packets {
            now += Duration::from_millis(100);
            inputs.sacn(&Data { terminated, ..data(cid, priority, sequence, &slots) }, ip(cid as u8), now);
            inputs.sweep(now);
            let Some(universe) = inputs.universes.get(&UNIVERSE) else { continue };
            prop_assert!(universe.sources.len() <= 4);
            let Some(top) = universe.sources.iter().map(|source| source.priority).max() else { continue };
            for slot in 0..6 {
                let best = universe.sources.iter().filter(|source| source.priority == top).map(|source| source.slots[slot]).max();
                prop_assert_eq!(Some(universe.shown[slot]), best);
            }
        }
    }
}
