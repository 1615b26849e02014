//! Files played into a station as a sound card would give them, by instants that the test makes up.

use super::super::tests::{band, phase_error};
use super::*;
use crate::tracks::decode::{self, Take};
use crate::tracks::wav;

const RATE_HZ: u32 = 44_100;
/// What a sound card gives at once.
const BLOCK: usize = 512;

/// Plays a file into an inlet in the steps of real time.
struct SoundCard {
    inlet: Inlet,
    station: Station,
    start: Instant,
    n_played: usize,
    said: Vec<(f64, Said)>,
    rest: Vec<[f32; 2]>,
}

impl Take for SoundCard {
    fn begin(&mut self, rate_hz: u32, _: usize) {
        assert_eq!(rate_hz, RATE_HZ);
    }

    fn take(&mut self, frames: &[[f32; 2]]) {
        self.rest.extend_from_slice(frames);
        let waiting = std::mem::take(&mut self.rest);
        let blocks = waiting.chunks_exact(BLOCK);
        self.rest = blocks.remainder().to_vec();
        for block in blocks {
            let interleaved: Vec<f32> = block.iter().flatten().copied().collect();
            self.inlet.push_frames(&interleaved, 2);
            self.n_played += BLOCK;
            let secs = self.n_played as f64 / f64::from(RATE_HZ);
            // Every fourth block, and a little late, as threads are.
            if (self.n_played / BLOCK).is_multiple_of(4) {
                let late_secs = 0.001 + 0.004 * ((self.n_played / BLOCK % 7) as f64 / 7.0);
                let said = self.station.step(self.start + Duration::from_secs_f64(secs + late_secs));
                self.said.push((secs, said));
            }
        }
    }
}

fn card() -> SoundCard {
    let start = Instant::now();
    let (inlet, station) = Station::new(RATE_HZ, start);
    SoundCard { inlet, station, start, n_played: 0, said: Vec::new(), rest: Vec::new() }
}

#[test]
fn a_file_played_into_the_input_has_its_beat_said_after_four_bars() {
    let bpm = 120.0;
    let (mono, truth) = band(&[(0.0, bpm)], 16.0);
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("band.wav");
    let frames: Vec<[f32; 2]> = mono.iter().map(|sample| [*sample; 2]).collect();
    std::fs::write(&path, wav::bytes(&frames, RATE_HZ)).unwrap();
    let mut card = card();
    decode::stream(&path, &mut card).unwrap();
    let after = truth[16];
    let judged: Vec<&(f64, Said)> = card.said.iter().filter(|(secs, _)| *secs > after).collect();
    assert!(judged.len() > 50);
    for (secs, said) in judged {
        assert!(said.is_fed && (said.clock.unwrap().bpm() - bpm).abs() < 1.0, "{secs}: {said:?}");
        // What is asked is an instant of the machine's clock.
        let now = card.start + Duration::from_secs_f64(*secs);
        let (beat, true_beat) = (said.beat_at(now).unwrap(), (secs - truth[0]) * bpm / 60.0);
        let apart = beat - true_beat;
        assert!((apart - apart.round()).abs() < 0.1, "{secs}: {apart}");
    }
    let clock = card.said.last().unwrap().1.clock.unwrap();
    assert!(phase_error(clock, truth[20]) < 0.08);
}

#[test]
fn what_is_not_fetched_in_time_is_silence_and_time_goes_on() {
    let mut card = card();
    card.inlet.push((0..RATE_HZ as usize * 10).map(|_| 0.5));
    let said = card.station.step(card.start + Duration::from_secs(10));
    assert!((card.station.input_secs() - 10.0).abs() < 1e-9);
    assert_eq!(card.station.fetched.iter().filter(|sample| **sample == 0.0).count(), RATE_HZ as usize * 8);
    assert!(said.is_fed && said.peak == 0.5, "{said:?}");
    assert!(!card.station.step(card.start + Duration::from_secs(13)).is_fed, "the cable was pulled");
}

#[test]
fn the_thread_ends_with_its_owner_and_obeys_until_then() {
    let (mut inlet, live) = Live::start(RATE_HZ).unwrap();
    inlet.push((0..4_410).map(|_| 0.25));
    let now = Instant::now();
    for n in 0..4 {
        live.order(Order::Tap(now + Duration::from_millis(500 * n)));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while live.said().clock.is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = live.said();
    assert!((said.clock.unwrap().bpm() - 120.0).abs() < 0.5 && said.is_held, "{said:?}");
    drop(live);
}
