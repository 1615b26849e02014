//! A colour on the emitters that a head has: prepared once per patch, answered per frame without allocating.
//!
//! # What is asked for
//! Red, green and blue as levels, linear.  The largest is the colour's *value*: levels follow it in proportion, so light never
//! gets less when more is asked for, and dimming changes no hue.  What is left is the hue, and each hue has one answer:
//!
//! - **Plain** ([`Mixing::Plain`], and red, green and blue alone with nothing known about them): the three levels as they
//!   are, other emitters dark.  What `luma fixtures map` answers.
//! - **Matched** ([`Mixing::Matched`]): the brightest light of exactly that chromaticity which the emitters can give together.
//!   White, amber, lime or indigo come in wherever they help, red, green and blue give way as far as the hue demands it.  The
//!   set of all lights of a head is a convex body with black in one corner (a zonotope, one edge per emitter); the answer is
//!   where the ray of the hue leaves it.  That point lies on one facet and moves along with the hue without jumps.
//! - A hue that no mixture gives is replaced by the nearest one that some does (u'v'), on the border of what the head can.
//! - **Filters**: cyan, magenta and yellow without red, green or blue take out what is not asked for: 1 - level.
//! - **Cyan, magenta and yellow beside red, green or blue** are light sources, and strengthen the hue that they are called by.
//! - **Ultraviolet** is no light to match with, since it would only glow on things: it follows what is violet in the colour,
//!   and stays dark in white.
//! - **Whites alone** have no hue to give but warm and cold: all of them at full are their white, and a colour is read
//!   from there.
//!
//! The levels are linear light; whoever wants a curve has the dimmer's.

use serde::{Deserialize, Serialize};

use super::chroma;
use crate::engine::rig::kind::Emitter;
use crate::engine::units::Rgb;

/// How a fixture mixes.  Persisted by these names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mixing {
    /// With everything it has.
    #[default]
    Matched,
    /// Red, green and blue as they are, nothing else beside them.
    Plain,
}

impl Mixing {
    pub const ALL: [Self; 2] = [Self::Matched, Self::Plain];

    /// As it is persisted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Plain => "plain",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mixing| mixing.name() == name)
    }
}

/// Emitters that one head may have.
pub const MAX: usize = 16;
/// Full levels of emitters that lie on one line are told apart by this much.
const NUDGE: f32 = 3e-4;

type Vector = [f32; 3];

/// One emitter's way to its level.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    /// A channel of the colour.
    Level(usize),
    /// The complement of one.
    Filter(usize),
    /// Index among the matched.
    Match(usize),
    Violet,
    /// What the two channels other than this one have in common beyond white.
    Secondary(usize),
    /// What all three channels have in common.
    Common,
    Dark,
}

/// A piece of the border of what a head can give: two emitters in between, every other one on or off.
#[derive(Clone, Debug)]
struct Facet {
    normal: Vector,
    height: f32,
    pair: [usize; 2],
    /// A bit for every emitter that is on.
    on: u32,
    base: Vector,
    /// What measures the amounts of the two.
    duals: [Vector; 2],
}

#[derive(Clone, Debug, Default)]
pub struct Mixer {
    sources: Vec<Source>,
    /// Light at full of the matched ones.
    lights: Vec<Vector>,
    facets: Vec<Facet>,
    /// The border of their chromaticities in u'v', counter-clockwise.
    gamut: Vec<[f32; 2]>,
    /// What white is to be read as.
    white: Vector,
    /// What each emitter looks like by itself.
    alone: Vec<Vector>,
}

impl Mixer {
    /// `emitters` with their chromaticities where they are known.
    pub fn new(emitters: &[(Emitter, Option<[f32; 2]>)], mixing: Mixing) -> Self {
        let emitters = &emitters[..emitters.len().min(MAX)];
        let has = |wanted: Emitter| emitters.iter().any(|(emitter, _)| *emitter == wanted);
        let additive = [Emitter::Red, Emitter::Green, Emitter::Blue].map(has).contains(&true);
        let subtractive = [Emitter::Cyan, Emitter::Magenta, Emitter::Yellow].map(has).contains(&true);
        let others = emitters.iter().any(|(emitter, _)| primary(*emitter).is_none() && *emitter != Emitter::Uv);
        let known = emitters.iter().any(|(_, xy)| xy.is_some());
        let plain = mixing == Mixing::Plain || !(others || known || additive && subtractive);
        let mut mixer = Self { white: [1.0; 3], ..Self::default() };
        let mut matched = Vec::new();
        for (emitter, xy) in emitters {
            let source = match primary(*emitter) {
                Some((channel, true)) if plain || !additive => Source::Filter(channel),
                Some((channel, false)) if plain => Source::Level(channel),
                Some((channel, true)) => Source::Secondary(channel),
                _ if mixing == Mixing::Plain && (additive || subtractive) => Source::Dark,
                _ if *emitter == Emitter::Uv => Source::Violet,
                // Filters colour one lamp; what shines beside it helps with white alone.
                _ if subtractive && !additive => Source::Common,
                _ => {
                    matched.push((*emitter, *xy));
                    Source::Match(matched.len() - 1)
                }
            };
            mixer.sources.push(source);
        }
        let alone = |(emitter, xy): &(Emitter, Option<[f32; 2]>)| chroma::linear(xy.unwrap_or(chroma::typical(*emitter)));
        mixer.alone = emitters.iter().map(|emitter| alone(emitter).map(|amount| amount.max(0.0))).collect();
        mixer.prepare(&matched);
        mixer
    }

    /// Red, green and blue in this order, as they are.
    pub fn is_plain_rgb(&self) -> bool {
        self.sources == [Source::Level(0), Source::Level(1), Source::Level(2)]
    }

    /// Whether an emitter filters instead of giving light.
    pub fn is_filter(&self, at: usize) -> bool {
        matches!(self.sources.get(at), Some(Source::Filter(_)))
    }

    fn prepare(&mut self, matched: &[(Emitter, Option<[f32; 2]>)]) {
        self.lights = matched.iter().map(|(emitter, xy)| chroma::linear(xy.unwrap_or(chroma::typical(*emitter)))).collect();
        self.balance(matched);
        let is_white = |emitter: &Emitter| matches!(emitter, Emitter::White | Emitter::WarmWhite | Emitter::ColdWhite);
        if self.lights.len() > 1 && matched.iter().all(|(emitter, _)| is_white(emitter)) {
            let sum = self.lights.iter().copied().fold([0.0; 3], add);
            let most = sum.into_iter().fold(0.0, f32::max).max(1e-6);
            self.white = sum.map(|level| level / most);
        }
        if self.lights.len() > 2 {
            // No two on one line and no three in one plane, or the answer would not be one.
            for (at, light) in self.lights.iter_mut().enumerate() {
                let turn = at as f32 * 2.399_963;
                *light = add(*light, scale([turn.sin(), (turn * 1.7 + 1.0).sin(), (turn * 2.3 + 2.0).sin()], NUDGE));
            }
        }
        self.gamut = hull(self.lights.iter().map(|light| chroma::uv(*light)).collect());
        for first in 0..self.lights.len() {
            for second in first + 1..self.lights.len() {
                self.add_facets([first, second]);
            }
        }
    }

    /// Measured red, green and blue make white together.
    fn balance(&mut self, matched: &[(Emitter, Option<[f32; 2]>)]) {
        let at = [Emitter::Red, Emitter::Green, Emitter::Blue]
            .map(|wanted| matched.iter().position(|(emitter, xy)| *emitter == wanted && xy.is_some()));
        let [Some(r), Some(g), Some(b)] = at else { return };
        let [red, green, blue] = [r, g, b].map(|at| self.lights[at]);
        let whole = dot(red, cross(green, blue));
        let white = [1.0; 3];
        let amounts =
            [dot(white, cross(green, blue)), dot(red, cross(white, blue)), dot(red, cross(green, white))].map(|part| part / whole);
        if amounts.iter().all(|amount| amount.is_finite() && *amount > 0.05 && *amount < 20.0) {
            [r, g, b].into_iter().zip(amounts).for_each(|(at, amount)| self.lights[at] = scale(self.lights[at], amount));
        }
    }

    fn add_facets(&mut self, pair: [usize; 2]) {
        let [first, second] = pair.map(|at| self.lights[at]);
        let across = cross(first, second);
        let length = dot(across, across).sqrt();
        if length < 1e-6 || self.lights.len() < 3 {
            return;
        }
        for side in [1.0, -1.0] {
            let normal = scale(across, side / length);
            let outside = |at: &usize| !pair.contains(at) && dot(normal, self.lights[*at]) > 0.0;
            let on: Vec<usize> = (0..self.lights.len()).filter(outside).collect();
            let base = on.iter().map(|&at| self.lights[at]).fold([0.0; 3], add);
            let height = dot(normal, base);
            // The others pass through black.
            if height > 1e-6 {
                let dual = |mine: Vector, other: Vector| {
                    let along = cross(other, normal);
                    scale(along, 1.0 / dot(mine, along))
                };
                let duals = [dual(first, second), dual(second, first)];
                self.facets.push(Facet { normal, height, pair, on: on.iter().fold(0, |bits, at| bits | 1 << at), base, duals });
            }
        }
    }

    /// A level for every emitter, in the order in which they were given.
    pub fn levels(&self, color: Rgb) -> [f32; MAX] {
        let mut levels = [0.0; MAX];
        let matched = if self.lights.is_empty() { levels } else { self.matched(color) };
        for (source, level) in self.sources.iter().zip(&mut levels) {
            *level = match *source {
                Source::Level(channel) => color.0[channel],
                Source::Filter(channel) => 1.0 - color.0[channel],
                Source::Match(at) => matched[at],
                Source::Violet => violet(color),
                Source::Secondary(channel) => {
                    let white = color.0[0].min(color.0[1]).min(color.0[2]);
                    color.0[(channel + 1) % 3].min(color.0[(channel + 2) % 3]) - white
                }
                Source::Common => color.0[0].min(color.0[1]).min(color.0[2]),
                Source::Dark => 0.0,
            }
            .clamp(0.0, 1.0);
        }
        levels
    }

    /// The colour that levels are of: what [`Self::levels`] answers comes back, and what others send is the light of the
    /// emitters that are matched, or, where none of those is on, of the others.
    pub fn color(&self, levels: &[f32; MAX]) -> Rgb {
        let sources = || self.sources.iter().zip(levels);
        let has = |wanted: fn(&Source) -> bool| self.sources.iter().any(wanted);
        if has(|source| matches!(source, Source::Filter(_))) {
            let mut color = [1.0; 3];
            for (source, level) in sources() {
                if let Source::Filter(channel) = *source {
                    color[channel] = 1.0 - level;
                }
            }
            return Rgb(color);
        }
        let mut light = [0.0; 3];
        let mut value: f32 = 0.0;
        for (source, &level) in sources() {
            match *source {
                Source::Level(channel) => light[channel] = level,
                Source::Match(at) => light = add(light, scale(self.lights[at], level)),
                _ => continue,
            }
            value = value.max(level);
        }
        if value <= 0.0 {
            for ((_, &level), &alone) in sources().zip(&self.alone) {
                light = add(light, scale(alone, level));
                value = value.max(level);
            }
        }
        let hue: Vector = std::array::from_fn(|at| (light[at] / self.white[at].max(1e-6)).max(0.0));
        let most = hue.into_iter().fold(0.0, f32::max);
        Rgb(if most > 0.0 { scale(hue, value / most) } else { [0.0; 3] })
    }

    fn matched(&self, color: Rgb) -> [f32; MAX] {
        let mut levels = [0.0; MAX];
        let value = color.value().min(1.0);
        if value <= 0.0 || !value.is_finite() {
            return levels;
        }
        let hue: Vector = std::array::from_fn(|at| color.0[at].max(0.0) / value * self.white[at]);
        let hue = self.reachable(hue);
        match self.lights[..] {
            [_] => levels[0] = 1.0,
            [first, second] => [levels[0], levels[1]] = between(first, second, hue),
            _ => self.leave(hue, &mut levels),
        }
        levels.iter_mut().for_each(|level| *level *= value);
        levels
    }

    /// A hue that some mixture gives: this one, else the nearest.
    fn reachable(&self, hue: Vector) -> Vector {
        let at = chroma::uv(hue);
        match nearest_in(&self.gamut, at) {
            Some(nearest) => chroma::linear(chroma::xy_of_uv(nearest)),
            None => hue,
        }
    }

    /// The levels where the ray of a hue leaves what the head can give.
    fn leave(&self, hue: Vector, levels: &mut [f32; MAX]) {
        let mut best: Option<(f32, &Facet)> = None;
        for facet in &self.facets {
            let steep = dot(facet.normal, hue);
            if steep > 1e-7 {
                let reach = facet.height / steep;
                if best.is_none_or(|(least, _)| reach < least) {
                    best = Some((reach, facet));
                }
            }
        }
        let Some((reach, facet)) = best else { return };
        (0..self.lights.len()).filter(|at| facet.on & (1 << at) != 0).for_each(|at| levels[at] = 1.0);
        let rest = add(scale(hue, reach), scale(facet.base, -1.0));
        for (at, dual) in facet.pair.into_iter().zip(facet.duals) {
            levels[at] = dot(rest, dual).clamp(0.0, 1.0);
        }
    }

    /// The light of matched levels, as amounts of red, green and blue.
    #[cfg(test)]
    fn light(&self, levels: &[f32; MAX]) -> Vector {
        let of = |source: &Source| if let Source::Match(at) = source { self.lights[*at] } else { [0.0; 3] };
        self.sources.iter().zip(levels).map(|(source, level)| scale(of(source), *level)).fold([0.0; 3], add)
    }
}

/// Channel of the colour that a primary stands for, and whether it is a filter's.
fn primary(emitter: Emitter) -> Option<(usize, bool)> {
    Some(match emitter {
        Emitter::Red => (0, false),
        Emitter::Green => (1, false),
        Emitter::Blue => (2, false),
        Emitter::Cyan => (0, true),
        Emitter::Magenta => (1, true),
        Emitter::Yellow => (2, true),
        _ => return None,
    })
}

/// What of a colour lies between blue and magenta, with the white taken out; full at hue 275°.
fn violet(color: Rgb) -> f32 {
    let [r, g, b] = color.0;
    let white = r.min(g).min(b);
    (b - white).min((r - white) / 0.58)
}

/// Amounts of two lights, the larger of them full.
fn between(first: Vector, second: Vector, hue: Vector) -> [f32; 2] {
    let (aa, ab, bb) = (dot(first, first), dot(first, second), dot(second, second));
    let whole = aa * bb - ab * ab;
    if whole < 1e-7 {
        return [1.0; 2];
    }
    let (ha, hb) = (dot(hue, first), dot(hue, second));
    let amounts = [(ha * bb - hb * ab) / whole, (hb * aa - ha * ab) / whole].map(|amount| amount.max(0.0));
    let most = amounts[0].max(amounts[1]);
    if most <= 1e-6 { [1.0; 2] } else { amounts.map(|amount| amount / most) }
}

/// The nearest point of a convex border to one outside of it; `None` inside.
fn nearest_in(border: &[[f32; 2]], at: [f32; 2]) -> Option<[f32; 2]> {
    let edges = || border.iter().zip(border.iter().cycle().skip(1));
    let outside = |(a, b): (&[f32; 2], &[f32; 2])| (b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0]) < 0.0;
    if border.len() > 2 && !edges().any(outside) {
        return None;
    }
    let mut best: Option<(f32, [f32; 2])> = None;
    for (a, b) in edges() {
        let (along, from) = ([b[0] - a[0], b[1] - a[1]], [at[0] - a[0], at[1] - a[1]]);
        let length = along[0] * along[0] + along[1] * along[1];
        let share = if length > 0.0 { ((from[0] * along[0] + from[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
        let point = [a[0] + along[0] * share, a[1] + along[1] * share];
        let far = (at[0] - point[0]).powi(2) + (at[1] - point[1]).powi(2);
        if best.is_none_or(|(least, _)| far < least) {
            best = Some((far, point));
        }
    }
    best.map(|(_, point)| point)
}

/// The corners of the convex border around some points, counter-clockwise.
fn hull(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = &[f32; 2]>| {
        let mut chain: Vec<[f32; 2]> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..]
                && (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) <= 0.0
            {
                chain.pop();
            }
            chain.push(*point);
        }
        chain.pop();
        chain
    };
    let mut border = half(&mut points.iter());
    border.extend(half(&mut points.iter().rev()));
    border
}

fn add(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn scale(a: Vector, by: f32) -> Vector {
    a.map(|part| part * by)
}

fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[cfg(test)]
#[path = "mixer_tests.rs"]
mod tests;
