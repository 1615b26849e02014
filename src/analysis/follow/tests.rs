//! The follower on sounds whose beats are known, fed in the order of time.

use super::*;

const RATE_HZ: u32 = 44_100;

/// A kick on every beat and a hat between, of changing tempo: `(from which second, bpm)`.
pub(super) fn band(tempi: &[(f64, f64)], secs: f64) -> (Vec<f32>, Vec<f64>) {
    let mut mono = vec![0.0_f32; (secs * f64::from(RATE_HZ)) as usize];
    let (mut at, mut beats) = (0.35, Vec::new());
    let mut noise = 1_u32;
    while at < secs - 0.2 {
        beats.push(at);
        let bpm = tempi.iter().rev().find(|tempo| tempo.0 <= at).map_or(120.0, |tempo| tempo.1);
        for (offset, is_kick) in [(0.0, true), (30.0 / bpm, false)] {
            let start = ((at + offset) * f64::from(RATE_HZ)) as usize;
            for n in 0..if is_kick { 6_000 } else { 1_500 } {
                let Some(sample) = mono.get_mut(start + n) else { break };
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let t = n as f32 / RATE_HZ as f32;
                *sample += if is_kick {
                    0.7 * (-t * 18.0).exp() * (std::f32::consts::TAU * (50.0 * t + 4.0 * (1.0 - (-t * 30.0).exp()))).sin()
                } else {
                    0.15 * (-t * 90.0).exp() * ((noise >> 9) as f32 / 4_194_304.0 - 1.0)
                };
            }
        }
        at += 60.0 / bpm;
    }
    (mono, beats)
}

/// How far an instant is from the clock's nearest beat, in beats.
pub(super) fn phase_error(clock: Clock, secs: f64) -> f64 {
    (clock.beat_at(secs) - clock.beat_at(secs).round()).abs()
}

/// The share of true beats after an instant that were said within 50 ms.
fn share(truth: &[f64], said: &[f64], from: f64, to: f64) -> f64 {
    let judged: Vec<&f64> = truth.iter().filter(|beat| (from..to).contains(*beat)).collect();
    let hit = |beat: &&&f64| said.iter().any(|other| (other - **beat).abs() < 0.05);
    judged.iter().filter(hit).count() as f64 / judged.len().max(1) as f64
}

#[test]
fn the_beat_is_in_phase_after_four_bars_at_any_tempo_though_hats_strike_between() {
    for bpm in [92.0, 100.0, 120.0, 126.0, 150.0, 174.0] {
        let four_bars = 0.35 + 16.0 * 60.0 / bpm;
        let (mono, truth) = band(&[(0.0, bpm)], four_bars + 5.0);
        let said = followed(&mono, RATE_HZ);
        let share = share(&truth, &said, four_bars, four_bars + 4.0);
        assert!(share > 0.95, "{bpm}: {share} of {truth:?} in {said:?}");
    }
}

#[test]
fn another_tempo_is_followed_within_some_bars() {
    let (mono, truth) = band(&[(0.0, 126.0), (12.0, 92.0)], 30.0);
    let said = followed(&mono, RATE_HZ);
    assert!(share(&truth, &said, 8.4, 12.0) > 0.95, "{said:?}");
    assert!(share(&truth, &said, 23.0, 29.0) > 0.9, "{said:?}");
}

#[test]
fn what_was_pushed_decides_and_not_when_it_was_asked() {
    let (mono, _) = band(&[(0.0, 126.0)], 12.0);
    let clock = |block: usize| {
        let mut follower = Follower::new(RATE_HZ);
        for (n, part) in mono.chunks(block).enumerate() {
            follower.push(part);
            if n == 0 {
                assert_eq!(follower.clock(), None, "nothing was heard yet");
            }
        }
        follower.update();
        follower.clock().unwrap()
    };
    assert_eq!(clock(64), clock(4_410));
}

#[test]
fn taps_and_nudges_win_over_the_hearing_until_they_are_let_go() {
    let (mono, truth) = band(&[(0.0, 126.0)], 60.0);
    let mut follower = Follower::new(RATE_HZ);
    let mut at = 0;
    let mut run = |follower: &mut Follower, secs: f64| {
        let to = (at + (secs * f64::from(RATE_HZ)) as usize).min(mono.len());
        for part in mono[at..to].chunks(11_025) {
            follower.push(part);
            follower.update();
        }
        at = to;
    };
    run(&mut follower, 12.0);
    let beat = truth[30];
    assert!(phase_error(follower.clock().unwrap(), beat) < 0.08);
    // Half a beat later: the hearing says otherwise and has to wait.
    follower.nudge(30.0 / 126.0);
    run(&mut follower, 10.0);
    assert!((phase_error(follower.clock().unwrap(), beat) - 0.5).abs() < 0.05, "{:?}", follower.clock());
    follower.let_go();
    run(&mut follower, 4.0);
    assert!(phase_error(follower.clock().unwrap(), beat) < 0.08, "{:?}", follower.clock());
    // A little nudge stays too: lamps that are late are brought forward once.
    let before = follower.clock().unwrap().beat_at(beat);
    follower.nudge(-0.04);
    run(&mut follower, 8.0);
    let moved = (follower.clock().unwrap().beat_at(beat) - before).rem_euclid(1.0) * 60.0 / 126.0;
    assert!((moved - 0.04).abs() < 0.015, "{moved}");
    follower.let_go();
    // Taps at another tempo.
    for _ in 0..5 {
        run(&mut follower, 1.0);
        follower.tap();
    }
    assert!((follower.clock().unwrap().bpm() - 60.0).abs() < 0.5);
    run(&mut follower, 5.0);
    assert!((follower.clock().unwrap().bpm() - 60.0).abs() < 2.0, "what was tapped stays");
}

#[test]
fn a_hand_counts_and_the_hearing_keeps_it_in_time() {
    let (mono, truth) = band(&[(0.0, 120.0)], 40.0);
    let mut follower = Follower::new(RATE_HZ);
    // Every other beat, half a beat late, by an unsteady finger.
    let mut taps =
        truth.iter().skip(8).step_by(2).take(5).enumerate().map(|(n, beat)| beat + 0.25 + 0.02 * f64::from(n as u8 % 2)).peekable();
    for part in mono.chunks(11_025) {
        follower.push(part);
        while let Some(tap) = taps.next_if(|tap| *tap <= follower.now_secs()) {
            follower.tap_at(tap);
        }
        follower.update();
    }
    let clock = follower.clock().unwrap();
    assert!((clock.bpm() - 60.0).abs() < 0.5 && follower.is_held(), "{clock:?}");
    assert!((phase_error(clock, truth[60]) - 0.25).abs() < 0.06, "{clock:?}");
}

#[test]
fn silence_and_what_is_no_number_say_nothing() {
    let mut follower = Follower::new(48_000);
    for _ in 0..20 {
        follower.push(&vec![0.0; 24_000]);
        follower.update();
    }
    assert_eq!(follower.clock(), None);
    follower.push(&[f32::NAN, f32::INFINITY]);
    follower.update();
    assert_eq!(follower.clock(), None);
}
