//! Drum hits, each computed once.  A hit is loudest within milliseconds of its first sample, which lies on the beat,
//! and ends in silence, so that nothing clicks.

use std::f32::consts::TAU;

use super::super::notes::Voice;
use super::super::song::RATE_HZ;
use super::filter::Filter;
use super::oscillator::{Noise, Phase};
use super::{Frames, samples, secs};

/// The hit of a drum voice; empty for every other voice.
pub(super) fn hit(voice: Voice) -> Frames {
    match voice {
        Voice::Kick => kick(),
        Voice::Clap => clap(),
        Voice::Roll => snare(),
        Voice::ClosedHat => hat(0.05, 0.012, 21),
        Voice::OpenHat => hat(0.22, 0.075, 22),
        Voice::Crash => crash(),
        _ => Frames::new(),
    }
}

/// Ends a hit in silence over its last tenth.
fn faded(mut frames: Frames) -> Frames {
    let n_fade = (frames.len() / 10).max(1);
    let from = frames.len() - n_fade;
    for (n, frame) in frames[from..].iter_mut().enumerate() {
        let level = 1.0 - (n + 1) as f32 / n_fade as f32;
        *frame = frame.map(|sample| sample * level);
    }
    frames
}

/// A rise of less than a millisecond: steep enough to be on the beat, round enough not to tick.
fn attack(n: usize) -> f32 {
    (n as f32 / 30.0).min(1.0)
}

fn kick() -> Frames {
    let mut noise = Noise::seeded(1);
    let mut click = Filter::new(2_500.0, 0.7);
    let mut turns = 0.0_f32;
    let kick = (0..samples(0.36)).map(|n| {
        let t = secs(n);
        let hz = 47.0 + 120.0 * (-t / 0.032).exp() + 420.0 * (-t / 0.006).exp();
        turns += hz / RATE_HZ as f32;
        let body = (1.7 * (TAU * turns).sin() * (-t / 0.17).exp()).tanh();
        let tick = click.high(noise.sample()) * (-t / 0.0025).exp() * 0.3;
        [(body + tick) * attack(n); 2]
    });
    faded(kick.collect())
}

fn clap() -> Frames {
    let mut noise = [Noise::seeded(2), Noise::seeded(3)];
    let mut tone = [Filter::new(1_400.0, 1.1); 2];
    let mut air = [Filter::new(4_500.0, 0.6); 2];
    let clap = (0..samples(0.30)).map(|n| {
        let t = secs(n);
        // Three hands, then the room.
        let hands: f32 = [0.0, 0.010, 0.021].iter().filter(|&&at| t >= at).map(|at| (-(t - at) / 0.0045).exp()).sum();
        let room = if t >= 0.024 { 0.55 * (-(t - 0.024) / 0.07).exp() } else { 0.0 };
        let body = 0.5 * (TAU * 195.0 * t).sin() * (-t / 0.045).exp();
        [0, 1].map(|side: usize| {
            let source = noise[side].sample();
            let clapped = 2.4 * tone[side].band(source) + 0.5 * air[side].high(source);
            (clapped * (hands + room) + body) * attack(n) * 0.8
        })
    });
    faded(clap.collect())
}

fn snare() -> Frames {
    let mut noise = [Noise::seeded(4), Noise::seeded(5)];
    let mut wires = [Filter::new(1_800.0, 0.6); 2];
    let snare = (0..samples(0.16)).map(|n| {
        let t = secs(n);
        let body = 0.7 * (TAU * (190.0 * t + 2.0 * (1.0 - (-t / 0.02).exp()))).sin() * (-t / 0.05).exp();
        [0, 1].map(|side: usize| (body + wires[side].high(noise[side].sample()) * 0.7 * (-t / 0.05).exp()) * attack(n))
    });
    faded(snare.collect())
}

/// Metal: six squares at no simple ratio, with noise, above 7 kHz.
fn hat(length_secs: f32, decay_secs: f32, seed: u32) -> Frames {
    let mut metal = [2_050.0, 3_070.0, 4_190.0, 5_430.0, 6_710.0, 8_110.0].map(|hz| Phase::new(hz, hz / 777.0));
    let mut noise = [Noise::seeded(seed), Noise::seeded(seed + 100)];
    let mut high = [[Filter::new(7_200.0, 0.7); 2]; 2];
    let hat = (0..samples(length_secs)).map(|n| {
        let mut ring = 0.0;
        for partial in &mut metal {
            partial.advance(1.0);
            ring += partial.square();
        }
        let level = (-secs(n) / decay_secs).exp() * attack(n);
        [0, 1].map(|side: usize| {
            let source = 0.22 * ring + 0.75 * noise[side].sample();
            let [first, second] = &mut high[side];
            second.high(first.high(source)) * level
        })
    });
    faded(hat.collect())
}

fn crash() -> Frames {
    let mut noise = [Noise::seeded(31), Noise::seeded(32)];
    let mut high = [Filter::new(3_800.0, 0.6); 2];
    let mut shimmer = [Filter::new(7_800.0, 2.0), Filter::new(8_600.0, 2.0)];
    let crash = (0..samples(2.6)).map(|n| {
        let t = secs(n);
        let level = (0.6 * (-t / 0.55).exp() + 0.4 * (-t / 0.08).exp()) * attack(n);
        [0, 1].map(|side: usize| {
            let source = noise[side].sample();
            (high[side].high(source) * 0.6 + shimmer[side].band(source) * 0.8) * level
        })
    });
    faded(crash.collect())
}
