//! What stands above score and cues, in the order of [`Live`]: programmer, masters, limits, blackout.

use super::program::Program;
use crate::engine::frame::{BeamValue, Frame, has, origin};
use crate::engine::live::{Live, Manual};
use crate::engine::units::unit;

/// Applies everything but freeze and blackout, which stand outside a frame's own values.
pub(super) fn apply(program: &Program, live: &Live, frame: &mut Frame) {
    let rig = &program.rig;
    if frame.n_heads() != rig.heads.len() {
        return;
    }
    for (head, manual) in &live.programmer {
        if (*head as usize) < frame.n_heads() {
            set(frame, *head as usize, manual);
        }
    }
    for &head in &rig.patch.wheels {
        let lit = if frame.dimmer[head as usize] > 0.0 { origin::LIT } else { 0 };
        frame.origin[head as usize] = frame.origin[head as usize] & !origin::LIT | lit;
    }
    for &(group, level) in &live.group_masters {
        let Some(group) = rig.groups.get(group as usize) else { continue };
        group.members.iter().for_each(|&head| frame.dimmer[head as usize] *= unit(level));
    }
    let master = unit(live.grand_master);
    if master < 1.0 {
        frame.dimmer.iter_mut().for_each(|dimmer| *dimmer *= master);
    }
    if live.strobe_kill {
        frame.strobe.fill(0.0);
    } else if let Some(cap_hz) = slower(live.strobe_cap_hz, program.guard_hz()) {
        for (strobe, head) in frame.strobe.iter_mut().zip(&rig.heads) {
            *strobe = strobe.min(fastest(head.strobe_hz, cap_hz));
        }
    }
    let highest = unit(live.max_dimmer);
    if highest < 1.0 {
        frame.dimmer.iter_mut().for_each(|dimmer| *dimmer = dimmer.min(highest));
    }
}

fn slower(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    a.into_iter().chain(b).reduce(f32::min)
}

/// Intensity to zero; nothing moves, nothing else changes.
pub(super) fn black_out(frame: &mut Frame) {
    frame.dimmer.fill(0.0);
}

/// The strobe level at which a head reaches a rate; 0, steady light, where even its slowest is faster.
fn fastest((slow_hz, fast_hz): (f32, f32), cap_hz: f32) -> f32 {
    if cap_hz >= fast_hz {
        1.0
    } else if cap_hz < slow_hz || fast_hz <= slow_hz {
        0.0
    } else {
        // Level 0 would be steady light, the slowest rate begins just above it.
        ((cap_hz - slow_hz) / (fast_hz - slow_hz)).max(f32::MIN_POSITIVE)
    }
}

fn set(frame: &mut Frame, head: usize, manual: &Manual) {
    if *manual != Manual::default() {
        frame.origin[head] |= origin::LIVE;
    }
    if let Some(dimmer) = manual.dimmer {
        frame.dimmer[head] = unit(dimmer);
    }
    if let Some(color) = manual.color {
        (0..3).for_each(|channel| frame.color[channel][head] = unit(color.0[channel]));
        frame.set[head] |= has::COLOR;
        frame.origin[head] |= origin::LIVE_COLOR;
    }
    if let Some(strobe) = manual.strobe {
        frame.strobe[head] = unit(strobe);
    }
    if let Some(pan) = manual.pan_deg.filter(|pan| pan.is_finite()) {
        frame.pan[head] = pan;
        frame.set[head] |= has::PAN;
        frame.origin[head] = frame.origin[head] & !origin::PAN_RESTS | origin::LIVE_PAN;
    }
    if let Some(tilt) = manual.tilt_deg.filter(|tilt| tilt.is_finite()) {
        frame.tilt[head] = tilt;
        frame.set[head] |= has::TILT;
        frame.origin[head] = frame.origin[head] & !origin::TILT_RESTS | origin::LIVE_TILT;
    }
    for value in BeamValue::ALL {
        if let Some(level) = manual.beam[value as usize].filter(|level| level.is_finite()) {
            frame.beam[value as usize][head] = level.max(0.0);
            frame.beam_used[value as usize] = true;
            frame.set[head] |= value.bit();
        }
    }
}
