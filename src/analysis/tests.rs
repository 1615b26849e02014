//! Analysis of short synthetic music whose beats are known.

use super::*;
use crate::engine::tempo::BeatGrid;

const RATE_HZ: u32 = 44_100;

/// Noise that falls off, from `at_secs` on: a hat, or with a tone below a kick.
struct Sketch {
    samples: Vec<f32>,
    state: u32,
}

impl Sketch {
    fn new(secs: f64) -> Self {
        Self { samples: vec![0.0; (secs * f64::from(RATE_HZ)) as usize], state: 0x1234_5677 }
    }

    fn add(&mut self, at_secs: f64, length_secs: f64, mut sample: impl FnMut(f32, f32) -> f32) {
        let at = (at_secs * f64::from(RATE_HZ)).round() as usize;
        let n = (length_secs * f64::from(RATE_HZ)) as usize;
        for index in 0..n {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            let noise = self.state as i32 as f32 / 2_147_483_648.0;
            if let Some(slot) = self.samples.get_mut(at + index) {
                *slot += sample(index as f32 / RATE_HZ as f32, noise);
            }
        }
    }

    fn click(&mut self, at_secs: f64) {
        self.add(at_secs, 0.02, |t, _| 0.6 * (-t / 0.004).exp() * (6_283.0 * t).sin());
    }

    fn kick(&mut self, at_secs: f64) {
        self.add(at_secs, 0.25, |t, _| {
            0.8 * (-t / 0.09).exp() * (std::f32::consts::TAU * (55.0 * t + 2.5 * (1.0 - (-t / 0.03).exp()))).sin()
        });
    }

    fn snare(&mut self, at_secs: f64) {
        self.add(at_secs, 0.15, |t, noise| (-t / 0.05).exp() * (0.35 * noise + 0.4 * (1_200.0 * t).sin()));
    }

    fn hat(&mut self, at_secs: f64) {
        let mut before = 0.0;
        self.add(at_secs, 0.05, |t, noise| {
            let high = noise - before;
            before = noise;
            0.35 * high * (-t / 0.015).exp()
        });
    }

    fn analyse(self) -> TrackAnalysis {
        let frames: Vec<[f32; 2]> = self.samples.iter().map(|&sample| [sample; 2]).collect();
        analyse(&frames, RATE_HZ)
    }
}

/// The farthest that a true beat inside the sound is from the nearest found one.
fn worst_secs(found: &[f64], truth: &[f64]) -> f64 {
    let nearest = |secs: f64| found.iter().map(|beat| (beat - secs).abs()).fold(f64::MAX, f64::min);
    truth.iter().map(|&secs| nearest(secs)).fold(0.0, f64::max)
}

fn beats(bpm: f64, first_secs: f64, secs: f64) -> Vec<f64> {
    BeatGrid::steady(bpm, 4, first_secs, ((secs - first_secs) * bpm / 60.0) as usize).beats
}

fn check(what: &str, analysis: &TrackAnalysis, bpm: f64, truth: &[f64]) {
    let grid = &analysis.grid;
    assert!((grid.bpm - bpm).abs() < 0.05, "{what}: {} is not {bpm} BPM", grid.bpm);
    let worst = worst_secs(&grid.beats, truth);
    assert!(worst < 0.005, "{what}: a beat is {:.1} ms off", worst * 1e3);
}

#[test]
fn clicks_come_back_at_their_tempo_and_time() {
    for (bpm, lead_in) in [(90.0, 0.317), (100.0, 0.05), (113.0, 0.731), (128.0, 0.0), (140.0, 0.203), (174.0, 0.111), (180.0, 0.29)] {
        let truth = beats(bpm, lead_in, 20.0);
        let mut sketch = Sketch::new(20.0);
        truth.iter().for_each(|&secs| sketch.click(secs));
        check(&format!("clicks at {bpm}"), &sketch.analyse(), bpm, &truth);
    }
}

#[test]
fn hats_between_the_kicks_do_not_turn_the_beat_around() {
    for (bpm, lead_in) in [(95.0, 0.4), (122.5, 0.137), (126.0, 0.25), (150.0, 0.61)] {
        let truth = beats(bpm, lead_in, 24.0);
        let mut sketch = Sketch::new(24.0);
        for &secs in &truth {
            sketch.kick(secs);
            sketch.hat(secs + 30.0 / bpm);
        }
        check(&format!("kick and off-beat hat at {bpm}"), &sketch.analyse(), bpm, &truth);
    }
}

#[test]
fn kick_and_snare_in_turn_are_found_and_told_apart() {
    let truth = beats(104.0, 0.5, 24.0);
    let mut sketch = Sketch::new(24.0);
    for (beat, &secs) in truth.iter().enumerate() {
        if beat % 2 == 0 {
            sketch.kick(secs)
        } else {
            sketch.snare(secs)
        }
        sketch.hat(secs);
        sketch.hat(secs + 30.0 / 104.0);
    }
    let analysis = sketch.analyse();
    check("backbeat", &analysis, 104.0, &truth);
    let drums = analysis.drums.unwrap();
    let (kicks, snares): (Vec<f64>, Vec<f64>) =
        (truth.iter().copied().step_by(2).collect(), truth.iter().copied().skip(1).step_by(2).collect());
    assert!(worst_secs(&drums[0], &kicks) < 0.03, "kicks");
    assert!(worst_secs(&drums[1], &snares) < 0.03, "snares");
    assert!(analysis.grid.downbeats[0].is_multiple_of(2), "a bar begins with the kick");
}

#[test]
fn beats_that_slow_down_are_followed() {
    let mut truth = vec![0.4];
    while truth[truth.len() - 1] < 28.0 {
        let last = truth[truth.len() - 1];
        truth.push(last + 0.46 + 0.004 * last);
    }
    let mut sketch = Sketch::new(30.0);
    for &secs in &truth {
        sketch.kick(secs);
        sketch.click(secs);
    }
    let found = sketch.analyse().grid.beats;
    let near = truth.iter().filter(|&&secs| worst_secs(&found, &[secs]) < 0.03).count();
    assert!(near * 10 >= truth.len() * 8, "{near} of {}: {truth:.2?} {found:.2?}", truth.len());
}

#[test]
fn silence_noise_and_nothing_are_borne() {
    for (what, secs) in [("nothing", 0.0), ("a blink", 0.001), ("a second", 1.0), ("silence", 10.0)] {
        let analysis = Sketch::new(secs).analyse();
        assert!(analysis.grid.beats.is_empty(), "{what}");
    }
    let mut hiss = Sketch::new(10.0);
    hiss.add(0.0, 10.0, |_, noise| 0.3 * noise);
    assert!(hiss.analyse().grid.beats.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(analyse(&[[0.5; 2]; 50], 1).duration_secs, 50.0);
}
