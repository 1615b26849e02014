//! What performers hold right now.  Plain data: it is handed to the output thread as a whole, newest wins.
//!
//! In the order in which it acts: cues, programmer, group masters, grand master, strobe kill, strobe cap, highest dimmer,
//! freeze, blackout.

use std::sync::Arc;

use uuid::Uuid;

use super::DmxFrame;
use super::rig::HeadIdx;
use super::tempo::BeatGrid;
use super::units::{Rgb, Window};

/// Everything above the score that is not in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Cues that run, in any order: a cue's z-index says where it lies.  No more than [`MAX_CUES`] are shown.
    pub cues: Vec<Fired>,
    /// Manual values, one entry a head, by rising head.
    pub programmer: Vec<(HeadIdx, Manual)>,
    /// Index in [`super::Rig::groups`] and level: a head in several groups is scaled by each.
    pub group_masters: Vec<(u32, f32)>,
    /// `0.0..=1.0`, scales every dimmer.
    pub grand_master: f32,
    /// No head strobes.
    pub strobe_kill: bool,
    /// No head strobes faster than this.
    pub strobe_cap_hz: Option<f32>,
    /// No dimmer goes above this.
    pub max_dimmer: f32,
    /// The look that is held instead of what would be shown.
    pub freeze: Option<Arc<Frozen>>,
    /// Intensity to zero, nothing else; wins over everything.
    pub blackout: bool,
    /// Channels held at a byte whatever the show makes of them, to try out a lamp: universe, channel from 1, byte.  Let go of in a
    /// blackout, as nothing says which of them are light.
    pub raw: Vec<(u16, u16, u8)>,
}

/// Cues that run at once, at most; what comes later in [`Live::cues`] is left out.
pub const MAX_CUES: usize = 64;

/// A cue that runs.  It is released by taking it out of [`Live::cues`]; a fade is a level on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fired {
    /// A cue of the show; one that it lacks shows nothing.
    pub cue: Uuid,
    /// The bar it was fired in, counted from the grid's first downbeat: its loop begins there.
    pub bar: i64,
    /// `0.0..=1.0`: how far its light has faded in over what lies below.  Position and beam follow it at any level above 0.
    pub level: f32,
}

impl Fired {
    /// A cue fired at an instant of a track, at full.
    pub fn at(cue: Uuid, grid: &BeatGrid, secs: f64) -> Self {
        // As people count bars: an instant on a downbeat belongs to the bar that begins there.
        Self { cue, bar: grid.bar_beat_at(secs).bar - 1, level: 1.0 }
    }
}

/// A look to hold: the window it was seen in and what was held then.
#[derive(Clone, Debug, PartialEq)]
pub struct Frozen {
    pub window: Window,
    pub live: Live,
}

/// What the programmer says of one head; `None` leaves it to the score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Manual {
    pub dimmer: Option<f32>,
    pub color: Option<Rgb>,
    pub strobe: Option<f32>,
    /// Degrees from home.
    pub pan_deg: Option<f32>,
    pub tilt_deg: Option<f32>,
    /// In the order of [`super::frame::BeamValue::ALL`].
    pub beam: [Option<f32>; 7],
}

impl Default for Live {
    fn default() -> Self {
        Self {
            cues: Vec::new(),
            programmer: Vec::new(),
            group_masters: Vec::new(),
            grand_master: 1.0,
            strobe_kill: false,
            strobe_cap_hz: None,
            max_dimmer: 1.0,
            freeze: None,
            blackout: false,
            raw: Vec::new(),
        }
    }
}

impl Live {
    /// Puts what is held byte by byte into a frame that was encoded.
    pub fn hold_raw(&self, dmx: &mut DmxFrame) {
        if !self.blackout {
            self.raw.iter().for_each(|&(universe, channel, byte)| dmx.hold(universe, channel, byte));
        }
    }

    /// The same, holding the look of `window` from now on.  Freezing what is frozen changes nothing.
    pub fn frozen_at(&self, window: Window) -> Self {
        let freeze = self.freeze.clone().unwrap_or_else(|| Arc::new(Frozen { window, live: self.clone() }));
        Self { freeze: Some(freeze), ..self.clone() }
    }
}
