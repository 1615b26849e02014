//! Laying one layer over what lies below: light by blend mode, position by "highest wins".

use super::blend::BlendMode;
use super::program::Layer;
use crate::engine::frame::{Frame, has};
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

/// Everything but light: the highest layer that sets a value wins; any speed of 0 freezes.
pub(super) fn fold_rest(frame: &mut Frame, layer: &Layer, at: &At<'_>) {
    let outputs = &layer.plan.outputs;
    let mut set = |runs: &[Run], bit: u16, column: &mut Vec<f32>, tame: fn(f32) -> f32| {
        for run in runs {
            each(&run.heads, &run.feed, at, |head, value| {
                if value.is_finite() {
                    column[head] = tame(value);
                    frame.set[head] |= bit;
                }
            });
        }
    };
    set(&outputs.pan, has::PAN, &mut frame.pan, |degrees| degrees);
    set(&outputs.tilt, has::TILT, &mut frame.tilt, |degrees| degrees);
    for (value, run) in &outputs.beam {
        let tame = if value.bit() == has::GOBO { |number: f32| number.max(0.0) } else { |share: f32| share.clamp(0.0, 1.0) };
        frame.beam_used[*value as usize] = true;
        set(std::slice::from_ref(run), value.bit(), &mut frame.beam[*value as usize], tame);
    }
    for run in &outputs.speed {
        each(&run.heads, &run.feed, at, |head, value| {
            if value <= 0.5 {
                frame.set[head] |= has::FROZEN;
            }
        });
    }
}
