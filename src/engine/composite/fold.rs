//! Laying one layer over what lies below: light by blend mode, position by "highest wins".

use super::blend::BlendMode;
use super::program::Layer;
use crate::engine::frame::{Frame, has, origin};
use crate::engine::graph::plan::{At, Feed, Heads, LaneMap, LightRun, Run};
use crate::engine::units::{Rgb, unit};

/// The columns that can flash.
#[derive(Clone, Debug, Default)]
pub(super) struct Light {
    pub(super) dimmer: Vec<f32>,
    pub(super) color: [Vec<f32>; 3],
    pub(super) strobe: Vec<f32>,
    /// Whether a colour is set.
    pub(super) colored: Vec<bool>,
}

impl Light {
    pub(super) fn reset(&mut self, n_heads: usize) {
        let [r, g, b] = &mut self.color;
        for column in [&mut self.dimmer, r, g, b, &mut self.strobe] {
            column.clear();
            column.resize(n_heads, 0.0);
        }
        self.colored.clear();
        self.colored.resize(n_heads, false);
    }

    /// Takes a frame's light out of it, to be folded on.  The frame is left with this room.
    pub(super) fn take(&mut self, frame: &mut Frame) {
        std::mem::swap(&mut frame.dimmer, &mut self.dimmer);
        std::mem::swap(&mut frame.strobe, &mut self.strobe);
        std::mem::swap(&mut frame.color, &mut self.color);
        self.colored.clear();
        self.colored.extend(frame.set.iter().map(|set| set & has::COLOR != 0));
    }

    /// The same light, in the room that is already here.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.dimmer.clone_from(&other.dimmer);
        self.strobe.clone_from(&other.strobe);
        self.color.iter_mut().zip(&other.color).for_each(|(to, from)| to.clone_from(from));
        self.colored.clone_from(&other.colored);
    }

    /// Keeps what is brighter in `peak` than here and in `begin`: a flash between the two ends of a window.
    pub(super) fn keep_flashes(&mut self, begin: &Self, peak: &Self) {
        for head in 0..self.dimmer.len() {
            let level = peak.dimmer[head];
            if level > self.dimmer[head] + 1e-6 && level > begin.dimmer[head] + 1e-6 {
                self.dimmer[head] = level;
                self.colored[head] = peak.colored[head];
                (0..3).for_each(|channel| self.color[channel][head] = peak.color[channel][head]);
            }
            if peak.strobe[head] > self.strobe[head] && peak.strobe[head] > begin.strobe[head] {
                self.strobe[head] = peak.strobe[head];
            }
        }
    }

    /// Folds one layer's light, evaluated in `at`.
    pub(super) fn fold(&mut self, layer: &Layer, at: &At<'_>) {
        for run in &layer.plan.outputs.light {
            match layer.blend {
                // One loop per mode, so that none of them asks which it is for every head.
                BlendMode::Replace => self.run(run, at, BlendMode::Replace),
                BlendMode::Add => self.run(run, at, BlendMode::Add),
                BlendMode::Max | BlendMode::Lighten => self.run(run, at, BlendMode::Max),
                BlendMode::Multiply => self.run(run, at, BlendMode::Multiply),
                other => self.run(run, at, other),
            }
        }
        for run in &layer.plan.outputs.strobe {
            let values = at.read(run.feed.slot);
            for (i, head) in run.heads.iter().enumerate() {
                self.strobe[head] = layer.blend.full(self.strobe[head], unit(values.get(run.feed.lane(i), 0)));
            }
        }
    }

    /// Folds a layer's dimmers anew where they may not be as bright as they are.  `below` is the light without the layer.
    pub(super) fn dim(&mut self, below: &Self, layer: &Layer, at: &At<'_>, highest: &[f32]) {
        for run in &layer.plan.outputs.light {
            for (i, head) in run.heads.iter().enumerate() {
                if own_dimmer(run, at, i) > highest[head] {
                    self.dimmer[head] = layer.blend.full(below.dimmer[head], highest[head]);
                }
            }
        }
    }

    /// Takes a layer's light back towards the light `below` it.  Colours are weighted by the light they are on, as between
    /// two decks: what fades in over darkness has its own colour from the start.
    pub(super) fn fade(&mut self, below: &Self, layer: &Layer, level: f32) {
        for run in &layer.plan.outputs.light {
            for head in run.heads.iter() {
                let (from, to) = (below.dimmer[head], self.dimmer[head]);
                self.dimmer[head] = from + (to - from) * level;
                let (left, come) = (from * (1.0 - level), to * level);
                if left > 0.0 {
                    let share = come / (left + come);
                    for (column, below_column) in self.color.iter_mut().zip(&below.color) {
                        let under = if below.colored[head] { below_column[head] } else { 1.0 };
                        column[head] = under + (column[head] - under) * share;
                    }
                }
            }
        }
        for run in &layer.plan.outputs.strobe {
            for head in run.heads.iter() {
                self.strobe[head] = below.strobe[head] + (self.strobe[head] - below.strobe[head]) * level;
            }
        }
    }

    #[inline(always)]
    fn run(&mut self, run: &LightRun, at: &At<'_>, blend: BlendMode) {
        match &run.color {
            None => {
                let Some(feed) = &run.dimmer else { return };
                each(&run.heads, feed, at, |head, value| self.dimmer[head] = blend.full(self.dimmer[head], unit(value)));
            }
            Some(color) => {
                if color.lanes == LaneMap::One {
                    return self.run_one_color(run, color, at, blend);
                }
                let values = at.read(color.slot);
                let planes = [0, 1, 2].map(|channel| values.plane(channel));
                let tint = (values.c == 4).then(|| values.plane(3));
                let dimmer = run.dimmer.as_ref().map(|feed| (feed, at.read(feed.slot)));
                for i in 0..run.heads.len() {
                    let (head, lane) = (run.heads.get(i), color.lane(i));
                    let rgb = planes.map(|plane| unit(plane[lane]));
                    let value = rgb[0].max(rgb[1]).max(rgb[2]);
                    let below = dimmer.as_ref().map_or(1.0, |(feed, values)| unit(values.get(feed.lane(i), 0)));
                    self.dimmer[head] = blend.full(self.dimmer[head], value * below);
                    // A black colour has no hue to give: it only darkens.
                    if value > 1e-6 {
                        let hue = Rgb(rgb.map(|channel| channel / value));
                        self.tint(head, hue, tint.map_or(1.0, |plane| unit(plane[lane])), blend);
                    }
                }
            }
        }
    }

    /// One colour for all heads of a run: its hue is worked out once.
    #[inline(always)]
    fn run_one_color(&mut self, run: &LightRun, color: &Feed, at: &At<'_>, blend: BlendMode) {
        let values = at.read(color.slot);
        let rgb = [0, 1, 2].map(|channel| unit(values.get(0, channel)));
        let value = rgb[0].max(rgb[1]).max(rgb[2]);
        let strength = if values.c == 4 { unit(values.get(0, 3)) } else { 1.0 };
        match &run.dimmer {
            Some(feed) => each(&run.heads, feed, at, |head, below| {
                self.dimmer[head] = blend.full(self.dimmer[head], value * unit(below));
            }),
            None => run.heads.iter().for_each(|head| self.dimmer[head] = blend.full(self.dimmer[head], value)),
        }
        if value > 1e-6 {
            let hue = Rgb(rgb.map(|channel| channel / value));
            run.heads.iter().for_each(|head| self.tint(head, hue, strength, blend));
        }
    }

    #[inline(always)]
    fn tint(&mut self, head: usize, top: Rgb, strength: f32, blend: BlendMode) {
        let [r, g, b] = &mut self.color;
        let below = if self.colored[head] { Some(Rgb([r[head], g[head], b[head]])) } else { None };
        // With nothing below there is nothing to blend with, and white to be tinted.
        let blended = below.map_or(top, |below| blend.color(below, top)).0;
        let inherited = below.unwrap_or(Rgb::WHITE).0;
        let mix = |channel: usize| blended[channel] * strength + inherited[channel] * (1.0 - strength);
        (r[head], g[head], b[head]) = (mix(0), mix(1), mix(2));
        self.colored[head] = true;
    }
}

/// The level that a layer asks of one head of a run, by itself.
fn own_dimmer(run: &LightRun, at: &At<'_>, i: usize) -> f32 {
    let dimmer = run.dimmer.as_ref().map_or(1.0, |feed| unit(at.read(feed.slot).get(feed.lane(i), 0)));
    let value = run.color.as_ref().map_or(1.0, |feed| {
        let values = at.read(feed.slot);
        [0, 1, 2].map(|channel| unit(values.get(feed.lane(i), channel))).into_iter().fold(0.0, f32::max)
    });
    dimmer * value
}

#[inline(always)]
fn each(heads: &Heads, feed: &Feed, at: &At<'_>, mut f: impl FnMut(usize, f32)) {
    let values = at.read(feed.slot).plane(0);
    match (heads, &feed.lanes) {
        (Heads::Span(span), LaneMap::Same) => {
            for (head, &value) in span.clone().zip(values) {
                f(head as usize, value);
            }
        }
        (Heads::Picked(heads), LaneMap::Same) => {
            for (&head, &value) in heads.iter().zip(values) {
                f(head as usize, value);
            }
        }
        (heads, LaneMap::One) => heads.iter().for_each(|head| f(head, values[0])),
        (heads, LaneMap::Each(lanes)) => {
            for (i, &lane) in lanes.iter().enumerate() {
                f(heads.get(i), values[lane as usize]);
            }
        }
    }
}

/// Who sets a value: only what is set live is remembered when nobody sets it any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Score,
    Live,
}

/// Everything but light: the highest layer that sets a value wins; any speed of 0 freezes.
pub(super) fn fold_rest(frame: &mut Frame, layer: &Layer, at: &At<'_>, by: By) {
    let outputs = &layer.plan.outputs;
    let mut set = |runs: &[Run], bit: u16, (rests, live): (u8, u8), column: &mut Vec<f32>, tame: fn(f32) -> f32| {
        let live = if by == By::Live { live } else { 0 };
        for run in runs {
            each(&run.heads, &run.feed, at, |head, value| {
                if value.is_finite() {
                    column[head] = tame(value);
                    frame.set[head] |= bit;
                    frame.origin[head] = frame.origin[head] & !rests | live;
                }
            });
        }
    };
    set(&outputs.pan, has::PAN, (origin::PAN_RESTS, origin::LIVE_PAN), &mut frame.pan, |degrees| degrees);
    set(&outputs.tilt, has::TILT, (origin::TILT_RESTS, origin::LIVE_TILT), &mut frame.tilt, |degrees| degrees);
    for (value, run) in &outputs.beam {
        let tame = if value.bit() == has::GOBO { |number: f32| number.max(0.0) } else { |share: f32| share.clamp(0.0, 1.0) };
        frame.beam_used[*value as usize] = true;
        set(std::slice::from_ref(run), value.bit(), (0, 0), &mut frame.beam[*value as usize], tame);
    }
    for run in &outputs.speed {
        each(&run.heads, &run.feed, at, |head, value| {
            if value <= 0.5 {
                frame.set[head] |= has::FROZEN;
            }
        });
    }
}
