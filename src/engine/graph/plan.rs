//! A compiled graph: a flat list of steps over one arena of numbers, evaluated at any instant.
//!
//! Steps are in dependency order and each writes behind everything it reads, so an evaluation is one walk over the
//! list.  A time context is one instant, or one per lane behind a `time_delay`; context 0 is the frame's instant.

use std::ops::Range;
use std::sync::Arc;

use super::super::frame::BeamValue;
use super::super::rig::HeadIdx;
use super::super::signal::{Lanes, NOW, Slot, TimeSlot};
use super::looks::Looks;

/// One node's work at one instant.
pub trait Op: Send + Sync {
    /// Fills `out`, laid out as its slot says.
    fn eval(&self, at: &At<'_>, out: &mut [f32]);

    /// Adds instants within `window` of the lane's own time at which a flash peaks.  Most nodes have none.
    fn peaks(&self, _at: &At<'_>, _window: &Range<f64>, _found: &mut Peaks<'_>) {}

    /// Its flashes reach each lane at another instant.
    fn peaks_by_lane(&self) -> bool {
        false
    }

    /// How the op changes fastest, in cycles per second: a graph with fast ones is looked at more often within a frame.
    fn fastest_hz(&self) -> f64 {
        0.0
    }

    /// How much longer than an addition one of its numbers takes, roughly.
    fn weight(&self) -> u32 {
        1
    }
}

/// Instants inside a frame's window that are worth a look, bounded so that a wild graph cannot stall the output.
pub struct Peaks<'a> {
    pub instants: &'a mut Vec<f64>,
    /// Lanes flash at instants of their own: the window is worth a look as a whole ([`Plan::eval_window`]).
    pub by_lane: bool,
    /// Whoever asks can look at it like that, and the plan can too.
    may: bool,
    exact: bool,
}

/// Instants looked at inside one window at most.
pub const MAX_PEAKS: usize = 12;

impl<'a> Peaks<'a> {
    /// `whole`: whoever asks can look at a window as a whole; else flashes of many lanes become a few instants.
    pub fn new(instants: &'a mut Vec<f64>, whole: bool) -> Self {
        Self { instants, by_lane: false, may: whole, exact: false }
    }

    /// Adds a flash of one of many lanes.  Where the window cannot be looked at as a whole it is the next of three evenly
    /// spaced instants, since looking at each lane's would cost a whole frame each.
    pub fn add_lane(&mut self, secs: f64, window: &Range<f64>) {
        if self.exact {
            self.by_lane = true;
            return;
        }
        let quarter = (window.end - window.start) / 4.0;
        let step = ((secs - window.start) / quarter).ceil().max(1.0);
        if step < 4.0 {
            self.add(window.start + quarter * step);
        }
    }

    pub fn add(&mut self, secs: f64) {
        if self.instants.len() < MAX_PEAKS && !self.instants.contains(&secs) {
            self.instants.push(secs);
        }
    }
}

/// What an op sees: the numbers before it, and the time of its context.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub(super) consts: &'a [f32],
    pub(super) arena: &'a [f32],
    pub(super) times: &'a [f64],
    pub(super) window_secs: f64,
}

impl<'a> At<'a> {
    /// Seconds before each lane's time in which a flash still counts, as if it were at its height now; 0 but for a look at
    /// a whole window.
    pub fn window_secs(&self) -> f64 {
        self.window_secs
    }

    pub fn read(&self, slot: Slot) -> Lanes<'a> {
        let source = if slot.constant { self.consts } else { self.arena };
        let at = slot.at as usize;
        Lanes { data: &source[at..at + slot.len()], n: slot.n as usize, c: slot.c as usize }
    }

    pub fn times(&self, slot: TimeSlot) -> &'a [f64] {
        &self.times[slot.at as usize..(slot.at + slot.n) as usize]
    }

    /// The frame's instant.
    pub fn now(&self) -> f64 {
        self.times[NOW.at as usize]
    }
}

#[derive(Clone)]
pub(super) enum Step {
    /// `inputs` and `time` are all that the op reads.
    Eval { op: Arc<dyn Op>, out: Slot, inputs: Arc<[Slot]>, time: Option<TimeSlot> },
    /// `out[lane] = parent[lane] - delay[lane]`.
    Delay { parent: TimeSlot, delay: Slot, out: TimeSlot },
    /// `out[lane]` = the look at or before `parent[lane]`, or some looks after that.
    Look { parent: TimeSlot, looks: Looks, ahead: u32, out: TimeSlot },
}

impl Step {
    /// Numbers it computes, by weight.
    pub(super) fn cost(&self) -> u64 {
        match self {
            Self::Eval { op, out, .. } => out.len() as u64 * u64::from(op.weight()),
            Self::Delay { out, .. } | Self::Look { out, .. } => u64::from(out.n),
        }
    }
}

/// Which lane of a signal each head of a run takes.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneMap {
    /// The same lane for all.
    One,
    /// Lane i for the i-th head.
    Same,
    Each(Arc<[u32]>),
}

/// A signal and the lanes of it that a run's heads take.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    pub slot: Slot,
    pub lanes: LaneMap,
    /// The sink it goes into, for telling people where a value comes from.
    pub node: Arc<str>,
}

impl Feed {
    #[inline(always)]
    pub fn lane(&self, i: usize) -> usize {
        match &self.lanes {
            LaneMap::One => 0,
            LaneMap::Same => i,
            LaneMap::Each(lanes) => lanes[i] as usize,
        }
    }
}

/// Heads in a run: side by side, or picked.
#[derive(Clone, Debug, PartialEq)]
pub enum Heads {
    Span(Range<HeadIdx>),
    Picked(Arc<[HeadIdx]>),
}

impl Heads {
    pub fn len(&self) -> usize {
        match self {
            Self::Span(span) => span.len(),
            Self::Picked(heads) => heads.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub fn get(&self, i: usize) -> usize {
        match self {
            Self::Span(span) => span.start as usize + i,
            Self::Picked(heads) => heads[i] as usize,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }
}

/// Heads whose intensity and colour come from the same two signals.
#[derive(Clone, Debug, PartialEq)]
pub struct LightRun {
    pub heads: Heads,
    pub dimmer: Option<Feed>,
    /// Three channels, or four with tint strength.
    pub color: Option<Feed>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub heads: Heads,
    pub feed: Feed,
}

/// Everything a graph does to heads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    pub light: Vec<LightRun>,
    pub strobe: Vec<Run>,
    /// Degrees.
    pub pan: Vec<Run>,
    pub tilt: Vec<Run>,
    pub speed: Vec<Run>,
    pub beam: Vec<(BeamValue, Run)>,
    /// Every head that any sink drives, rising.
    pub touched: Vec<HeadIdx>,
}

/// A graph, compiled for one annotation.
#[derive(Clone, Default)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) consts: Vec<f32>,
    pub(super) n_arena: usize,
    pub(super) n_times: usize,
    pub outputs: Outputs,
    /// Numbers that one evaluation computes, by weight.
    pub(super) cost: u64,
    /// Memory of tables that were made when compiling.
    pub table_bytes: usize,
    /// They had less room than they wanted.
    pub tables_cut: bool,
    /// One node flashes at another instant in each lane, so that a window can be looked at as a whole: two of them might
    /// never be bright together.
    pub(super) one_peaks_by_lane: bool,
    /// Seconds between looks inside a frame's window, where the graph may flash faster than frames; 0 = none needed.
    pub look_secs: f64,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} steps, {} numbers)", self.steps.len(), self.n_arena)
    }
}

/// Room for evaluating plans; grows to the largest one and is then reused.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    numbers: Vec<f32>,
    times: Vec<f64>,
}

impl Arena {
    /// Makes room for `plan`; allocates only when it is the largest so far.
    pub fn fit(&mut self, plan: &Plan) {
        if self.numbers.len() < plan.n_arena {
            self.numbers.resize(plan.n_arena, 0.0);
        }
        if self.times.len() < plan.n_times.max(1) {
            self.times.resize(plan.n_times.max(1), 0.0);
        }
    }
}

impl Plan {
    /// Evaluates every step at `secs`; the result is read with [`Self::at`].
    pub fn eval(&self, secs: f64, arena: &mut Arena) {
        self.eval_window(secs, 0.0, arena);
    }

    /// The same, but each lane of a node that flashes is at its height where that lay within the last `window_secs`.
    pub fn eval_window(&self, secs: f64, window_secs: f64, arena: &mut Arena) {
        arena.fit(self);
        let window_secs = if self.one_peaks_by_lane { window_secs } else { 0.0 };
        run_steps(&self.steps, &self.consts, secs, window_secs, &mut arena.numbers, &mut arena.times);
    }

    /// The numbers of the last evaluation.
    pub fn at<'a>(&'a self, arena: &'a Arena) -> At<'a> {
        At { consts: &self.consts, arena: &arena.numbers, times: &arena.times, window_secs: 0.0 }
    }

    /// Whether the graph drives anything that can flash.
    pub fn lights(&self) -> bool {
        !(self.outputs.light.is_empty() && self.outputs.strobe.is_empty())
    }

    /// Adds the instants in `(from, to]` at which a flash of this graph peaks.  Evaluates at `to`.
    pub fn peaks(&self, from: f64, to: f64, arena: &mut Arena, found: &mut Peaks<'_>) {
        self.eval(to, arena);
        self.peaks_here(from, to, arena, found);
    }

    /// The same where `arena` already holds the evaluation at `to`.
    pub fn peaks_here(&self, from: f64, to: f64, arena: &Arena, found: &mut Peaks<'_>) {
        if self.look_secs > 0.0 {
            let looks = ((to - from) / self.look_secs).floor().min(MAX_PEAKS as f64) as usize;
            (1..=looks).for_each(|look| found.add(from + (to - from) * look as f64 / (looks + 1) as f64));
        }
        found.exact = found.may && self.one_peaks_by_lane;
        let at = self.at(arena);
        for step in &self.steps {
            if let Step::Eval { op, .. } = step {
                op.peaks(&at, &(from..to), found);
            }
        }
    }
}

pub(super) fn run_steps(steps: &[Step], consts: &[f32], secs: f64, window_secs: f64, numbers: &mut [f32], times: &mut [f64]) {
    times[NOW.at as usize] = secs;
    for step in steps {
        match step {
            Step::Eval { op, out, .. } => {
                let (before, rest) = numbers.split_at_mut(out.at as usize);
                let out = &mut rest[..out.len()];
                // While developing: what an op leaves unwritten would be another plan's number.
                if cfg!(debug_assertions) {
                    out.fill(f32::NAN);
                }
                op.eval(&At { consts, arena: before, times, window_secs }, out);
                debug_assert!(out.iter().all(|number| number.is_finite()), "an op left numbers out or made them up");
            }
            Step::Delay { parent, delay, out } => {
                let (before, rest) = times.split_at_mut(out.at as usize);
                let delays = At { consts, arena: numbers, times: before, window_secs }.read(*delay);
                let parents = &before[parent.at as usize..(parent.at + parent.n) as usize];
                for (lane, out) in rest[..out.n as usize].iter_mut().enumerate() {
                    *out = parents[lane % parents.len()] - f64::from(delays.get(lane, 0));
                }
            }
            Step::Look { parent, looks, ahead, out } => {
                let (before, rest) = times.split_at_mut(out.at as usize);
                let parents = &before[parent.at as usize..(parent.at + parent.n) as usize];
                for (out, &secs) in rest[..out.n as usize].iter_mut().zip(parents) {
                    *out = looks.secs((looks.place(secs).0 + ahead).min(looks.last()));
                }
            }
        }
    }
}
