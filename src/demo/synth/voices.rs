//! Pitched notes: detuned saws through a swept low pass, a sine for the sub, vowels for the choir, a sweep of noise.
//!
//! A note's length is its gate; the release comes after it, so a render is longer than its note.

use std::f32::consts::TAU;

use super::super::notes::Voice;
use super::super::song::RATE_HZ;
use super::filter::Filter;
use super::oscillator::{Noise, Phase, hz_of_midi, ratio_of_cents};
use super::{Frames, samples, secs};

/// Filters and vibrato are retuned once in so many samples.
const CONTROL: usize = 32;

/// One sound of the saws.
struct Patch {
    detune_cents: &'static [f32],
    /// How far the saws are spread over the stereo picture.
    width: f32,
    /// Level of a square an octave below.
    square: f32,
    cutoff_hz: f32,
    sweep_hz: f32,
    sweep_secs: f32,
    resonance: f32,
    attack_secs: f32,
    decay_secs: f32,
    sustain: f32,
    release_secs: f32,
    vibrato_cents: f32,
}

const BASS: Patch = Patch {
    detune_cents: &[-4.0, 4.0],
    width: 0.15,
    square: 0.7,
    cutoff_hz: 160.0,
    sweep_hz: 1_700.0,
    sweep_secs: 0.075,
    resonance: 1.4,
    attack_secs: 0.003,
    decay_secs: 0.16,
    sustain: 0.35,
    release_secs: 0.03,
    vibrato_cents: 0.0,
};

const PAD: Patch = Patch {
    detune_cents: &[-9.0, 0.0, 8.0],
    width: 0.9,
    square: 0.0,
    cutoff_hz: 1_900.0,
    sweep_hz: 0.0,
    sweep_secs: 1.0,
    resonance: 0.6,
    attack_secs: 0.09,
    decay_secs: 1.0,
    sustain: 0.85,
    release_secs: 0.30,
    vibrato_cents: 0.0,
};

const ARP: Patch = Patch {
    detune_cents: &[-5.0, 5.0],
    width: 0.5,
    square: 0.35,
    cutoff_hz: 500.0,
    sweep_hz: 5_200.0,
    sweep_secs: 0.06,
    resonance: 1.3,
    attack_secs: 0.002,
    decay_secs: 0.10,
    sustain: 0.15,
    release_secs: 0.10,
    vibrato_cents: 0.0,
};

const STAB: Patch = Patch {
    detune_cents: &[-11.0, 0.0, 10.0],
    width: 0.9,
    square: 0.0,
    cutoff_hz: 700.0,
    sweep_hz: 4_600.0,
    sweep_secs: 0.11,
    resonance: 0.9,
    attack_secs: 0.004,
    decay_secs: 0.14,
    sustain: 0.4,
    release_secs: 0.09,
    vibrato_cents: 0.0,
};

const LEAD: Patch = Patch {
    detune_cents: &[-14.0, -6.0, 0.0, 7.0, 13.0],
    width: 0.7,
    square: 0.5,
    cutoff_hz: 3_200.0,
    sweep_hz: 3_500.0,
    sweep_secs: 0.20,
    resonance: 0.8,
    attack_secs: 0.005,
    decay_secs: 0.22,
    sustain: 0.6,
    release_secs: 0.12,
    vibrato_cents: 9.0,
};

/// A pitched voice's note; empty for the drums.
pub(super) fn note(voice: Voice, pitch: u8, gate_samples: usize) -> Frames {
    match voice {
        Voice::Sub => sub(pitch, gate_samples),
        Voice::Bass => saws(&BASS, pitch, gate_samples),
        Voice::Pad => saws(&PAD, pitch, gate_samples),
        Voice::Arp => saws(&ARP, pitch, gate_samples),
        Voice::Stab => saws(&STAB, pitch, gate_samples),
        Voice::Lead => saws(&LEAD, pitch, gate_samples),
        Voice::Choir => choir(pitch, gate_samples),
        Voice::Riser => riser(gate_samples),
        _ => Frames::new(),
    }
}

/// A gate with a straight attack, a decay to `sustain` and a release that reaches zero.
struct Envelope {
    attack_secs: f32,
    decay_secs: f32,
    sustain: f32,
    release_secs: f32,
    gate_secs: f32,
}

impl Envelope {
    fn n_samples(&self) -> usize {
        samples(self.gate_secs + self.release_secs)
    }

    fn at(&self, t: f32) -> f32 {
        let held = (t / self.attack_secs).min(1.0) * (self.sustain + (1.0 - self.sustain) * (-t / self.decay_secs).exp());
        let released = ((t - self.gate_secs) / self.release_secs).clamp(0.0, 1.0);
        held * (1.0 - released) * (1.0 - released)
    }
}

fn vibrato(t: f32, cents: f32) -> f32 {
    let depth = ((t - 0.18) / 0.25).clamp(0.0, 1.0);
    ratio_of_cents(cents * depth * (TAU * 5.3 * t).sin())
}

fn saws(patch: &Patch, pitch: u8, gate_samples: usize) -> Frames {
    let hz = hz_of_midi(pitch);
    let n = patch.detune_cents.len();
    let envelope = Envelope {
        attack_secs: patch.attack_secs,
        decay_secs: patch.decay_secs,
        sustain: patch.sustain,
        release_secs: patch.release_secs,
        gate_secs: secs(gate_samples),
    };
    // Fixed start phases at no simple ratio: the saws never start as one big step.
    let mut bank: Vec<(Phase, [f32; 2])> = (patch.detune_cents.iter().enumerate())
        .map(|(index, cents)| {
            let side = if n > 1 { index as f32 / (n - 1) as f32 * 2.0 - 1.0 } else { 0.0 } * patch.width;
            let phase = Phase::new(hz * ratio_of_cents(*cents), 0.37 * index as f32 + f32::from(pitch) * 0.21);
            (phase, [1.0 - side.max(0.0), 1.0 + side.min(0.0)])
        })
        .collect();
    let mut square = Phase::new(hz / 2.0, 0.0);
    let mut filters = [Filter::default(); 2];
    let scale = 1.0 / (n as f32).sqrt();
    let mut out = Frames::with_capacity(envelope.n_samples());
    while out.len() < envelope.n_samples() {
        let t = secs(out.len());
        let cutoff = patch.cutoff_hz + patch.sweep_hz * (-t / patch.sweep_secs).exp();
        filters.iter_mut().for_each(|filter| filter.tune(cutoff, patch.resonance));
        let bend = if patch.vibrato_cents > 0.0 { vibrato(t, patch.vibrato_cents) } else { 1.0 };
        let n_block = CONTROL.min(envelope.n_samples() - out.len());
        let (from, to) = (envelope.at(t), envelope.at(secs(out.len() + n_block)));
        for step in 0..n_block {
            let mut mixed = [0.0; 2];
            for (phase, gains) in &mut bank {
                phase.advance(bend);
                let value = phase.saw();
                mixed[0] += value * gains[0];
                mixed[1] += value * gains[1];
            }
            if patch.square > 0.0 {
                square.advance(bend);
                let value = square.square() * patch.square;
                mixed = mixed.map(|sample| sample + value);
            }
            let level = (from + (to - from) * step as f32 / n_block as f32) * scale;
            out.push([filters[0].low(mixed[0]) * level, filters[1].low(mixed[1]) * level]);
        }
    }
    out
}

fn sub(pitch: u8, gate_samples: usize) -> Frames {
    let envelope = Envelope { attack_secs: 0.006, decay_secs: 1.0, sustain: 0.9, release_secs: 0.04, gate_secs: secs(gate_samples) };
    let hz = hz_of_midi(pitch);
    (0..envelope.n_samples())
        .map(|n| {
            let t = secs(n);
            // A little drive, so that small loudspeakers hear it too.
            [(1.4 * (TAU * hz * t).sin()).tanh() * envelope.at(t); 2]
        })
        .collect()
}

/// Two saws through the resonances of an "ah" that closes to an "oh".
fn choir(pitch: u8, gate_samples: usize) -> Frames {
    const AH: [f32; 3] = [730.0, 1_090.0, 2_440.0];
    const OH: [f32; 3] = [570.0, 840.0, 2_410.0];
    const LEVELS: [f32; 3] = [1.0, 0.6, 0.25];
    let gate_secs = secs(gate_samples);
    let envelope = Envelope { attack_secs: 0.07, decay_secs: 1.0, sustain: 0.9, release_secs: 0.25, gate_secs };
    let hz = hz_of_midi(pitch);
    let mut saws = [-6.0, 6.0].map(|cents| Phase::new(hz * ratio_of_cents(cents), cents.abs() * 0.07 + cents.max(0.0) * 0.05));
    let mut formants = [[Filter::default(); 3]; 2];
    let mut out = Frames::with_capacity(envelope.n_samples());
    while out.len() < envelope.n_samples() {
        let t = secs(out.len());
        let closing = (t / gate_secs.max(0.1)).min(1.0);
        for side in &mut formants {
            for (index, filter) in side.iter_mut().enumerate() {
                filter.tune(AH[index] + (OH[index] - AH[index]) * closing, 7.0);
            }
        }
        let bend = vibrato(t, 14.0);
        let n_block = CONTROL.min(envelope.n_samples() - out.len());
        let (from, to) = (envelope.at(t), envelope.at(secs(out.len() + n_block)));
        for step in 0..n_block {
            let sources = [0, 1].map(|index: usize| {
                saws[index].advance(bend);
                saws[index].saw()
            });
            let level = from + (to - from) * step as f32 / n_block as f32;
            out.push([0, 1].map(|side: usize| {
                let source = 0.75 * sources[side] + 0.25 * sources[1 - side];
                let vowel: f32 = formants[side].iter_mut().zip(LEVELS).map(|(filter, gain)| filter.band(source) * gain).sum();
                (vowel + 0.04 * source) * level
            }));
        }
    }
    out
}

/// Noise that climbs from a rumble to a hiss and stops at the bar line.
fn riser(gate_samples: usize) -> Frames {
    let mut noise = [Noise::seeded(41), Noise::seeded(42)];
    let mut filters = [Filter::default(); 2];
    let n_fade = RATE_HZ as usize / 100;
    (0..gate_samples)
        .map(|n| {
            let progress = n as f32 / gate_samples as f32;
            if n.is_multiple_of(CONTROL) {
                let hz = 350.0 * (7_500.0_f32 / 350.0).powf(progress);
                filters.iter_mut().for_each(|filter| filter.tune(hz, 1.6));
            }
            let fade = ((gate_samples - n) as f32 / n_fade as f32).min(1.0);
            let level = progress * progress * fade;
            [0, 1].map(|side: usize| filters[side].band(noise[side].sample()) * level)
        })
        .collect()
}
