//! Paths: round, along a line, in an eight, wandering; and round a point in the room.  Speeds are turns per beat.

use super::ramp::BeatClock;
use super::random::mix;
use super::spec::{NodeSpec, Param, Port, beats, number, ranged, signal};
use super::waves::fractal;
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, broadcast};

/// A path over turns; writes its channels for one lane.
trait Path: Send + Sync + 'static {
    const CHANNELS: usize;
    fn at(&self, turns: f64, lane: usize) -> [f64; 3];
}

struct Follow<P> {
    path: P,
    clock: BeatClock,
    speed: f64,
    phase: Slot,
    n: usize,
}

impl<P: Path> Op for Follow<P> {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let phase = at.read(self.phase);
        for lane in 0..self.n {
            let turns = self.clock.beats(at, lane) * self.speed + f64::from(phase.get(lane, 0));
            let point = self.path.at(turns, lane);
            (0..P::CHANNELS).for_each(|channel| out[channel * self.n + lane] = point[channel] as f32);
        }
    }

    fn weight(&self) -> u32 {
        // The dearest path wanders by several octaves of noise.
        32
    }
}

fn follow<P: Path>(b: &mut Building<'_, '_>, path: P) -> Slot {
    let phase = b.signal_or("phase", 0.0);
    let clock = BeatClock::new(b.track().clone(), b.inputs().start, b.time());
    let n = broadcast(phase.n, clock.time.n);
    let speed = b.number("speed");
    b.push((n, P::CHANNELS as u32), &[phase], true, Follow { path, clock, speed, phase, n: n as usize })
}

const fn path(
    type_id: &'static str,
    title: &'static str,
    doc: &'static str,
    params: &'static [Param],
    build: fn(&mut Building<'_, '_>),
) -> NodeSpec {
    const INPUTS: &[Port] = &[beats("grid").optional(), signal("phase").optional()];
    const OUTPUTS: &[Port] = &[signal("uv").channels(2)];
    NodeSpec { type_id, title, category: "Movement", doc, inputs: INPUTS, outputs: OUTPUTS, params, sink: false, build }
}

/// Sends a path out as a movement signal.
fn uv<P: Path>(b: &mut Building<'_, '_>, path: P) {
    let out = follow(b, path);
    b.output("uv", Value::Signal(out));
}

struct Circle {
    radius: f64,
}

impl Path for Circle {
    const CHANNELS: usize = 2;
    fn at(&self, turns: f64, _lane: usize) -> [f64; 3] {
        let (sin, cos) = angle(turns).sin_cos();
        [self.radius * cos, self.radius * sin, 0.0].map(unit)
    }
}

fn angle(turns: f64) -> f64 {
    turns.fract() * std::f64::consts::TAU
}

fn unit(value: f64) -> f64 {
    value.clamp(-1.0, 1.0)
}

pub const CIRCLE: NodeSpec = path(
    "circle",
    "Circle",
    "Round and round.",
    &[number("radius", 1.0).usually(0.0, 1.0), ranged("speed", 0.25, -1e4, 1e4).usually(-2.0, 2.0)],
    |b| {
        let radius = b.number("radius");
        uv(b, Circle { radius });
    },
);

struct Eight {
    width: f64,
    height: f64,
}

impl Path for Eight {
    const CHANNELS: usize = 2;
    fn at(&self, turns: f64, _lane: usize) -> [f64; 3] {
        [self.width * angle(turns).sin(), self.height * (2.0 * angle(turns)).sin(), 0.0].map(unit)
    }
}

pub const FIGURE_8: NodeSpec = path(
    "figure_8",
    "Figure 8",
    "An eight on its side: the 2:1 Lissajous figure.",
    &[number("width", 1.0).usually(0.0, 1.0), number("height", 0.5).usually(0.0, 1.0), ranged("speed", 0.25, -1e4, 1e4).usually(-2.0, 2.0)],
    |b| {
        let (width, height) = (b.number("width"), b.number("height"));
        uv(b, Eight { width, height });
    },
);

struct Line {
    angle_deg: f64,
    range: f64,
}

impl Path for Line {
    const CHANNELS: usize = 2;
    fn at(&self, turns: f64, _lane: usize) -> [f64; 3] {
        let (sin, cos) = self.angle_deg.to_radians().sin_cos();
        let out = self.range * angle(turns).sin();
        [out * cos, out * sin, 0.0].map(unit)
    }
}

pub const SWEEP: NodeSpec = path(
    "sweep",
    "Sweep",
    "To and fro along a line; angle in degrees, 0 = along u.",
    &[
        number("angle", 0.0).usually(-180.0, 180.0),
        number("range", 1.0).usually(0.0, 1.0),
        ranged("speed", 0.5, -1e4, 1e4).usually(-2.0, 2.0),
    ],
    |b| {
        let (angle_deg, range) = (b.number("angle"), b.number("range"));
        uv(b, Line { angle_deg, range });
    },
);

struct Wander {
    seed: u64,
    radius: f64,
    octaves: u32,
}

impl Path for Wander {
    const CHANNELS: usize = 2;
    fn at(&self, turns: f64, lane: usize) -> [f64; 3] {
        let axis = |axis: u64| {
            (f64::from(fractal(mix(self.seed ^ axis), [turns, lane as f64 * 7.31, 0.0], self.octaves)) * 2.0 - 1.0) * self.radius * 1.6
        };
        [axis(1), axis(2), 0.0].map(unit)
    }
}

pub const WANDER: NodeSpec = path(
    "wander",
    "Wander",
    "Strolls about by smooth noise, each head its own way; the smoother, the fewer turns.",
    &[
        ranged("radius", 0.5, 0.0, 10.0).usually(0.0, 1.0),
        ranged("speed", 0.25, -1e4, 1e4).usually(-2.0, 2.0),
        ranged("smoothness", 2.0, 0.0, 4.0),
    ],
    |b| {
        let wander =
            Wander { seed: b.seed(), radius: b.number("radius"), octaves: (5.0 - b.number("smoothness")).round().clamp(1.0, 5.0) as u32 };
        uv(b, wander);
    },
);

pub const ORBIT: NodeSpec = NodeSpec {
    type_id: "orbit",
    title: "Orbit",
    category: "Movement",
    doc: "A point going round another in the room (metres): an upright ellipse along x and z, tilted about x by tilt_deg (90 = flat).",
    inputs: &[beats("grid"), signal("phase").optional()],
    outputs: &[signal("x"), signal("y"), signal("z")],
    params: &[
        number("center_x", 0.0).usually(-10.0, 10.0),
        number("center_y", 0.0).usually(-10.0, 10.0),
        number("center_z", 0.0).usually(0.0, 10.0),
        number("radius_x", 1.0).usually(0.0, 10.0),
        number("radius_z", 1.0).usually(0.0, 10.0),
        ranged("speed", 0.25, -1e4, 1e4).usually(-2.0, 2.0),
        number("tilt_deg", 0.0).usually(-90.0, 90.0),
    ],
    sink: false,
    build: |b| {
        let ellipse = Ellipse {
            center: [b.number("center_x"), b.number("center_y"), b.number("center_z")],
            radius: [b.number("radius_x"), b.number("radius_z")],
            tilt_deg: b.number("tilt_deg"),
        };
        let all = follow(b, ellipse);
        for (channel, port) in ["x", "y", "z"].into_iter().enumerate() {
            let out = b.push((all.n, 1), &[all], false, super::look_at_position::Plane { from: all, channel });
            b.output(port, Value::Signal(out));
        }
    },
};

struct Ellipse {
    center: [f64; 3],
    radius: [f64; 2],
    tilt_deg: f64,
}

impl Path for Ellipse {
    const CHANNELS: usize = 3;
    fn at(&self, turns: f64, _lane: usize) -> [f64; 3] {
        let (sin, cos) = angle(turns).sin_cos();
        let (lean, stand) = self.tilt_deg.to_radians().sin_cos();
        let up = self.radius[1] * sin;
        [self.center[0] + self.radius[0] * cos, self.center[1] - up * lean, self.center[2] + up * stand]
    }
}
