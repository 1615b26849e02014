//! Colours: gradients, chord colours, hue.

use serde_json::Value as Json;

use super::spec::{NodeSpec, choice, color, number, signal, text};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::model;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Lanes, Slot, broadcast, map1};
use crate::engine::units::Rgb;

pub const GRADIENT: NodeSpec = NodeSpec {
    type_id: "gradient",
    title: "Gradient",
    category: "Colour",
    doc: "From one colour to another by a 0..1 signal, over any number of stops. Connected colours replace the first and the last.",
    inputs: &[signal("in"), signal("start_color").channels(4).optional(), signal("end_color").channels(4).optional()],
    outputs: &[signal("out").channels(4)],
    params: &[
        color("start_color", "#000000"),
        color("end_color", "#ffffff"),
        text("stops", ""),
        choice("mode", &["linear", "step", "smooth"]),
    ],
    sink: false,
    build: build_gradient,
};

fn build_gradient(b: &mut Building<'_, '_>) {
    let Some(input) = b.signal("in") else { return };
    let mut stops = stops(b);
    if stops.len() < 2 {
        let (start, end) = (b.color("start_color"), b.color("end_color"));
        stops = vec![(0.0, start), (1.0, end)];
    }
    let mode = b.choice("mode");
    let (first, last) = (b.signal("start_color"), b.signal("end_color"));
    let n = [first, last].into_iter().flatten().fold(input.n, |n, slot| broadcast(n, slot.n));
    let inputs: Vec<Slot> = [Some(input), first, last].into_iter().flatten().collect();
    let out = b.push((n, 4), &inputs, false, Gradient { input, stops, mode, first, last });
    b.output("out", Value::Signal(out));
}

fn stops(b: &mut Building<'_, '_>) -> Vec<(f32, [f32; 4])> {
    let Some(given) = b.node.params.get("stops").filter(|given| !given.is_null() && **given != Json::String(String::new())) else {
        return Vec::new();
    };
    let stops = read_stops(given);
    if stops.len() < 2 {
        b.warn(None, "\"stops\" holds fewer than two readable colours; start and end colour are used");
    }
    stops
}

/// Stops that a gradient has at most.
pub const MAX_STOPS: usize = 64;

/// `[{"t","r","g","b","a"}]`, all 0..1, as JSON or in a string; sorted by place.
pub fn read_stops(given: &Json) -> Vec<(f32, [f32; 4])> {
    let list = match given {
        Json::String(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        other => other.clone(),
    };
    let level = |stop: &Json, name: &str| stop.get(name).and_then(model::number).map(|level| level.clamp(0.0, 1.0) as f32);
    let read =
        |stop: &Json| Some((level(stop, "t")?, [level(stop, "r")?, level(stop, "g")?, level(stop, "b")?, level(stop, "a").unwrap_or(1.0)]));
    let mut stops: Vec<_> = list.as_array().into_iter().flatten().take(MAX_STOPS).filter_map(read).collect();
    stops.sort_by(|a, b| a.0.total_cmp(&b.0));
    stops
}

struct Gradient {
    input: Slot,
    stops: Vec<(f32, [f32; 4])>,
    /// 0 linear, 1 step, 2 smooth.
    mode: usize,
    first: Option<Slot>,
    last: Option<Slot>,
}

/// How far a mode has come from one stop to the next: linear, step or smooth.
fn eased(mode: usize, share: f32) -> f32 {
    match mode {
        0 => share,
        1 => f32::from(u8::from(share >= 1.0)),
        _ => share * share * (3.0 - 2.0 * share),
    }
}

/// The colour at a place of a gradient whose stops are sorted by place; the editor's picture of it.
pub fn at_place(stops: &[(f32, [f32; 4])], mode: usize, place: f32) -> [f32; 4] {
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else { return [0.0; 4] };
    let after = stops.partition_point(|stop| stop.0 <= place);
    match (after.checked_sub(1).and_then(|at| stops.get(at)), stops.get(after)) {
        (None, _) => first.1,
        (_, None) => last.1,
        (Some(from), Some(to)) => {
            let share = eased(mode, (place - from.0) / (to.0 - from.0).max(f32::EPSILON));
            [0, 1, 2, 3].map(|channel| from.1[channel] + (to.1[channel] - from.1[channel]) * share)
        }
    }
}

impl Op for Gradient {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let n = out.len() / 4;
        let input = at.read(self.input);
        let (first, last) = (self.first.map(|slot| at.read(slot)), self.last.map(|slot| at.read(slot)));
        let end = self.stops.len() - 1;
        let fixed = |slot: Option<Lanes<'_>>, stop: usize| match slot {
            None => Some(self.stops[stop].1),
            Some(slot) if slot.n == 1 => Some([0, 1, 2, 3].map(|channel| slot.get(0, channel))),
            Some(_) => None,
        };
        if let (1, 0.0, 1.0, Some(a), Some(b)) = (end, self.stops[0].0, self.stops[end].0, fixed(first, 0), fixed(last, end)) {
            return self.between(input, a, b, out);
        }
        for lane in 0..n {
            let place = input.get(lane, 0).clamp(0.0, 1.0);
            let after = self.stops.partition_point(|stop| stop.0 <= place).clamp(1, end);
            let (from, to) = (&self.stops[after - 1], &self.stops[after]);
            let share =
                if to.0 > from.0 { ((place - from.0) / (to.0 - from.0)).clamp(0.0, 1.0) } else { f32::from(u8::from(place >= to.0)) };
            let share = eased(self.mode, share);
            for channel in 0..4 {
                let color = |stop: usize| match (stop, first, last) {
                    (0, Some(first), _) => first.get(lane, channel),
                    (stop, _, Some(last)) if stop == end => last.get(lane, channel),
                    _ => self.stops[stop].1[channel],
                };
                let (a, b) = (color(after - 1), color(after));
                out[channel * n + lane] = a + (b - a) * share;
            }
        }
    }
}

impl Gradient {
    /// From one colour that all lanes share to another: what nearly every gradient is, in loops without a branch.
    fn between(&self, input: Lanes<'_>, a: [f32; 4], b: [f32; 4], out: &mut [f32]) {
        let n = out.len() / 4;
        let (shares, planes) = out.split_at_mut(n);
        let mode = self.mode;
        map1(input.plane(0), shares, |place| {
            let share = place.clamp(0.0, 1.0);
            match mode {
                0 => share,
                1 => f32::from(u8::from(share >= 1.0)),
                _ => share * share * (3.0 - 2.0 * share),
            }
        });
        for (plane, channel) in planes.chunks_mut(n).zip(1..) {
            map1(shares, plane, |share| a[channel] + (b[channel] - a[channel]) * share);
        }
        shares.iter_mut().for_each(|share| *share = a[0] + (b[0] - a[0]) * *share);
    }
}

/// Red, orange-red, orange, gold, yellow, green-yellow, green, cyan, deep sky blue, blue, blue-violet, magenta.
const RAINBOW_PALETTE: [[u8; 3]; 12] = [
    [255, 0, 0],
    [255, 69, 0],
    [255, 165, 0],
    [255, 215, 0],
    [255, 255, 0],
    [173, 255, 47],
    [0, 255, 0],
    [0, 255, 255],
    [0, 191, 255],
    [0, 0, 255],
    [138, 43, 226],
    [255, 0, 255],
];

pub const CHROMA_PALETTE: NodeSpec = NodeSpec {
    type_id: "chroma_palette",
    title: "Chord colours",
    category: "Colour",
    doc: "Pitch classes to colours, C red round to B magenta, mixed by how present each is and brought to full.",
    inputs: &[signal("chroma").channels(12)],
    outputs: &[signal("out").channels(3)],
    params: &[choice("palette", &["Rainbow"])],
    sink: false,
    build: |b| {
        let Some(chroma) = b.signal("chroma") else { return };
        b.choice("palette");
        let out = b.push((chroma.n, 3), &[chroma], false, Palette { chroma });
        b.output("out", Value::Signal(out));
    },
};

struct Palette {
    chroma: Slot,
}

impl Op for Palette {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let n = out.len() / 3;
        let chroma = at.read(self.chroma);
        for lane in 0..n {
            let mut sum = [0.0f32; 3];
            for (root, color) in RAINBOW_PALETTE.iter().enumerate() {
                let weight = chroma.get(lane, root).max(0.0);
                (0..3).for_each(|channel| sum[channel] += weight * f32::from(color[channel]) / 255.0);
            }
            let peak = Rgb(sum).value();
            (0..3).for_each(|channel| out[channel * n + lane] = if peak > 1e-6 { sum[channel] / peak } else { 0.0 });
        }
    }
}

pub const SPECTRAL_SHIFT: NodeSpec = NodeSpec {
    type_id: "spectral_shift",
    title: "Chord hue shift",
    category: "Colour",
    doc: "Turns the hue by a twelfth of the wheel for each step of the strongest pitch class.",
    inputs: &[signal("in"), signal("chroma").channels(12)],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (Some(input), Some(chroma)) = (b.signal("in"), b.signal("chroma")) else { return };
        if input.c < 3 {
            return b.error(Some("in"), "\"in\" takes a colour of 3 or 4 channels");
        }
        let n = broadcast(input.n, chroma.n);
        let out = b.push((n, input.c), &[input, chroma], false, Shift { input, chroma });
        b.output("out", Value::Signal(out));
    },
};

struct Shift {
    input: Slot,
    chroma: Slot,
}

impl Op for Shift {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (input, chroma) = (at.read(self.input), at.read(self.chroma));
        let n = out.len() / input.c;
        for lane in 0..n {
            let mut strongest = 0;
            for root in 1..12 {
                if chroma.get(lane, root) > chroma.get(lane, strongest) {
                    strongest = root;
                }
            }
            let (hue, saturation, value) = Rgb([0, 1, 2].map(|channel| input.get(lane, channel))).to_hsv();
            let turned = Rgb::from_hsv(hue + strongest as f32 / 12.0, saturation, value);
            for channel in 0..input.c {
                out[channel * n + lane] = turned.0.get(channel).copied().unwrap_or_else(|| input.get(lane, channel));
            }
        }
    }
}

pub const RAINBOW: NodeSpec = NodeSpec {
    type_id: "rainbow",
    title: "Rainbow",
    category: "Colour",
    doc: "The colour wheel: hue is in * spread + offset, in turns.",
    inputs: &[signal("in").optional()],
    outputs: &[signal("out").channels(4)],
    params: &[
        number("offset", 0.0).usually(0.0, 1.0),
        number("saturation", 1.0).usually(0.0, 1.0),
        number("spread", 1.0).usually(0.0, 2.0),
    ],
    sink: false,
    build: |b| {
        let input = b.signal_or("in", 0.0);
        let (offset, saturation, spread) = (b.level("offset"), b.level("saturation").clamp(0.0, 1.0), b.level("spread"));
        let out = b.push((input.n, 4), &[input], false, Wheel { input, offset, saturation, spread });
        b.output("out", Value::Signal(out));
    },
};

struct Wheel {
    input: Slot,
    offset: f32,
    saturation: f32,
    spread: f32,
}

impl Op for Wheel {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (input, n) = (at.read(self.input), out.len() / 4);
        for lane in 0..n {
            let rgb = Rgb::from_hsv(input.get(lane, 0) * self.spread + self.offset, self.saturation, 1.0).0;
            (0..3).for_each(|channel| out[channel * n + lane] = rgb[channel]);
            out[3 * n + lane] = 1.0;
        }
    }
}

pub const HSV: NodeSpec = NodeSpec {
    type_id: "hsv",
    title: "HSV",
    category: "Colour",
    doc: "Hue in turns, saturation and value 0..1.",
    inputs: &[signal("h"), signal("s").optional(), signal("v").optional()],
    outputs: &[signal("out").channels(4)],
    params: &[],
    sink: false,
    build: |b| {
        let Some(h) = b.signal("h") else { return };
        let (s, v) = (b.signal_or("s", 1.0), b.signal_or("v", 1.0));
        let n = broadcast(broadcast(h.n, s.n), v.n);
        let out = b.push((n, 4), &[h, s, v], false, FromHsv { h, s, v });
        b.output("out", Value::Signal(out));
    },
};

struct FromHsv {
    h: Slot,
    s: Slot,
    v: Slot,
}

impl Op for FromHsv {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (h, s, v, n) = (at.read(self.h), at.read(self.s), at.read(self.v), out.len() / 4);
        for lane in 0..n {
            let rgb = Rgb::from_hsv(h.get(lane, 0), s.get(lane, 0).clamp(0.0, 1.0), v.get(lane, 0).clamp(0.0, 1.0)).0;
            (0..3).for_each(|channel| out[channel * n + lane] = rgb[channel]);
            out[3 * n + lane] = 1.0;
        }
    }
}
