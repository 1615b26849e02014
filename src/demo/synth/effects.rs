//! What is done to whole buses: ducking under the kick, and a room.

use super::super::notes::{Note, Voice};
use super::super::song;
use super::{samples, secs};

/// How far each sample is pushed down by the kick: 0 untouched, 1 silent.
pub(super) fn ducking(notes: &[Note]) -> Vec<f32> {
    let shape: Vec<f32> = (0..samples(0.32))
        .map(|n| {
            let t = secs(n);
            let fall = (t / 0.004).min(1.0);
            let rise = ((t - 0.03) / 0.29).clamp(0.0, 1.0);
            fall * (1.0 - rise * rise * (3.0 - 2.0 * rise))
        })
        .collect();
    let mut depth = vec![0.0; song::n_samples()];
    for kick in notes.iter().filter(|note| note.voice == Voice::Kick) {
        let at = song::sample_of_tick(kick.tick);
        for (target, value) in depth[at..].iter_mut().zip(&shape) {
            *target = *value;
        }
    }
    depth
}

pub(super) fn duck(bus: &mut [[f32; 2]], depth: &[f32], amount: f32) {
    for (frame, depth) in bus.iter_mut().zip(depth) {
        let gain = 1.0 - amount * depth;
        frame[0] *= gain;
        frame[1] *= gain;
    }
}

/// A delay line that feeds back through a soft low pass.
struct Comb {
    line: Vec<f32>,
    at: usize,
    feedback: f32,
    dull: f32,
}

impl Comb {
    fn new(n: usize, feedback: f32) -> Self {
        Self { line: vec![0.0; n], at: 0, feedback, dull: 0.0 }
    }

    #[inline]
    fn step(&mut self, input: f32) -> f32 {
        let slot = &mut self.line[self.at];
        let out = *slot;
        self.dull += 0.65 * (out - self.dull);
        *slot = input + self.dull * self.feedback;
        self.at += 1;
        if self.at == self.line.len() {
            self.at = 0;
        }
        out
    }
}

/// Smears without colouring.
struct AllPass {
    line: Vec<f32>,
    at: usize,
}

impl AllPass {
    fn new(n: usize) -> Self {
        Self { line: vec![0.0; n], at: 0 }
    }

    #[inline]
    fn step(&mut self, input: f32) -> f32 {
        let slot = &mut self.line[self.at];
        let out = *slot - 0.5 * input;
        *slot = input + 0.5 * out;
        self.at += 1;
        if self.at == self.line.len() {
            self.at = 0;
        }
        out
    }
}

/// A reverberation of four combs and two all-passes a side, after Schroeder; lengths share no factor.
pub(super) struct Room {
    combs: [[Comb; 4]; 2],
    smears: [[AllPass; 2]; 2],
}

impl Room {
    pub(super) fn large() -> Self {
        let combs = [[1_557, 1_617, 1_491, 1_422], [1_580, 1_640, 1_514, 1_445]];
        let smears = [[225, 556], [248, 579]];
        Self { combs: combs.map(|side| side.map(|n| Comb::new(n, 0.82))), smears: smears.map(|side| side.map(AllPass::new)) }
    }

    /// Adds `amount` of the room to a bus.
    pub(super) fn add_to(mut self, bus: &mut [[f32; 2]], amount: f32) {
        for frame in bus {
            let input = (frame[0] + frame[1]) * 0.25;
            for ((sample, combs), smears) in frame.iter_mut().zip(&mut self.combs).zip(&mut self.smears) {
                let mut wet = 0.0;
                for comb in combs {
                    wet += comb.step(input);
                }
                for smear in smears {
                    wet = smear.step(wet);
                }
                *sample += wet * amount;
            }
        }
    }
}
