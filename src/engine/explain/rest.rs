//! Where a head that no layer drives has its position or wheel colour from.

use serde::Serialize;
use uuid::Uuid;

use super::{feeds, touches};
use crate::engine::composite::program::{Layer, Program};
use crate::engine::frame::{Frame, has};
use crate::engine::graph::build::Target;
use crate::engine::graph::plan::{Arena, Plan};
use crate::engine::rig::HeadIdx;
use crate::engine::rig::kind::Drive;

/// Where a value that no layer sets comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Rest {
    /// Dark, open, unfrozen, white, at home.
    Default,
    /// What this annotation left when it ended.
    Held { annotation: Uuid },
    /// Where this annotation will begin.
    PrePositioned { annotation: Uuid },
    /// Where a cue or the programmer left it.
    Left,
}

/// Where a head that no layer drives has its position or wheel colour from: found again in the order in which the
/// compositor looks, ahead first where the head is idle.
pub(super) fn resting(program: &Program, frame: &Frame, target: Target, head: HeadIdx) -> Rest {
    let index = program.rig.heads[head as usize].index;
    let functions = &program.rig.fixtures[program.rig.heads[head as usize].fixture as usize].kind.functions;
    let has_wheel =
        || functions.iter().any(|function| function.heads.contains(&index) && matches!(function.drive, Drive::ColorWheel { .. }));
    // Mixed colours wait for nothing; a wheel has to turn.
    if !(matches!(target, Target::Pan | Target::Tilt) || target == Target::Color && has_wheel()) {
        return Rest::Default;
    }
    let (now, idle) = (frame.window.to, frame.set[head as usize] & has::DRIVEN == 0);
    let ahead = |layer: &&Layer| layer.start > now && touches(&layer.plan, head);
    let next = program.layers.iter().filter(ahead).map(|layer| layer.start).fold(f64::INFINITY, f64::min);
    if idle && next.is_finite() {
        let mut starting = program.layers.iter().rev().filter(|layer| layer.start == next);
        if let Some(layer) = starting.find(|layer| leaves(&layer.plan, target, head, next)) {
            return Rest::PrePositioned { annotation: layer.id };
        }
    }
    let ended = program.layers.iter().filter(|layer| layer.end <= now && leaves(&layer.plan, target, head, layer.end));
    // Of those that end together the upper one, which comes last.
    ended.max_by(|a, b| a.end.total_cmp(&b.end)).map_or(Rest::Default, |layer| Rest::Held { annotation: layer.id })
}

/// A plan says something of a position or colour at an instant.
fn leaves(plan: &Plan, target: Target, head: HeadIdx, secs: f64) -> bool {
    let mut arena = Arena::default();
    let Some((feed, at)) = feeds(plan, target, head).pop() else { return false };
    plan.eval(secs, &mut arena);
    let values = plan.at(&arena).read(feed.slot);
    let value = |channel| values.get(feed.lane(at), channel);
    if target == Target::Color { (0..3).any(|channel| value(channel) > 1e-4) } else { value(0).is_finite() }
}
