//! What a layer asks of its lamps, and whether they can do it.
//!
//! White light asks for no colour, an open shutter for no strobe, an open gobo for no gobo: a lamp that lacks those loses nothing.

use super::Kind;
use crate::engine::composite::program::Layer;
use crate::engine::frame::BeamValue;
use crate::engine::graph::build::Target;
use crate::engine::graph::plan::{Arena, Feed, Heads};
use crate::engine::rig::Rig;
use crate::engine::signal::Lanes;

/// One thing that is asked for: of how many heads, and how many of them can.
pub(super) struct Asked {
    pub(super) kind: Kind,
    pub(super) heads: usize,
    pub(super) able: usize,
}

/// How much of a layer something is.
pub(super) fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::LostLight | Kind::LostMovement => 3.0,
        Kind::LostColor | Kind::LostStrobe => 2.0,
        _ => 1.0,
    }
}

/// In words that follow "can" and "cannot".
pub(super) fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::LostLight => "be dimmed",
        Kind::LostMovement => "move",
        Kind::LostColor => "change colour",
        Kind::LostStrobe => "strobe",
        Kind::LostGobo => "project gobos",
        Kind::LostZoom => "zoom",
        _ => "shape its beam (focus, iris, frost or prism)",
    }
}

const KINDS: [Kind; 7] =
    [Kind::LostLight, Kind::LostMovement, Kind::LostColor, Kind::LostStrobe, Kind::LostGobo, Kind::LostZoom, Kind::LostBeam];

fn kind(target: Target) -> Option<Kind> {
    Some(match target {
        Target::Dimmer => Kind::LostLight,
        Target::Color => Kind::LostColor,
        Target::Pan | Target::Tilt => Kind::LostMovement,
        Target::Strobe => Kind::LostStrobe,
        // A head that cannot be slowed down moves as it does.
        Target::Speed => return None,
        Target::Beam(BeamValue::Gobo | BeamValue::GoboRotation) => Kind::LostGobo,
        Target::Beam(BeamValue::Zoom) => Kind::LostZoom,
        Target::Beam(_) => Kind::LostBeam,
    })
}

/// Instants at which a layer is asked what it wants.
const LOOKS: usize = 16;

/// Everything that a layer asks for.
pub(super) fn asked(rig: &Rig, layer: &Layer) -> Vec<Asked> {
    let mut wants = vec![0_u8; rig.heads.len()];
    let mut able = vec![0_u8; rig.heads.len()];
    let mut arena = Arena::default();
    for look in 0..LOOKS {
        // Off the beat: many patterns are dark exactly there.
        let share = (look as f64 + 0.37) / LOOKS as f64;
        layer.plan.eval(layer.start + (layer.end - layer.start) * share, &mut arena);
        let at = layer.plan.at(&arena);
        let mut note = |target: Target, heads: &Heads, feed: &Feed| {
            let Some(bit) = kind(target).and_then(|kind| KINDS.iter().position(|known| *known == kind)) else { return };
            let values = at.read(feed.slot);
            for (i, head) in heads.iter().enumerate() {
                if wanted(target, &values, feed.lane(i)) {
                    wants[head] |= 1 << bit;
                    if rig.heads[head].caps.any(target.caps()) {
                        able[head] |= 1 << bit;
                    }
                }
            }
        };
        let outputs = &layer.plan.outputs;
        for run in &outputs.light {
            if let Some(feed) = run.dimmer.as_ref().or(run.color.as_ref()) {
                note(Target::Dimmer, &run.heads, feed);
            }
            if let Some(feed) = &run.color {
                note(Target::Color, &run.heads, feed);
            }
        }
        let runs = [(Target::Strobe, &outputs.strobe), (Target::Pan, &outputs.pan), (Target::Tilt, &outputs.tilt)];
        runs.into_iter().for_each(|(target, runs)| runs.iter().for_each(|run| note(target, &run.heads, &run.feed)));
        outputs.beam.iter().for_each(|(value, run)| note(Target::Beam(*value), &run.heads, &run.feed));
    }
    let count = |bits: &[u8], bit: usize| bits.iter().filter(|bits| *bits & (1 << bit) != 0).count();
    let asked = KINDS.iter().enumerate().map(|(bit, &kind)| Asked { kind, heads: count(&wants, bit), able: count(&able, bit) });
    asked.filter(|asked| asked.heads > 0).collect()
}

fn wanted(target: Target, values: &Lanes<'_>, lane: usize) -> bool {
    let value = values.get(lane, 0);
    match target {
        Target::Color => {
            let rgb = [0, 1, 2].map(|channel| values.get(lane, channel));
            let (low, high) = (rgb[0].min(rgb[1]).min(rgb[2]), rgb[0].max(rgb[1]).max(rgb[2]));
            let strength = if values.c == 4 { values.get(lane, 3) } else { 1.0 };
            strength > 0.05 && high > 0.01 && (high - low) / high > 0.15
        }
        // Also where it stays dark: that is what it is for.
        Target::Dimmer => true,
        Target::Strobe => value > 0.0,
        Target::Beam(BeamValue::Gobo | BeamValue::Prism) => value > 0.5,
        Target::Beam(BeamValue::GoboRotation | BeamValue::Iris | BeamValue::Frost) => value > 0.02,
        Target::Beam(BeamValue::Zoom | BeamValue::Focus) | Target::Pan | Target::Tilt | Target::Speed => value.is_finite(),
    }
}
