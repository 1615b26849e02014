//! A pulse on every beat, or on every part or multiple of one, shaped by attack, decay, sustain, release.

use std::ops::Range;
use std::sync::Arc;

use super::pulse::shape;
use super::spec::{NodeSpec, beats, flag, number, ranged, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, MAX_PEAKS, Op, Peaks};
use crate::engine::signal::{Slot, TimeSlot, broadcast};
use crate::engine::tempo::BeatGrid;
use crate::engine::track::TrackAnalysis;

pub const BEAT_ENVELOPE: NodeSpec = NodeSpec {
    type_id: "beat_envelope",
    title: "Beat envelope",
    category: "Audio",
    doc: "Pulses on the song's beats. subdivision is pulses per beat (0.25 = every fourth beat, 4 = sixteenths); attack, decay, sustain and release are shares of the time between two pulses.",
    inputs: &[beats("grid"), signal("subdivision").optional(), signal("offset").optional()],
    outputs: &[signal("out")],
    params: &[
        number("subdivision", 1.0).usually(0.0, 8.0),
        flag("only_downbeats", false),
        number("offset", 0.0).usually(-1.0, 1.0),
        ranged("attack", 0.3, 0.0, 1e6).usually(0.0, 1.0),
        ranged("decay", 0.2, 0.0, 1e6).usually(0.0, 1.0),
        ranged("sustain", 0.3, 0.0, 1e6).usually(0.0, 1.0),
        ranged("release", 0.2, 0.0, 1e6).usually(0.0, 1.0),
        ranged("sustain_level", 0.7, 0.0, 1.0),
        ranged("attack_curve", 0.0, -1.0, 1.0),
        ranged("decay_curve", 0.0, -1.0, 1.0),
        number("amplitude", 1.0).usually(0.0, 1.0),
    ],
    sink: false,
    build,
};

fn build(b: &mut Building<'_, '_>) {
    let (subdivision, offset) = (b.level("subdivision"), b.level("offset"));
    let subdivision = b.signal_or("subdivision", subdivision);
    let offset = b.signal_or("offset", offset);
    let time = b.time();
    let weights = ["attack", "decay", "sustain", "release"].map(|name| b.level(name));
    let curves = [b.level("attack_curve"), b.level("decay_curve")];
    let envelope = Envelope { amplitude: b.level("amplitude"), ..Envelope::new(weights, b.level("sustain_level"), curves) };
    let op = Pulses { track: b.track().clone(), only_downbeats: b.flag("only_downbeats"), envelope, subdivision, offset, time };
    let n = broadcast(broadcast(subdivision.n, offset.n), time.n);
    let out = b.push((n, 1), &[subdivision, offset], true, op);
    b.output("out", Value::Signal(out));
}

/// One pulse over its spacing, `0.0..1.0`.
pub struct Envelope {
    /// Where attack, decay and sustain end.
    pub ends: [f32; 3],
    silent: bool,
    sustain_level: f32,
    attack_curve: f32,
    decay_curve: f32,
    amplitude: f32,
}

impl Envelope {
    /// Weights of attack, decay, sustain and release; the curves of attack and decay.
    pub fn new(weights: [f32; 4], sustain_level: f32, [attack_curve, decay_curve]: [f32; 2]) -> Self {
        let sum: f32 = weights.iter().sum();
        let ends = if sum > 0.0 { [weights[0] / sum, (weights[0] + weights[1]) / sum, (sum - weights[3]) / sum] } else { [0.0; 3] };
        Self { ends, silent: sum <= 0.0, sustain_level, attack_curve, decay_curve, amplitude: 1.0 }
    }

    /// Its level so far into the spacing.
    pub fn at(&self, phase: f32) -> f32 {
        if self.silent || !(0.0..1.0).contains(&phase) {
            return 0.0;
        }
        let [attack, decay, sustain] = self.ends;
        let level = if phase < attack {
            shape(phase / attack, self.attack_curve)
        } else if phase < decay {
            self.sustain_level + (1.0 - self.sustain_level) * shape(1.0 - (phase - attack) / (decay - attack), self.decay_curve)
        } else if phase < sustain {
            self.sustain_level
        } else {
            self.sustain_level * (1.0 - (phase - sustain) / (1.0 - sustain))
        };
        level * self.amplitude
    }

    /// The highest it gets, at the end of the attack.
    fn peak(&self) -> f32 {
        let [attack, decay, _] = self.ends;
        let highest = if decay > 0.0 || attack > 0.0 { 1.0 } else { self.sustain_level };
        if self.silent { 0.0 } else { highest * self.amplitude }
    }

    /// Whether a pulse that peaked anywhere in a window still shows most of its height at the window's end.
    fn lingers(&self, window_secs: f64, spacing_secs: f64) -> bool {
        let (peak, after) = (self.ends[0], (window_secs / spacing_secs) as f32);
        peak < 1.0 && self.at(peak + after).abs() >= LINGERS * self.peak().abs()
    }
}

/// The share of a pulse's height that spares looking for its peak where each lane has another.
pub(super) const LINGERS: f32 = 0.85;

struct Pulses {
    track: Arc<TrackAnalysis>,
    only_downbeats: bool,
    envelope: Envelope,
    subdivision: Slot,
    offset: Slot,
    time: TimeSlot,
}

impl Pulses {
    /// Position counted in pulses: its whole part is the pulse, the rest the phase in it.
    fn position(&self, secs: f64, subdivision: f32, offset: f32) -> f64 {
        let grid = &self.track.grid;
        if self.only_downbeats {
            grid.bar_at(shifted(grid, secs, offset))
        } else {
            (grid.beat_at(secs) - f64::from(offset)) * f64::from(subdivision.abs())
        }
    }

    /// The instant of a position.
    fn secs(&self, position: f64, subdivision: f32, offset: f32) -> f64 {
        let grid = &self.track.grid;
        if self.only_downbeats {
            grid.secs_at(grid.beat_at(grid.secs_at_bar(position)) + f64::from(offset))
        } else {
            grid.secs_at(position / f64::from(subdivision.abs()) + f64::from(offset))
        }
    }
}

impl Pulses {
    /// Whether one of a lane's pulses was at its height in the `window_secs` before `secs`.
    fn peaked(&self, secs: f64, window_secs: f64, subdivision: f32, offset: f32) -> bool {
        let peak = f64::from(self.envelope.ends[0]);
        let pulses = |secs: f64| (self.position(secs, subdivision, offset) - peak).floor();
        pulses(secs) > pulses(secs - window_secs)
    }

    fn n_lanes(&self) -> u32 {
        self.time.n.max(self.subdivision.n).max(self.offset.n)
    }
}

/// The instant `offset` beats earlier.
fn shifted(grid: &BeatGrid, secs: f64, offset: f32) -> f64 {
    if offset == 0.0 { secs } else { grid.secs_at(grid.beat_at(secs) - f64::from(offset)) }
}

impl Op for Pulses {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (subdivision, offset, times) = (at.read(self.subdivision), at.read(self.offset), at.times(self.time));
        let window_secs = if out.len() > 1 { at.window_secs() } else { 0.0 };
        for (lane, out) in out.iter_mut().enumerate() {
            let subdivision = subdivision.get(lane, 0);
            // One pulse in thousands of beats is none.
            if subdivision.abs() < 1e-4 && !self.only_downbeats {
                *out = 0.0;
                continue;
            }
            let (secs, offset) = (times[lane % times.len()], offset.get(lane, 0));
            if window_secs > 0.0 && self.peaked(secs, window_secs, subdivision, offset) {
                *out = self.envelope.peak();
                continue;
            }
            let position = self.position(secs, subdivision, offset);
            *out = self.envelope.at((position - position.floor()) as f32);
        }
    }

    fn peaks_by_lane(&self) -> bool {
        self.n_lanes() > 1
    }

    fn weight(&self) -> u32 {
        16
    }

    fn peaks(&self, at: &At<'_>, window: &Range<f64>, found: &mut Peaks<'_>) {
        let (subdivision, offset, times) = (at.read(self.subdivision), at.read(self.offset), at.times(self.time));
        let n = self.n_lanes() as usize;
        if n > 1 && subdivision.n == 1 && offset.n == 1 {
            let (subdivision, offset) = (subdivision.get(0, 0), offset.get(0, 0));
            let pulse = self.position(window.end, subdivision, offset).floor();
            let spacing = self.secs(pulse + 1.0, subdivision, offset) - self.secs(pulse, subdivision, offset);
            if self.envelope.lingers(window.end - window.start, spacing) {
                return;
            }
        }
        let mut last = None;
        for lane in 0..n {
            let (subdivision, offset, secs) = (subdivision.get(lane, 0), offset.get(lane, 0), times[lane % times.len()]);
            let key = (subdivision.to_bits(), offset.to_bits(), secs.to_bits());
            if last.replace(key) == Some(key) || (subdivision.abs() < 1e-4 && !self.only_downbeats) {
                continue;
            }
            let behind = window.end - secs;
            let peak = f64::from(self.envelope.ends[0]);
            let from = self.position(window.start - behind, subdivision, offset) - peak;
            let to = self.position(secs, subdivision, offset) - peak;
            let mut pulse = from.floor() + 1.0;
            // However dense they are: there is a bound to what is looked at.
            for _ in 0..MAX_PEAKS {
                if pulse > to {
                    break;
                }
                let secs = (self.secs(pulse + peak, subdivision, offset) + behind).clamp(window.start, window.end);
                if n == 1 {
                    found.add(secs)
                } else {
                    found.add_lane(secs, window)
                }
                pulse += 1.0;
            }
            if found.by_lane {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_rises_falls_holds_and_is_released() {
        let envelope =
            Envelope { ends: [0.25, 0.5, 0.75], silent: false, sustain_level: 0.5, attack_curve: 0.0, decay_curve: 0.0, amplitude: 2.0 };
        for (phase, want) in
            [(0.0, 0.0), (0.125, 1.0), (0.25, 2.0), (0.375, 1.5), (0.5, 1.0), (0.7, 1.0), (0.875, 0.5), (1.0, 0.0), (-0.1, 0.0)]
        {
            assert!((envelope.at(phase) - want).abs() < 1e-5, "{phase}: {}", envelope.at(phase));
        }
    }

    #[test]
    fn without_attack_a_pulse_starts_full() {
        let envelope =
            Envelope { ends: [0.0, 0.5, 0.5], silent: false, sustain_level: 0.0, attack_curve: 0.0, decay_curve: 0.0, amplitude: 1.0 };
        assert_eq!(envelope.at(0.0), 1.0);
    }
}
