//! Which heads flash faster than is comfortable, when, and by which annotation.
//!
//! The score is rendered as the output would render it, 44 windows a second, each looked at by its peak and by its end, so
//! that flashes shorter than a window are counted one by one.  What a flash is, [`crate::engine::flash`] says; a head
//! alarms while any second holds more of them than the limit, or while its shutter strobes faster than that.

use std::collections::VecDeque;

use uuid::Uuid;

use super::Moment;
use crate::engine::composite::blend::BlendMode;
use crate::engine::composite::program::{Layer, Program};
use crate::engine::flash::{Swings, TICKS_PER_SEC};
use crate::engine::rig::{Caps, HeadIdx, Rig};
use crate::engine::{Frame, Live, Window, render};

/// Heads times windows that are looked at, twice each, at most: some minutes on a rig of a thousand heads.
const MAX_LOOKS: f64 = 3e8;
/// Alarms of one head with less than this between them are one.
const GAP_SECS: f64 = 0.5;
/// Long enough to see by which annotation a moment flashes.
const CULPRIT_SECS: f64 = 3.0;

/// Counts the flashes of one head.
#[derive(Clone, Default)]
struct Counter {
    swings: Swings,
    /// Numbers of the windows in which the flashes of the last second began.
    rises: VecDeque<u32>,
}

impl Counter {
    /// Takes a window's peak and its end, and returns how many flashes the second that ends with it holds.
    fn count(&mut self, tick: u32, levels: [f32; 2]) -> usize {
        for level in levels {
            if self.swings.take(tick, level).is_some() {
                self.rises.push_back(tick);
            }
        }
        while self.rises.front().is_some_and(|&rise| tick - rise >= TICKS_PER_SEC as u32) {
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
    let affordable = MAX_LOOKS / program.rig.heads.len().max(1) as f64 / TICKS_PER_SEC / 2.0;
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
    let dims: Vec<usize> = (0..n_heads).filter(|&head| program.rig.heads[head].caps.any(Caps::DIMMER)).collect();
    let mut counters = vec![Counter::default(); n_heads];
    let mut alarms: Vec<Vec<Alarm>> = vec![Vec::new(); n_heads];
    let (mut frame, mut end) = (Frame::default(), Frame::default());
    let time = |tick: u32| from + f64::from(tick) / TICKS_PER_SEC;
    for tick in 1..=((until - from) * TICKS_PER_SEC).ceil().max(0.0) as u32 {
        let window = Window { from: time(tick - 1), to: time(tick) };
        render(program, window, &Live::default(), &mut frame);
        render(program, Window::instant(window.to), &Live::default(), &mut end);
        for &head in &dims {
            let flashes = counters[head].count(tick, [frame.dimmer[head], end.dimmer[head]]) as f32;
            let shutter = shutter_hz(&program.rig, head, frame.strobe[head], frame.dimmer[head]);
            let first = counters[head].rises.front().copied().filter(|_| flashes > limit_hz);
            let since = first.map_or(window.from, &time);
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

/// The most flashes a second that any of some heads makes in a stretch of a program.
pub(super) fn fastest(program: &Program, moment: &Moment) -> f32 {
    let alarms = alarms(program, (moment.start - 1.0).max(0.0), moment.end + 1.0, 0.0);
    let of_heads = moment.heads.iter().flat_map(|&head| &alarms[head as usize]);
    of_heads.filter(|alarm| alarm.start <= moment.end && alarm.end >= moment.start).map(|alarm| alarm.hz).fold(0.0, f32::max)
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
                None => moments.push(Moment { start, end, hz, guarded_hz: None, heads: vec![head as HeadIdx], head_ids: vec![id] }),
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
