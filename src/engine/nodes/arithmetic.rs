//! Arithmetic on signals.  No result is ever NaN or infinite for finite input: division by nothing is 0.

use super::pulse::shape;
use super::spec::{NodeSpec, choice, flag, number, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, broadcast, map1, map2};

/// Beyond this a value is cut: far from anything a light needs, near enough that no product overflows.
const LIMIT: f32 = 1e12;

fn tame(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(-LIMIT, LIMIT) }
}

/// `x.rem_euclid(1.0)`, to the bit, without the library call that keeps loops from being vectorised.
fn fraction(x: f32) -> f32 {
    const ALL_WHOLE: f32 = 8_388_608.0; // from 2^23 on, floats have no fraction
    let rest = x - x as i32 as f32;
    let rest = if rest < 0.0 { rest + 1.0 } else { rest };
    if x.abs() < ALL_WHOLE { rest } else { 0.0 }
}

/// A function of one signal, number by number.
struct Map<F> {
    input: Slot,
    f: F,
}

impl<F: Fn(f32) -> f32 + Send + Sync> Op for Map<F> {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        map1(at.read(self.input).data, out, &self.f);
    }
}

/// A function of two signals.
struct Zip<F> {
    a: Slot,
    b: Slot,
    n: usize,
    f: F,
}

impl<F: Fn(f32, f32) -> f32 + Send + Sync> Op for Zip<F> {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (a, b) = (at.read(self.a), at.read(self.b));
        for (channel, out) in out.chunks_mut(self.n).enumerate() {
            map2(a.plane(channel), b.plane(channel), out, &self.f);
        }
    }
}

pub(super) fn map(b: &mut Building<'_, '_>, input: &str, f: impl Fn(f32) -> f32 + Send + Sync + 'static) {
    let Some(input) = b.signal(input) else { return };
    let out = b.push((input.n, input.c), &[input], false, Map { input, f: move |x| tame(f(x)) });
    b.output("out", Value::Signal(out));
}

fn zip(building: &mut Building<'_, '_>, f: impl Fn(f32, f32) -> f32 + Send + Sync + 'static) {
    let (Some(a), Some(b)) = (building.signal("a"), building.signal("b")) else { return };
    let (n, c) = (broadcast(a.n, b.n), broadcast(a.c, b.c));
    let out = building.push((n, c), &[a, b], false, Zip { a, b, n: n as usize, f: move |a, b| tame(f(a, b)) });
    building.output("out", Value::Signal(out));
}

const OPERATIONS: &[&str] =
    &["add", "subtract", "multiply", "divide", "max", "min", "abs_diff", "abs", "modulo", "circular_distance", "power"];

pub const MATH: NodeSpec = NodeSpec {
    type_id: "math",
    title: "Math",
    category: "Signal",
    doc: "Two signals, number by number. x / 0 is 0; abs looks at a alone; circular_distance is the way from a to b on a ring of length 1 (0..0.5).",
    inputs: &[signal("a"), signal("b").optional()],
    outputs: &[signal("out")],
    params: &[choice("operation", OPERATIONS)],
    sink: false,
    build: |building| {
        let operation = OPERATIONS[building.choice("operation")];
        if operation == "abs" {
            return map(building, "a", f32::abs);
        }
        if !building.is_connected("b") {
            return building.error(Some("b"), "nothing is connected to \"b\"");
        }
        match operation {
            "add" => zip(building, |a, b| a + b),
            "subtract" => zip(building, |a, b| a - b),
            "multiply" => zip(building, |a, b| a * b),
            "divide" => zip(building, |a, b| if b == 0.0 { 0.0 } else { a / b }),
            "max" => zip(building, f32::max),
            "min" => zip(building, f32::min),
            "abs_diff" => zip(building, |a, b| (a - b).abs()),
            "modulo" => zip(building, |a, b| if b == 0.0 { 0.0 } else { a.rem_euclid(b) }),
            "circular_distance" => zip(building, |a, b| {
                let way = fraction(a - b);
                way.min(1.0 - way)
            }),
            // Squares are what most curves are.
            _ => zip(building, |a, b| if b == 2.0 { a * a } else { a.powf(b) }),
        }
    },
};

pub const ROUND: NodeSpec = NodeSpec {
    type_id: "round",
    title: "Round",
    category: "Signal",
    doc: "To a whole number: down, up or to the nearest.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[choice("operation", &["floor", "ceil", "round"])],
    sink: false,
    build: |b| match b.choice("operation") {
        0 => map(b, "in", f32::floor),
        1 => map(b, "in", f32::ceil),
        _ => map(b, "in", f32::round),
    },
};

pub const THRESHOLD: NodeSpec = NodeSpec {
    type_id: "threshold",
    title: "Threshold",
    category: "Signal",
    doc: "1 where the signal is at or above the threshold, else 0.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[number("threshold", 0.5).usually(0.0, 1.0)],
    sink: false,
    build: |b| {
        let threshold = b.level("threshold");
        map(b, "in", move |x| if x >= threshold { 1.0 } else { 0.0 });
    },
};

pub const FALLOFF: NodeSpec = NodeSpec {
    type_id: "falloff",
    title: "Falloff",
    category: "Signal",
    doc: "Widens or narrows a 0..1 signal by width, then bends it by curve.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[number("width", 1.0).usually(0.0, 4.0), number("curve", 0.0).usually(-1.0, 1.0)],
    sink: false,
    build: |b| {
        let (width, curve) = (b.level("width"), b.level("curve"));
        map(b, "in", move |x| falloff(x, width, curve));
    },
};

/// What [`FALLOFF`] makes of a level.
pub fn falloff(x: f32, width: f32, curve: f32) -> f32 {
    shape((x.clamp(0.0, 1.0) * width).clamp(0.0, 1.0), curve)
}

pub const MODULO: NodeSpec = NodeSpec {
    type_id: "modulo",
    title: "Modulo",
    category: "Signal",
    doc: "What remains after division, never negative.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[number("divisor", 1.0).usually(0.0, 8.0)],
    sink: false,
    build: |b| {
        let divisor = b.level("divisor");
        match divisor {
            1.0 => map(b, "in", fraction),
            0.0 => map(b, "in", |_| 0.0),
            _ => map(b, "in", move |x| x.rem_euclid(divisor)),
        }
    },
};

pub const REMAP: NodeSpec = NodeSpec {
    type_id: "remap",
    title: "Remap",
    category: "Signal",
    doc: "From one range to another, on request no further than its ends.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[
        number("in_min", -1.0).usually(-1.0, 1.0),
        number("in_max", 1.0).usually(-1.0, 1.0),
        number("out_min", 0.0).usually(-180.0, 180.0),
        number("out_max", 180.0).usually(-180.0, 180.0),
        flag("clamp", false),
    ],
    sink: false,
    build: |b| {
        let (in_min, in_max, out_min, out_max) = (b.level("in_min"), b.level("in_max"), b.level("out_min"), b.level("out_max"));
        let clamp = b.flag("clamp");
        map(b, "in", move |x| {
            let share = if in_max == in_min { 0.0 } else { (x - in_min) / (in_max - in_min) };
            out_min + (out_max - out_min) * if clamp { share.clamp(0.0, 1.0) } else { share }
        });
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_is_the_euclidean_rest_to_the_bit() {
        let mut x = -9.0e9f32;
        for step in 0..200_000 {
            for x in [x, x.fract(), step as f32 * 0.37 - 30_000.0, -1e-30 * step as f32] {
                assert!(fraction(x) == x.rem_euclid(1.0), "{x}: {} {}", fraction(x), x.rem_euclid(1.0));
            }
            x += 91_234.5;
        }
    }
}
