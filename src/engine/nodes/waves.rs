//! Things that move by themselves: a sine, and smooth noise.

use super::random::{mix, unit};
use super::spec::{NodeSpec, number, ranged, signal};
use crate::engine::graph::build::Value;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, TimeSlot, broadcast};

pub const SINE_WAVE: NodeSpec = NodeSpec {
    type_id: "sine_wave",
    title: "Sine wave",
    category: "Signal",
    doc: "offset + amplitude * sin(2 pi frequency t + phase), t from the annotation's start.",
    inputs: &[],
    outputs: &[signal("out")],
    params: &[
        ranged("frequency_hz", 0.25, -1000.0, 1000.0).usually(0.0, 8.0),
        number("phase_deg", 0.0).usually(0.0, 360.0),
        number("amplitude", 1.0).usually(0.0, 1.0),
        number("offset", 0.0).usually(-1.0, 1.0),
    ],
    sink: false,
    build: |b| {
        let op = Sine {
            start: b.inputs().start,
            frequency_hz: b.number("frequency_hz"),
            phase: b.number("phase_deg").to_radians(),
            amplitude: b.number("amplitude"),
            offset: b.number("offset"),
            time: b.time(),
        };
        let out = b.push((op.time.n, 1), &[], true, op);
        b.output("out", Value::Signal(out));
    },
};

struct Sine {
    start: f64,
    frequency_hz: f64,
    phase: f64,
    amplitude: f64,
    offset: f64,
    time: TimeSlot,
}

impl Op for Sine {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        for (out, secs) in out.iter_mut().zip(at.times(self.time)) {
            let turns = (self.frequency_hz * (secs - self.start)).fract();
            *out = (self.offset + self.amplitude * (turns * std::f64::consts::TAU + self.phase).sin()) as f32;
        }
    }

    fn fastest_hz(&self) -> f64 {
        self.frequency_hz.abs()
    }

    fn weight(&self) -> u32 {
        8
    }
}

pub const NOISE: NodeSpec = NodeSpec {
    type_id: "noise",
    title: "Noise",
    category: "Signal",
    doc: "Smooth fractal value noise, 0..1 before amplitude and offset. Moves by the seconds since the annotation's start unless time is connected; x and y tell heads apart.",
    inputs: &[signal("time").optional(), signal("x").optional(), signal("y").optional()],
    outputs: &[signal("out")],
    params: &[
        ranged("scale", 1.0, -1000.0, 1000.0).usually(0.0, 8.0),
        ranged("octaves", 1.0, 1.0, 8.0),
        number("amplitude", 1.0).usually(0.0, 1.0),
        number("offset", 0.0).usually(-1.0, 1.0),
    ],
    sink: false,
    build: |b| {
        let (given, x, y) = (b.signal("time"), b.signal_or("x", 0.0), b.signal_or("y", 0.0));
        let time = b.time();
        let n = broadcast(broadcast(given.map_or(time.n, |given| given.n), x.n), y.n);
        let op = Noise {
            seed: b.seed(),
            start: b.inputs().start,
            given,
            x,
            y,
            time,
            scale: b.number("scale"),
            octaves: b.number("octaves") as u32,
            amplitude: b.level("amplitude"),
            offset: b.level("offset"),
        };
        let inputs: Vec<Slot> = given.into_iter().chain([x, y]).collect();
        let out = b.push((n, 1), &inputs, given.is_none(), op);
        b.output("out", Value::Signal(out));
    },
};

struct Noise {
    seed: u64,
    start: f64,
    given: Option<Slot>,
    x: Slot,
    y: Slot,
    time: TimeSlot,
    scale: f64,
    octaves: u32,
    amplitude: f32,
    offset: f32,
}

impl Op for Noise {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (given, x, y) = (self.given.map(|given| at.read(given)), at.read(self.x), at.read(self.y));
        // With a time of its own the node may be folded away, where there are no other times to read.
        let times = if given.is_some() { &[] } else { at.times(self.time) };
        for (lane, out) in out.iter_mut().enumerate() {
            let time = given.map_or_else(|| times[lane % times.len()] - self.start, |given| f64::from(given.get(lane, 0)));
            let point = [time, f64::from(x.get(lane, 0)), f64::from(y.get(lane, 0))].map(|axis| axis * self.scale);
            *out = self.offset + self.amplitude * fractal(self.seed, point, self.octaves);
        }
    }

    fn weight(&self) -> u32 {
        8 * self.octaves
    }

    fn fastest_hz(&self) -> f64 {
        if self.given.is_some() { 0.0 } else { self.scale.abs() * f64::from(1u32 << (self.octaves - 1)) * 0.5 }
    }
}

/// Octaves of value noise, each twice as fine and half as strong; the sum is scaled to `0.0..=1.0`.
pub(super) fn fractal(seed: u64, point: [f64; 3], octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * value_noise(seed.wrapping_add(u64::from(octave)), point.map(|axis| axis * scale));
        total += weight;
        weight *= 0.5;
        scale *= 2.0;
    }
    sum / total
}

/// Random values on a lattice, blended by a curve that is flat at the lattice points (6t^5 - 15t^4 + 10t^3, Perlin 2002).
fn value_noise(seed: u64, point: [f64; 3]) -> f32 {
    let cell = point.map(|axis| axis.clamp(-1e12, 1e12).floor() as i64);
    let fade = [0, 1, 2].map(|axis| {
        let t = (point[axis] - cell[axis] as f64).clamp(0.0, 1.0) as f32;
        t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
    });
    // `draw(seed, cell[0], pair)` with what its eight corners share taken out.
    let seed = mix(seed);
    let sides = [mix(seed ^ cell[0] as u64), mix(seed ^ (cell[0] + 1) as u64)];
    let blend = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let edge = |dy: i64, dz: i64| {
        let pair = ((cell[1] + dy) as u64).rotate_left(32) ^ (cell[2] + dz) as u64;
        blend(unit(mix(sides[0] ^ pair)), unit(mix(sides[1] ^ pair)), fade[0])
    };
    // An axis that nothing moves along stands on a lattice point: its far side does not count.
    let face = |dz: i64| if fade[1] == 0.0 { edge(0, dz) } else { blend(edge(0, dz), edge(1, dz), fade[1]) };
    if fade[2] == 0.0 { face(0) } else { blend(face(0), face(1), fade[2]) }
}
