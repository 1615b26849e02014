//! Notes to sound: the demo's small synthesiser, made of oscillators, filters and noise, without a sample.
//!
//! Every distinct hit or note is rendered once ([`drums`], [`voices`]) and then mixed wherever the score has it
//! ([`buses`]), which is what makes two minutes cheap.  Deterministic: noise comes from fixed seeds.
//! The stems add up to the mix: [`master`] applies one gain to all of them.

mod buses;
mod drums;
mod effects;
mod filter;
mod master;
mod oscillator;
mod voices;

use std::thread;

use super::{notes, song};

/// Two channels, interleaved by frame.
type Frames = Vec<[f32; 2]>;

#[derive(Clone, Debug, PartialEq)]
pub struct Render {
    pub mix: Frames,
    pub mono: Vec<f32>,
    /// Mono, in the order of [`crate::engine::track::Stem::ALL`]; they add up to `mono`.
    pub stems: [Vec<f32>; 4],
}

/// Renders the whole track at [`song::RATE_HZ`] on two threads.
pub fn render() -> Render {
    let notes = notes::notes();
    let duck = effects::ducking(&notes);
    let [mut drums, mut bass, mut vocals, mut other] = [const { Frames::new() }; 4];
    thread::scope(|scope| {
        scope.spawn(|| other = buses::other(&notes, &duck));
        drums = buses::drums(&notes);
        bass = buses::bass(&notes, &duck);
        vocals = buses::vocals(&notes, &duck);
    });
    master::finish([drums, bass, vocals, other])
}

fn secs(n_samples: usize) -> f32 {
    n_samples as f32 / song::RATE_HZ as f32
}

fn samples(secs: f32) -> usize {
    (secs * song::RATE_HZ as f32) as usize
}

#[cfg(test)]
mod tests;
