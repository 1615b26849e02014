//! Looking at signals while compiling: over the annotation's whole range, or at one instant.
//!
//! Only the steps that a signal depends on are run.  All that one graph asks for is paid from one budget, so that compiling
//! takes a bounded time whatever the graph says.

use std::collections::HashSet;
use std::sync::Arc;

use super::build::{Builder, Building};
use super::looks::Looks;
use super::plan::{At, Plan, Step, run_steps};
use crate::engine::signal::{Lanes, NOW, Slot, TimeSlot};

/// How often baked nodes look at their input, per second.
const BAKE_HZ: f64 = 240.0;
/// Numbers that compiling one graph may compute, by the weight of what computes them: some tenths of a second.
pub(super) const MAX_WORK: u64 = 1 << 28;
/// Nodes that look ahead get half of what is left of the work each, and never less than this many looks.
const MIN_LOOKS: u64 = 2;
/// Looks at a range at most: a day at 240 a second.
const MAX_LOOKS: f64 = (1 << 24) as f64;

/// Steps that some signals depend on.
pub(super) struct Part {
    pub(super) steps: Vec<Step>,
    /// Numbers computed at each instant, by weight.
    pub(super) cost: u64,
}

pub(super) fn part(plan: &Plan, slots: &[Slot]) -> Part {
    let mut wanted: HashSet<u32> = slots.iter().filter(|slot| !slot.constant).map(|slot| slot.at).collect();
    let mut times: HashSet<u32> = HashSet::new();
    let mut steps = Vec::new();
    for step in plan.steps.iter().rev() {
        let needed = match step {
            Step::Eval { out, inputs, time, .. } => {
                let needed = wanted.contains(&out.at);
                if needed {
                    wanted.extend(inputs.iter().filter(|slot| !slot.constant).map(|slot| slot.at));
                    times.extend(time.map(|time| time.at));
                }
                needed
            }
            Step::Delay { parent, delay, out } => {
                let needed = times.contains(&out.at);
                if needed {
                    times.insert(parent.at);
                    wanted.extend((!delay.constant).then_some(delay.at));
                }
                needed
            }
            Step::Look { parent, out, .. } => {
                let needed = times.contains(&out.at);
                times.extend(needed.then_some(parent.at));
                needed
            }
        };
        if needed {
            steps.push(step.clone());
        }
    }
    steps.reverse();
    Part { cost: steps.iter().map(Step::cost).sum::<u64>().max(1), steps }
}

/// Numbers and instants of an evaluation while compiling.
#[derive(Default)]
pub(super) struct Room {
    numbers: Vec<f32>,
    times: Vec<f64>,
}

impl Room {
    pub(super) fn run<'a>(&'a mut self, plan: &'a Plan, steps: &[Step], secs: f64) -> At<'a> {
        self.numbers.resize(plan.n_arena.max(self.numbers.len()), 0.0);
        self.times.resize(plan.n_times.max(1).max(self.times.len()), 0.0);
        run_steps(steps, &plan.consts, secs, 0.0, &mut self.numbers, &mut self.times);
        At { consts: &plan.consts, arena: &self.numbers, times: &self.times, window_secs: 0.0 }
    }
}

impl Builder<'_> {
    /// Takes work from the budget; once it is used up the graph does not run.
    pub(super) fn spend(&mut self, work: u64) -> bool {
        if work <= self.work_left {
            self.work_left -= work;
            return true;
        }
        self.halt(None, "the graph is too much work on this venue: select fewer heads, use fewer nodes or a shorter annotation");
        false
    }
}

impl Building<'_, '_> {
    /// Whether the budget still holds that many computed numbers; they are taken from it.
    pub fn spend(&mut self, work: usize) -> bool {
        self.builder.spend(work as u64)
    }

    /// Shows the values of `slots` (in the frame's own time) over the annotation's range to `look`, from its start to its
    /// end.  `None` where there is no work left for it.
    pub fn bake(&mut self, slots: &[Slot], mut look: impl FnMut(Looks, u32, &[Lanes<'_>])) -> Option<Looks> {
        let (start, end) = (self.inputs().start, self.inputs().end);
        let part = part(&self.builder.plan, slots);
        let span = (end - start).max(0.0);
        let wanted = (span * BAKE_HZ).ceil().max(1.0);
        let affordable = (self.builder.work_left / 2 / part.cost).max(MIN_LOOKS);
        let n = wanted.min(affordable as f64).min(MAX_LOOKS) as u32;
        if !self.builder.spend(part.cost * u64::from(n)) {
            return None;
        }
        if f64::from(n) < wanted {
            let hz = f64::from(n) / span;
            self.warn(None, format!("the range is too long and wide to look at {BAKE_HZ} times a second; {hz:.1} are used"));
        }
        let looks = Looks::new(start, span, n);
        let Builder { plan, room, .. } = &mut *self.builder;
        for at in 0..=looks.last() {
            let seen = room.run(plan, &part.steps, looks.secs(at));
            let lanes: Vec<Lanes<'_>> = slots.iter().map(|&slot| seen.read(slot)).collect();
            look(looks, at, &lanes);
        }
        Some(looks)
    }

    /// The values of a signal at some instants; none where there is no work left for it.
    pub fn sample(&mut self, instants: &[f64], slot: Slot) -> Vec<Vec<f32>> {
        let part = part(&self.builder.plan, &[slot]);
        if !self.builder.spend(part.cost * instants.len() as u64) {
            return Vec::new();
        }
        let Builder { plan, room, .. } = &mut *self.builder;
        instants.iter().map(|&secs| room.run(plan, &part.steps, secs).read(slot).data.to_vec()).collect()
    }

    /// The contexts of the look at or before each lane's time, and of the one after it.
    pub fn looked_at(&mut self, looks: Looks) -> [TimeSlot; 2] {
        let parent = self.time();
        // A context of looks is at a look already: the one before it is itself.
        let known = self.builder.looked.iter().find(|(.., out)| *out == parent).filter(|(grid, ..)| *grid == looks);
        let (root, ahead) = known.map_or((parent, 0), |&(_, root, ahead, _)| (root, ahead));
        [ahead, ahead + 1].map(|ahead| self.look_context(looks, root, ahead))
    }

    fn look_context(&mut self, looks: Looks, parent: TimeSlot, ahead: u32) -> TimeSlot {
        let Builder { plan, looked, .. } = &mut *self.builder;
        if let Some((.., out)) = looked.iter().find(|known| (known.0, known.1, known.2) == (looks, parent, ahead)) {
            return *out;
        }
        let out = TimeSlot { at: plan.n_times as u32, n: parent.n };
        plan.n_times += out.n as usize;
        plan.steps.push(Step::Look { parent, looks, ahead, out });
        looked.push((looks, parent, ahead, out));
        out
    }

    /// Smallest and largest value of a signal during the annotation: all heads and channels.
    pub fn extent(&mut self, slot: Slot) -> (f32, f32) {
        if let Some(known) = self.builder.extents.get(&slot) {
            return *known;
        }
        let (mut low, mut high) = (f32::MAX, f32::MIN);
        self.bake(&[slot], |_, _, lanes| {
            for &value in lanes[0].data {
                low = low.min(value);
                high = high.max(value);
            }
        });
        let extent = if low <= high { (low, high) } else { (0.0, 0.0) };
        self.builder.extents.insert(slot, extent);
        extent
    }

    /// When a signal changed during the annotation, as it would be seen 240 times a second from its start.
    pub fn changes(&mut self, port: &str) -> Arc<[f64]> {
        let slot = self.signal_at(port, NOW).filter(|slot| !slot.constant);
        let Some(slot) = slot else { return Arc::from([]) };
        if let Some(known) = self.builder.changes.get(&slot) {
            return known.clone();
        }
        let (mut changed, mut last) = (Vec::new(), Vec::new());
        let looks = self.bake(&[slot], |_, at, lanes| {
            if last != lanes[0].data {
                if at > 0 {
                    changed.push(at);
                }
                last.clear();
                last.extend_from_slice(lanes[0].data);
            }
        });
        let room = self.table(changed.len(), size_of::<f64>());
        if room < changed.len() {
            self.warn(
                Some(port),
                format!("\"{port}\" changes too often to note every time; the last {} are left out", changed.len() - room),
            );
        }
        let instants: Vec<f64> = looks.map(|looks| changed[..room].iter().map(|&at| looks.secs(at)).collect()).unwrap_or_default();
        let changes: Arc<[f64]> = instants.into();
        self.builder.changes.insert(slot, changes.clone());
        changes
    }

    /// Bytes of tables that the plan may still hold.
    pub fn tables_left(&self) -> usize {
        self.builder.inputs.tables.saturating_sub(self.builder.plan.table_bytes)
    }

    /// Takes memory for a table of so many entries, and returns how many of them there is room for.
    pub fn table(&mut self, entries: usize, entry_bytes: usize) -> usize {
        let room = (self.tables_left() / entry_bytes).min(entries);
        let plan = &mut self.builder.plan;
        plan.table_bytes += room * entry_bytes;
        plan.tables_cut |= room < entries;
        room
    }
}
