//! Every loss rule, as it is seen on the wire: what, and when.

use super::*;

/// What a universe carried, by milliseconds: only where it changed.
fn levels(run: &Run, universe: u16) -> Vec<(u64, u8)> {
    let mut seen: Vec<(u64, u8)> = Vec::new();
    for sent in run.of(universe) {
        let at = sent.at.duration_since(run.start).as_millis() as u64;
        if seen.last().is_none_or(|(_, level)| *level != sent.level) {
            seen.push((at, sent.level));
        }
    }
    seen
}

/// The level on the wire at a millisecond.
fn at(levels: &[(u64, u8)], millis: u64) -> u8 {
    levels.iter().rev().find(|(at, _)| *at <= millis).map_or(0, |(_, level)| *level)
}

/// Within a beat of when it was promised.
#[track_caller]
fn check(levels: &[(u64, u8)], wanted: &[(u64, std::ops::RangeInclusive<u8>)]) {
    for (millis, range) in wanted {
        assert!(range.contains(&at(levels, *millis)), "{} at {millis} ms, not {range:?}: {levels:?}", at(levels, *millis));
    }
}

fn pulled(cause: Cause, rule: &str, pulls: &[(u64, bool)]) -> Run {
    let mut rules = LossRules::default();
    *rules.of_mut(cause) = rule.parse().unwrap();
    let pulls = pulls.iter().map(|&(at, pulled)| (at, cause, pulled)).collect();
    let exit = if cause == Cause::Exit { rules.exit } else { HOLD };
    Setup { universes: vec![1], n_beats: 44 * 8, exit, rules, pulls, ..Setup::default() }.run(|n| Some(if n % 2 == 0 { 200 } else { 201 }))
}

#[test]
fn a_deck_that_is_lost_is_held_then_fades_to_the_safe_look_and_back_when_it_is_there() {
    let run = pulled(Cause::Deck, "safe:1:2", &[(2000, true), (6000, false)]);
    let levels = levels(&run, 1);
    let held = levels.iter().filter(|(at, _)| (2050..2950).contains(at)).count();
    assert_eq!(held, 0, "the last look stands still: {levels:?}");
    check(&levels, &[(2900, 200..=201), (4000, 160..=168), (5050, 128..=128), (5900, 128..=128), (7000, 160..=168)]);
    assert_eq!(run.stats.losses, [(Cause::Deck, 1), (Cause::Exit, 1)].into());
    // It comes back as slowly as it went.
    assert!(at(&levels, 7900) < 200);
}

#[test]
fn a_show_that_breaks_goes_dark_at_its_time() {
    let run = pulled(Cause::Engine, "black:0.5", &[(1000, true), (7500, false)]);
    let levels = levels(&run, 1);
    check(&levels, &[(1450, 200..=201), (1550, 0..=0), (7000, 0..=0)]);
    assert_eq!(run.stats.losses[&Cause::Engine], 1);
}

#[test]
fn a_render_that_really_panics_follows_the_same_rule() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let rules = LossRules { engine: "safe:1:0".parse().unwrap(), ..LossRules::default() };
    let run = Setup { universes: vec![1], n_beats: 44 * 4, exit: HOLD, rules, ..Setup::default() }.run(|n| {
        assert!(!(44..132).contains(&n), "planned");
        Some(90)
    });
    std::panic::set_hook(hook);
    let levels = levels(&run, 1);
    check(&levels, &[(1900, 90..=90), (2050, 128..=128), (2900, 128..=128), (3050, 90..=90)]);
}

#[test]
fn a_network_that_was_away_is_silent_and_comes_back_by_its_rule() {
    let run = pulled(Cause::Network, "black:1:1", &[(1000, true), (3000, false)]);
    let silent = run.sent.iter().filter(|sent| (1000..3000).contains(&sent.at.duration_since(run.start).as_millis())).count();
    assert_eq!((silent, run.stats.errors > 80), (0, true));
    let levels = levels(&run, 1);
    check(&levels, &[(3100, 0..=0), (3950, 0..=0), (4500, 85..=115), (5200, 200..=201)]);
    assert_eq!(run.stats.losses[&Cause::Network], 1);
    let numbers: Vec<u8> = run.of(1).iter().map(|sent| sent.sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] % 255 + 1), "no number is lost with what was not sent");
}

#[test]
fn a_show_that_is_closed_holds_fades_and_says_it_three_times() {
    let run = Setup { universes: vec![1], n_beats: 44, exit: "black:0.5:1".parse().unwrap(), ..Setup::default() }.run(|_| Some(200));
    let levels = levels(&run, 1);
    check(&levels, &[(1400, 200..=200), (2000, 90..=110), (2550, 0..=0)]);
    let last: Vec<u8> = run.sent.iter().filter(|sent| sent.universe == 1).rev().take(3).map(|sent| sent.level).collect();
    assert_eq!(last, [0; 3]);
    let end = run.sent.last().unwrap().at.duration_since(run.start);
    assert!((2500..2620).contains(&end.as_millis()), "{end:?}");
}

#[test]
fn an_exit_that_is_only_tried_ends_everything_and_begins_again() {
    let run = pulled(Cause::Exit, "black:0:0.5", &[(1000, true), (4000, false)]);
    let silent = run.sent.iter().filter(|sent| (1700..4000).contains(&sent.at.duration_since(run.start).as_millis())).count();
    assert_eq!(silent, 0, "as if Luma were closed");
    let levels = levels(&run, 1);
    check(&levels, &[(1250, 80..=120), (1650, 0..=0), (4250, 70..=130), (4600, 200..=201)]);
    assert!(run.of(1).windows(2).all(|pair| pair[1].sequence == pair[0].sequence % 255 + 1));
}

#[test]
fn a_machine_that_slept_sends_everything_at_once_and_only_once() {
    // Three hours between two beats.
    let run = Setup { universes: vec![1], n_beats: 200, sleeps: Some((2000, Duration::from_secs(3 * 3600))), ..Setup::default() }
        .run(|_| Some(9));
    for universe in [1, 7] {
        let sent = run.of(universe);
        let woken: Vec<_> = sent.iter().filter(|sent| sent.at.duration_since(run.start).as_secs() >= 3 * 3600).collect();
        let first = woken[0].at;
        assert!(first.duration_since(run.start) < Duration::from_secs(3 * 3600 + 3), "at once");
        assert!(woken.iter().skip(1).all(|sent| sent.at - first > Duration::from_millis(800)), "and not in a burst");
        assert!(sent.windows(2).all(|pair| pair[1].sequence == pair[0].sequence % 255 + 1));
    }
    assert!(run.stats.skipped_ticks > 3 * 3600 * 43);
}
