//! Which heads flash faster than is comfortable, when, and by which annotation.
//!
//! The score is rendered as the output would render it, 44 windows a second.  A flash is a rise of the dimmer by a fifth of
//! full after a fall by as much; a head alarms while any second holds more of them than the limit, or while its shutter
//! strobes faster than that.

use std::collections::VecDeque;

use uuid::Uuid;

use super::Moment;
use crate::engine::composite::blend::BlendMode;
use crate::engine::composite::program::{Layer, Program};
use crate::engine::rig::{Caps, HeadIdx, Rig};
use crate::engine::{Frame, Live, Window, render};

const TICKS_PER_SEC: f64 = 44.0;
/// How far the dimmer falls and rises in a flash.
const SWING: f32 = 0.2;
/// Heads times frames that are looked at, at most: some minutes on a rig of a thousand heads.
const MAX_LOOKS: f64 = 3e8;
/// Alarms of one head with less than this between them are one.
const GAP_SECS: f64 = 0.5;
/// Long enough to see by which annotation a moment flashes.
const CULPRIT_SECS: f64 = 3.0;

/// Counts the flashes of one head.
#[derive(Clone, Default)]
struct Counter {
    /// The lowest level since the last flash, or the highest in one.
    turn: f32,
    up: bool,
    rises: VecDeque<f64>,
}

impl Counter {
    /// Takes the level of a window and returns how many flashes the second that ends with it holds.
    fn count(&mut self, secs: f64, level: f32) -> usize {
        if self.up {
            self.turn = self.turn.max(level);
            if level <= self.turn - SWING {
                (self.up, self.turn) = (false, level);
            }
        } else {
            self.turn = self.turn.min(level);
            if level >= self.turn + SWING {
                (self.up, self.turn) = (true, level);
                self.rises.push_back(secs);
            }
        }
        while self.rises.front().is_some_and(|&rise| rise <= secs - 1.0) {
            self.rises.pop_front();
        }
        self.rises.len()
    }
}

/// A stretch in which one head alarms.
#[derive(Clone, Copy)]
struct Alarm {
    start: f64,
    end: f64,
    hz: f32,
}

/// All moments of the score with the layers that make them, and how far was looked.
pub(super) fn moments(program: &Program, duration_secs: f64, limit_hz: f32) -> (Vec<(Moment, Vec<Uuid>)>, f64) {
    let end = program.layers.iter().map(|layer| layer.end).fold(0.0, f64::max).min(duration_secs.max(0.0));
    let affordable = MAX_LOOKS / program.rig.heads.len().max(1) as f64 / TICKS_PER_SEC;
    let until = end.min(affordable);
    let alarms = alarms(program, 0.0, until, limit_hz);
    let mut moments = gather(&program.rig, alarms);
    moments.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut told: Vec<(Moment, Vec<Uuid>)> = Vec::new();
    for moment in moments {
        let layers = culprits(program, &moment, limit_hz);
        let same = |told: &&mut (Moment, Vec<Uuid>)| told.1 == layers && moment.start <= told.0.end + GAP_SECS;
        match told.iter_mut().rev().find(same) {
            Some((earlier, _)) => join(&program.rig, earlier, &moment),
            None => told.push((moment, layers)),
        }
    }
    (told, until)
}

/// What the same layers do at the same time is one moment, whichever heads it passes over.
fn join(rig: &Rig, moment: &mut Moment, other: &Moment) {
    (moment.end, moment.hz) = (moment.end.max(other.end), moment.hz.max(other.hz));
    moment.heads.extend(&other.heads);
    moment.heads.sort_unstable();
    moment.heads.dedup();
    moment.head_ids = moment.heads.iter().map(|&head| rig.head_id(head)).collect();
}

/// Each head's alarms between two instants.
fn alarms(program: &Program, from: f64, until: f64, limit_hz: f32) -> Vec<Vec<Alarm>> {
    let n_heads = program.rig.heads.len();
    let mut counters = vec![Counter::default(); n_heads];
    let mut alarms: Vec<Vec<Alarm>> = vec![Vec::new(); n_heads];
    let mut frame = Frame::default();
    for tick in 0..((until - from) * TICKS_PER_SEC).ceil() as usize {
        let window = Window { from: from + tick as f64 / TICKS_PER_SEC, to: from + (tick + 1) as f64 / TICKS_PER_SEC };
        render(program, window, &Live::default(), &mut frame);
        for head in 0..n_heads {
            if !program.rig.heads[head].caps.any(Caps::DIMMER) {
                continue;
            }
            let flashes = counters[head].count(window.to, frame.dimmer[head]) as f32;
            let shutter = shutter_hz(&program.rig, head, frame.strobe[head], frame.dimmer[head]);
            let since = if flashes > limit_hz { counters[head].rises.front().copied().unwrap_or(window.to) } else { window.from };
            let hz = flashes.max(shutter);
            if hz > limit_hz {
                match alarms[head].last_mut().filter(|last| since <= last.end + GAP_SECS) {
                    Some(last) => (last.end, last.hz) = (window.to, last.hz.max(hz)),
                    None => alarms[head].push(Alarm { start: since, end: window.to, hz }),
                }
            }
        }
    }
    alarms
}

/// How fast a head's shutter strobes; 0 in the dark.
fn shutter_hz(rig: &Rig, head: usize, strobe: f32, dimmer: f32) -> f32 {
    if strobe <= 0.0 || dimmer < 0.02 || !rig.heads[head].caps.any(Caps::STROBE) {
        return 0.0;
    }
    let (slow, fast) = rig.heads[head].strobe_hz;
    slow + (fast - slow) * strobe
}

/// Alarms of different heads that mostly coincide are one moment.
fn gather(rig: &Rig, alarms: Vec<Vec<Alarm>>) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for (head, alarms) in alarms.into_iter().enumerate() {
        for Alarm { start, end, hz } in alarms {
            let coincides = |moment: &&mut Moment| {
                let both = moment.end.min(end) - moment.start.max(start);
                both > 0.5 * (moment.end.max(end) - moment.start.min(start))
            };
            let id = rig.head_id(head as HeadIdx);
            match moments.iter_mut().find(coincides) {
                Some(moment) => {
                    (moment.start, moment.end) = (moment.start.min(start), moment.end.max(end));
                    moment.hz = moment.hz.max(hz);
                    if moment.heads.last() != Some(&(head as HeadIdx)) {
                        moment.heads.push(head as HeadIdx);
                        moment.head_ids.push(id);
                    }
                }
                None => moments.push(Moment { start, end, hz, heads: vec![head as HeadIdx], head_ids: vec![id] }),
            }
        }
    }
    moments
}

/// The layer over nothing, as it would be without any blending.
fn alone(program: &Program, wanted: &Layer) -> Program {
    let mut program = program.only(|layer| layer.id == wanted.id);
    program.layers.iter_mut().for_each(|layer| layer.blend = BlendMode::Replace);
    program
}

/// The layers that flash by themselves in a moment; where none does, all that light its heads.
fn culprits(program: &Program, moment: &Moment, limit_hz: f32) -> Vec<Uuid> {
    let lights = |layer: &Layer| {
        let outputs = &layer.plan.outputs;
        let driven = outputs.light.iter().map(|run| &run.heads).chain(outputs.strobe.iter().map(|run| &run.heads));
        driven.into_iter().any(|heads| heads.iter().any(|head| moment.heads.binary_search(&(head as HeadIdx)).is_ok()))
    };
    let there = |layer: &&Layer| layer.start < moment.end && layer.end > moment.start && lights(layer);
    let candidates: Vec<&Layer> = program.layers.iter().filter(there).collect();
    let flashes = |layer: &&&Layer| {
        let from = moment.start.max(layer.start) - 0.1;
        let until = moment.end.min(layer.end).min(from + CULPRIT_SECS);
        let alarms = alarms(&alone(program, layer), from.max(0.0), until, limit_hz);
        moment.heads.iter().any(|&head| !alarms[head as usize].is_empty())
    };
    let found: Vec<Uuid> = candidates.iter().filter(flashes).map(|layer| layer.id).collect();
    if found.is_empty() { candidates.iter().map(|layer| layer.id).collect() } else { found }
}
