//! Where a head rests while nothing drives it: what the last annotation left there, or where the next one begins.
//!
//! Both are functions of the score and the instant alone, found by looking back and ahead, so that a seek finds what
//! playing would have found.  They stay the same over a segment of the timeline, so they are worked out once there.

use std::sync::Arc;

use super::program::Program;
use crate::engine::frame::{has, origin};
use crate::engine::graph::plan::{Arena, Plan, Run};
use crate::engine::rig::Caps;

/// The resting state of every head over one segment of one program.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    /// The program's identity, and the segment.
    key: Option<(Arc<()>, usize)>,
    /// Bits PAN, TILT, `REST_COLOR`: a resting value is known; DRIVEN: some layer drives the head here.
    pub(super) set: Vec<u16>,
    /// Bits `PAN_RESTS`, `TILT_RESTS`, `COLOR_RESTS`: the value was found by looking back, or nowhere.
    pub(super) origin: Vec<u8>,
    pub(super) pan: Vec<f32>,
    pub(super) tilt: Vec<f32>,
    /// Colour that a wheel should stand at while dark.
    pub(super) color: [Vec<f32>; 3],
    /// Start of the next annotation of each idle head, while looking ahead.
    next: Vec<f64>,
}

impl Rest {
    pub(super) fn forget(&mut self) {
        self.key = None;
    }

    /// Works out the segment; false where it was known already.
    pub(super) fn fit(&mut self, program: &Program, segment: usize, arena: &mut Arena) -> bool {
        if self.key.as_ref().is_some_and(|(known, of)| Arc::ptr_eq(known, &program.identity) && *of == segment) {
            return false;
        }
        self.key = Some((program.identity.clone(), segment));
        let n = program.rig.heads.len();
        let [r, g, b] = &mut self.color;
        for column in [&mut self.pan, &mut self.tilt, r, g, b] {
            column.clear();
            column.resize(n, 0.0);
        }
        self.set.clear();
        self.set.resize(n, 0);
        self.next.clear();
        self.next.resize(n, f64::INFINITY);
        for &layer in program.timeline.active(segment) {
            for &head in &program.layers[layer as usize].plan.outputs.touched {
                self.set[head as usize] |= has::DRIVEN;
            }
        }
        self.look_ahead(program, segment, arena);
        self.origin.clear();
        self.origin.extend(self.set.iter().map(|set| {
            let rests = |bit: u16, rests: u8| if set & bit == 0 { rests } else { 0 };
            rests(has::PAN, origin::PAN_RESTS) | rests(has::TILT, origin::TILT_RESTS) | rests(has::REST_COLOR, origin::COLOR_RESTS)
        }));
        self.look_back(program, segment, arena);
        for head in 0..n {
            // Nothing ever set an axis: home.
            for (cap, bit) in [(Caps::PAN, has::PAN), (Caps::TILT, has::TILT)] {
                if program.rig.heads[head].caps.any(cap) {
                    self.set[head] |= bit;
                }
            }
        }
        true
    }

    /// Idle heads travel dark to where their next annotation starts.
    fn look_ahead(&mut self, program: &Program, segment: usize, arena: &mut Arena) {
        let (_, end) = program.timeline.bounds(segment);
        let idle = |set: &[u16]| set.iter().filter(|set| **set & has::DRIVEN == 0).count();
        let mut waiting = idle(&self.set);
        let by_start = &program.timeline.by_start;
        let first = by_start.partition_point(|&layer| program.layers[layer as usize].start < end);
        for &layer in &by_start[first..] {
            if waiting == 0 {
                return;
            }
            let layer = &program.layers[layer as usize];
            let mut wanted = false;
            for &head in &layer.plan.outputs.touched {
                let head = head as usize;
                if self.set[head] & has::DRIVEN != 0 {
                    continue;
                }
                if self.next[head] == f64::INFINITY {
                    self.next[head] = layer.start;
                    waiting -= 1;
                }
                wanted |= self.next[head] == layer.start;
            }
            if wanted {
                layer.plan.eval(layer.start, arena);
                let next = &self.next;
                let free = |head: usize, set: u16, bit: u16| set & (has::DRIVEN | bit) == 0 && next[head] == layer.start;
                take(&layer.plan, arena, &mut self.set, [&mut self.pan, &mut self.tilt], &mut self.color, free);
            }
        }
    }

    /// An axis that nothing sets keeps what the last annotation left there.
    fn look_back(&mut self, program: &Program, segment: usize, arena: &mut Arena) {
        let (start, _) = program.timeline.bounds(segment);
        let open = |set: &[u16]| {
            let heads = set.iter().zip(&program.rig.heads);
            heads
                .filter(|(set, head)| {
                    (head.caps.any(Caps::PAN) && **set & has::PAN == 0) || (head.caps.any(Caps::TILT) && **set & has::TILT == 0)
                })
                .count()
        };
        let by_end = &program.timeline.by_end;
        let last = by_end.partition_point(|&layer| program.layers[layer as usize].end <= start);
        for &layer in by_end[..last].iter().rev() {
            let layer = &program.layers[layer as usize];
            let outputs = &layer.plan.outputs;
            if outputs.pan.is_empty() && outputs.tilt.is_empty() && outputs.light.iter().all(|run| run.color.is_none()) {
                continue;
            }
            if open(&self.set) == 0 && self.set.iter().all(|set| set & has::REST_COLOR != 0) {
                return;
            }
            layer.plan.eval(layer.end, arena);
            take(&layer.plan, arena, &mut self.set, [&mut self.pan, &mut self.tilt], &mut self.color, |_, set, bit| set & bit == 0);
        }
    }
}

/// Copies the positions and colours that a plan has just computed to the heads that `free` still wants them for.
fn take(
    plan: &Plan,
    arena: &Arena,
    set: &mut [u16],
    axes: [&mut Vec<f32>; 2],
    color: &mut [Vec<f32>; 3],
    free: impl Fn(usize, u16, u16) -> bool,
) {
    let at = plan.at(arena);
    let [pan, tilt] = axes;
    let runs: [(&[Run], u16, &mut Vec<f32>); 2] = [(&plan.outputs.pan, has::PAN, pan), (&plan.outputs.tilt, has::TILT, tilt)];
    for (runs, bit, column) in runs {
        for run in runs {
            let values = at.read(run.feed.slot);
            for (i, head) in run.heads.iter().enumerate() {
                let value = values.get(run.feed.lane(i), 0);
                if free(head, set[head], bit) && value.is_finite() {
                    column[head] = value;
                    set[head] |= bit;
                }
            }
        }
    }
    for run in &plan.outputs.light {
        let Some(feed) = &run.color else { continue };
        let values = at.read(feed.slot);
        for (i, head) in run.heads.iter().enumerate() {
            let rgb = [0, 1, 2].map(|channel| values.get(feed.lane(i), channel));
            let value = rgb[0].max(rgb[1]).max(rgb[2]);
            if free(head, set[head], has::REST_COLOR) && value > 1e-4 && value.is_finite() {
                (0..3).for_each(|channel| color[channel][head] = (rgb[channel] / value).clamp(0.0, 1.0));
                set[head] |= has::REST_COLOR;
            }
        }
    }
}
