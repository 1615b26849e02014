//! What takes time in a lamp: heads that travel, gobos that turn, shutters that flash, filaments that glow on.
//!
//! The frame says what every lamp is told; this says what it does by now.  Time is the picture's: at a window it runs with the
//! clock, for pictures and films with the show, so that the same instants give the same pictures.

use std::sync::Arc;

use bevy::prelude::*;

use super::gobos;
use super::optics::Shutter;
use crate::engine::frame::{BeamValue, HeadState};
use crate::engine::rig::kind::{Body, Drive, FixtureKind};
use crate::engine::rig::{Head, HeadIdx};
use crate::engine::{Frame, Rig};

/// What one head does at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    pub pan_deg: f32,
    pub tilt_deg: f32,
    /// Degrees a second.
    pan_speed: f32,
    tilt_speed: f32,
    /// Turns of the gobo, `0.0..1.0`.
    pub gobo_turns: f32,
    /// Layer of the gobo's picture; 0 = open.
    pub gobo: u8,
    /// Flashes since it began.
    flashes: f64,
    /// Brightness, shutter included, `0.0..=1.0`.
    pub level: f32,
    /// What a filament is at, before the shutter.
    heat: f32,
}

/// What all heads do.  Belongs to one rig at a time.
#[derive(Resource, Default)]
pub struct Motion {
    heads: Vec<Seen>,
    makes: Vec<Arc<Make>>,
    of: Option<Arc<Rig>>,
    at_secs: Option<f64>,
    /// Heads are where they are told to be, at once.
    pub instant: bool,
}

/// What does not change about a head.
#[derive(Debug)]
struct Make {
    wheel: Vec<u8>,
    /// Degrees a second of pan and tilt, at most.
    speed: (f32, f32),
    /// Slowest and fastest, flashes a second.
    strobe_hz: (f32, f32),
    /// Light follows a filament, which takes its time.
    glows_on: bool,
}

/// A longer pause than this is a jump: nothing is made up for.
const LONGEST_STEP_SECS: f64 = 0.3;
/// Steps in which heads are moved.
const STEP_SECS: f32 = 0.005;
/// A head reaches its speed in this time, and stops in half of it.
const PICK_UP_SECS: f32 = 0.14;
/// Share of a flash's cycle that is light.
const DUTY: f64 = 0.35;
/// Gobos turn no faster, in turns a second.
const FASTEST_TURN: f32 = 1.5;
/// A filament heats and cools; about what a 1 kW halogen lamp takes to half.
const HEAT_SECS: f32 = 0.05;
const COOL_SECS: f32 = 0.11;

impl Motion {
    pub fn seen(&self, head: HeadIdx) -> Seen {
        self.heads.get(head as usize).copied().unwrap_or_default()
    }

    /// Everything as the frame says it, without a past.
    pub fn at_once(rig: &Arc<Rig>, frame: &Frame, shutter: Shutter) -> Self {
        let mut motion = Self::default();
        motion.advance(rig, frame, shutter);
        motion
    }

    /// The next picture is the first one.
    pub fn forget(&mut self) {
        self.at_secs = None;
    }

    /// Where time stood when the last picture was taken.
    pub fn at_secs(&self) -> Option<f64> {
        self.at_secs
    }

    /// Goes on to `shutter.at_secs`.  A frame of another rig changes nothing.
    pub fn advance(&mut self, rig: &Arc<Rig>, frame: &Frame, shutter: Shutter) {
        if frame.n_heads() != rig.heads.len() {
            return;
        }
        if !self.of.as_ref().is_some_and(|known| Arc::ptr_eq(known, rig)) {
            self.fit(rig);
        }
        let passed = self.at_secs.map(|before| shutter.at_secs - before).filter(|secs| *secs > 0.0 && *secs <= LONGEST_STEP_SECS);
        self.at_secs = Some(shutter.at_secs);
        for (at, (seen, make)) in self.heads.iter_mut().zip(&self.makes).enumerate() {
            let state = frame.head(at as HeadIdx);
            seen.gobo = make.gobo(&state);
            match passed {
                Some(secs) => seen.go_on(make, &state, secs, self.instant),
                None => seen.begin(make, &state, shutter),
            }
        }
    }

    fn fit(&mut self, rig: &Arc<Rig>) {
        let same_heads = self.of.as_ref().is_some_and(|known| known.heads_key == rig.heads_key && known.heads.len() == rig.heads.len());
        if !same_heads {
            self.heads = vec![Seen::default(); rig.heads.len()];
            self.at_secs = None;
        }
        let mut made: Vec<(*const FixtureKind, u16, Arc<Make>)> = Vec::new();
        self.makes = rig
            .heads
            .iter()
            .map(|head| {
                let kind = &rig.fixtures[head.fixture as usize].kind;
                let key = Arc::as_ptr(kind);
                if let Some((.., make)) = made.iter().rev().take(64).find(|(known, index, _)| *known == key && *index == head.index) {
                    return make.clone();
                }
                let make = Arc::new(Make::of(kind, head));
                made.push((key, head.index, make.clone()));
                make
            })
            .collect();
        self.of = Some(rig.clone());
    }
}

impl Make {
    fn of(kind: &FixtureKind, head: &Head) -> Self {
        // Definitions hold no speeds; these are what the makers of such bodies tell.
        let speed = match kind.body {
            Body::MovingBeam => (310.0, 260.0),
            Body::MovingWash => (270.0, 220.0),
            Body::MovingSpot => (240.0, 200.0),
            Body::Scanner => (600.0, 600.0),
            _ => (200.0, 200.0),
        };
        let colors = kind.functions.iter().any(|function| {
            function.heads.contains(&head.index) && matches!(function.drive, Drive::Color { .. } | Drive::ColorWheel { .. })
        });
        let glows_on = matches!(kind.body, Body::Dimmer | Body::Blinder) && !colors;
        Self { wheel: gobos::wheel(kind, head.index), speed, strobe_hz: head.strobe_hz, glows_on }
    }

    fn gobo(&self, state: &HeadState) -> u8 {
        let number = state.beam(BeamValue::Gobo).map_or(0, |number| number.max(0.0).round() as usize);
        // As the encoder does: what the wheel lacks is its last slot.
        self.wheel.get(number.min(self.wheel.len().saturating_sub(1))).copied().unwrap_or(0)
    }

    fn flashes_per_sec(&self, state: &HeadState) -> Option<f64> {
        let (slow, fast) = self.strobe_hz;
        (state.strobe > 0.0).then(|| f64::from((slow + (fast - slow) * state.strobe.min(1.0)).clamp(0.1, 30.0)))
    }
}

impl Seen {
    fn begin(&mut self, make: &Make, state: &HeadState, shutter: Shutter) {
        (self.pan_deg, self.tilt_deg) = (state.pan_deg.unwrap_or(0.0), state.tilt_deg.unwrap_or(0.0));
        (self.pan_speed, self.tilt_speed) = (0.0, 0.0);
        let turn = f64::from(state.beam(BeamValue::GoboRotation).unwrap_or(0.0) * FASTEST_TURN);
        self.gobo_turns = (turn * shutter.at_secs).rem_euclid(1.0) as f32;
        self.heat = state.dimmer;
        let open = make.flashes_per_sec(state).map_or(1.0, |hz| {
            let from = (shutter.at_secs - shutter.exposure_secs) * hz;
            self.flashes = shutter.at_secs * hz;
            open_share(from, self.flashes)
        });
        self.level = state.dimmer.clamp(0.0, 1.0) * open;
    }

    fn go_on(&mut self, make: &Make, state: &HeadState, secs: f64, instant: bool) {
        let dt = secs as f32;
        let wanted = (state.pan_deg.unwrap_or(0.0), state.tilt_deg.unwrap_or(0.0));
        if instant {
            (self.pan_deg, self.tilt_deg, self.pan_speed, self.tilt_speed) = (wanted.0, wanted.1, 0.0, 0.0);
        } else {
            let n_steps = (dt / STEP_SECS).ceil().max(1.0);
            for _ in 0..n_steps as u32 {
                chase(&mut self.pan_deg, &mut self.pan_speed, wanted.0, make.speed.0, dt / n_steps);
                chase(&mut self.tilt_deg, &mut self.tilt_speed, wanted.1, make.speed.1, dt / n_steps);
            }
        }
        let turn = state.beam(BeamValue::GoboRotation).unwrap_or(0.0) * FASTEST_TURN;
        self.gobo_turns = (self.gobo_turns + turn * dt).rem_euclid(1.0);
        let dimmer = state.dimmer.clamp(0.0, 1.0);
        if make.glows_on {
            let slow = if dimmer > self.heat { HEAT_SECS } else { COOL_SECS };
            self.heat += (dimmer - self.heat) * (1.0 - (-dt / slow).exp());
        } else {
            self.heat = dimmer;
        }
        let open = make.flashes_per_sec(state).map_or(1.0, |hz| {
            // Flashes faster than pictures would show as a steady glow, or as nothing: they are seen at half the pictures' rate.
            let (hz, from) = (hz.min(0.5 / secs), self.flashes);
            self.flashes += hz * secs;
            open_share(from, self.flashes)
        });
        self.level = self.heat * open;
    }
}

/// How much of a stretch of a strobe's cycles was light, `0.0..=1.0`: an integral, not a sample, so that pictures at any rate
/// show the right mean.
fn open_share(from: f64, to: f64) -> f32 {
    let opened_by = |cycles: f64| cycles.floor() * DUTY + (cycles - cycles.floor()).min(DUTY);
    if to - from < 1e-9 {
        return if to - to.floor() < DUTY { 1.0 } else { 0.0 };
    }
    ((opened_by(to) - opened_by(from)) / (to - from)).clamp(0.0, 1.0) as f32
}

/// One step of an axis towards where it shall be, within what its motor can do.
fn chase(at: &mut f32, speed: &mut f32, to: f32, fastest: f32, dt: f32) {
    let pick_up = fastest / PICK_UP_SECS;
    let left = to - *at;
    // No faster than it can still brake, at twice the pick-up, nor past the place in this step.
    let wanted = left.signum() * fastest.min((4.0 * pick_up * left.abs()).sqrt() * 0.9).min(left.abs() / dt.max(1e-6));
    let brakes = wanted.abs() < speed.abs() || wanted * *speed < 0.0;
    let most = pick_up * dt * if brakes { 3.0 } else { 1.0 };
    *speed += (wanted - *speed).clamp(-most, most);
    *at += *speed * dt;
    if (to - *at).abs() < 0.01 && speed.abs() < pick_up * dt * 2.0 {
        (*at, *speed) = (to, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(from: f32, to: f32, fastest: f32, secs: f32) -> Vec<f32> {
        let (mut at, mut speed) = (from, 0.0);
        let n_steps = (secs / STEP_SECS) as usize;
        (0..n_steps)
            .map(|_| {
                chase(&mut at, &mut speed, to, fastest, STEP_SECS);
                at
            })
            .collect()
    }

    #[test]
    fn a_head_takes_its_time_arrives_and_does_not_swing_past() {
        for (to, fastest) in [(180.0, 240.0), (-90.0, 300.0), (3.0, 240.0)] {
            let path = travel(0.0, to, fastest, 3.0);
            let arrived = path.iter().position(|at| (at - to).abs() < 0.5).unwrap() as f32 * STEP_SECS;
            let least = to.abs() / fastest;
            assert!((least..least + 0.4).contains(&arrived), "{to}: {arrived} s, at least {least}");
            assert_eq!(path.last(), Some(&to));
            assert!(path.iter().all(|at| at.abs() <= to.abs() + 0.6), "{to} swings past");
            assert!(path.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= fastest * STEP_SECS * 1.01));
        }
    }

    #[test]
    fn a_slow_strobe_flashes_and_a_long_exposure_sees_its_mean() {
        assert_eq!(open_share(20.18, 20.2), 1.0, "inside a flash");
        assert_eq!(open_share(20.78, 20.8), 0.0, "between flashes");
        assert!((open_share(10.0, 20.0) - 0.35).abs() < 1e-3, "over ten flashes");
    }

    #[test]
    fn a_fast_strobe_is_seen_as_a_strobe_at_any_rate_of_pictures() {
        let make = Make { wheel: Vec::new(), speed: (1.0, 1.0), strobe_hz: (1.0, 25.0), glows_on: false };
        let mut frame = Frame::default();
        frame.reset(1, crate::engine::Window::default());
        (frame.dimmer[0], frame.strobe[0]) = (1.0, 1.0);
        for fps in [10.0, 24.0, 60.0] {
            let mut seen = Seen::default();
            let levels: Vec<f32> = (0..240)
                .map(|_| {
                    seen.go_on(&make, &frame.head(0), 1.0 / fps, true);
                    seen.level
                })
                .collect();
            let mean = levels.iter().sum::<f32>() / levels.len() as f32;
            assert!((mean - DUTY as f32).abs() < 0.04, "{fps} pictures a second: mean {mean}");
            let (low, high) = levels.iter().fold((1.0_f32, 0.0_f32), |(low, high), &level| (low.min(level), high.max(level)));
            assert!(low < 0.05 && high > 0.6, "{fps} pictures a second: {low} to {high}");
        }
    }

    #[test]
    fn a_filament_glows_on_and_goes_out_without_a_step() {
        let make = Make { wheel: Vec::new(), speed: (1.0, 1.0), strobe_hz: (1.0, 25.0), glows_on: true };
        let mut frame = Frame::default();
        frame.reset(1, crate::engine::Window::default());
        let mut seen = Seen { heat: 1.0, level: 1.0, ..Seen::default() };
        let tail: Vec<f32> = (0..60)
            .map(|_| {
                seen.go_on(&make, &frame.head(0), 1.0 / 60.0, false);
                seen.level
            })
            .collect();
        assert!(tail[2] > 0.5 && tail[59] < 0.002, "{tail:?}");
        assert!(tail.windows(2).all(|pair| pair[1] < pair[0] && pair[0] - pair[1] < 0.16));
    }
}
