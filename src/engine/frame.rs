//! The state of every head over one window of time.
//!
//! Columns, not rows: each value of all heads lies side by side, so that blending is a loop over slices.  Whether a
//! head has a value at all is a bit in [`Frame::set`]; the column's number means nothing where the bit is clear.

use super::composite::Scratch;
use super::rig::HeadIdx;
use super::units::{Rgb, Window};

/// Which values a head has.  Dimmer, strobe and speed always have one.
pub mod has {
    pub const COLOR: u16 = 1;
    pub const PAN: u16 = 1 << 1;
    pub const TILT: u16 = 1 << 2;
    pub const ZOOM: u16 = 1 << 3;
    pub const FOCUS: u16 = 1 << 4;
    pub const IRIS: u16 = 1 << 5;
    pub const FROST: u16 = 1 << 6;
    pub const GOBO: u16 = 1 << 7;
    pub const GOBO_ROTATION: u16 = 1 << 8;
    pub const PRISM: u16 = 1 << 9;
    /// Movement is frozen (speed 0).
    pub const FROZEN: u16 = 1 << 10;
    /// An annotation drives the head: it is not travelling dark to its next one.
    pub const DRIVEN: u16 = 1 << 11;
    /// A colour wheel rests at [`super::Frame::rest_color`] while the head is dark.
    pub const REST_COLOR: u16 = 1 << 12;
}

/// Where a head's position and wheel colour come from: what [`super::Held`] needs to know.
pub mod origin {
    /// A cue or the programmer drives the head, whatever of it.
    pub const LIVE: u8 = 1;
    pub const LIVE_PAN: u8 = 1 << 1;
    pub const LIVE_TILT: u8 = 1 << 2;
    pub const LIVE_COLOR: u8 = 1 << 3;
    /// Nothing sets it: it stays where the last annotation left it, or at home.
    pub const PAN_RESTS: u8 = 1 << 4;
    pub const TILT_RESTS: u8 = 1 << 5;
    pub const COLOR_RESTS: u8 = 1 << 6;
    /// A head with a colour wheel has light, before masters and limits take any away: darkness from there turns no wheel.
    pub const LIT: u8 = 1 << 7;
}

/// The optional beam columns, in the order of [`Frame::beam`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeamValue {
    Zoom,
    Focus,
    Iris,
    Frost,
    Gobo,
    GoboRotation,
    Prism,
}

impl BeamValue {
    pub const ALL: [Self; 7] = [Self::Zoom, Self::Focus, Self::Iris, Self::Frost, Self::Gobo, Self::GoboRotation, Self::Prism];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Zoom => "zoom",
            Self::Focus => "focus",
            Self::Iris => "iris",
            Self::Frost => "frost",
            Self::Gobo => "gobo",
            Self::GoboRotation => "gobo_rotation",
            Self::Prism => "prism",
        }
    }

    /// Its bit in [`Frame::set`].
    pub const fn bit(self) -> u16 {
        has::ZOOM << (self as u16)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub window: Window,
    /// True intensity, `0.0..=1.0`; a flash inside the window counts even when it is over by its end.
    pub dimmer: Vec<f32>,
    /// Hue, with the largest channel at 1 unless blending lowered it; linear.
    pub color: [Vec<f32>; 3],
    /// What a colour wheel shows in the dark: what the last annotation left, or what the next one asks for.
    pub rest_color: [Vec<f32>; 3],
    /// 0 = open, above: slow to fast.
    pub strobe: Vec<f32>,
    /// Degrees from home.
    pub pan: Vec<f32>,
    pub tilt: Vec<f32>,
    pub beam: [Vec<f32>; 7],
    /// Bits of [`has`].
    pub set: Vec<u16>,
    /// Bits of [`origin`].
    pub origin: Vec<u8>,
    /// Which beam columns hold anything but zeros.
    pub(super) beam_used: [bool; 7],
    pub(super) scratch: Scratch,
}

/// One head's row of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadState {
    pub dimmer: f32,
    pub color: Option<Rgb>,
    pub strobe: f32,
    pub pan_deg: Option<f32>,
    pub tilt_deg: Option<f32>,
    pub frozen: bool,
    beam: [Option<f32>; 7],
}

impl HeadState {
    pub fn beam(&self, value: BeamValue) -> Option<f32> {
        self.beam[value as usize]
    }
}

impl Frame {
    pub fn n_heads(&self) -> usize {
        self.dimmer.len()
    }

    pub fn head(&self, head: HeadIdx) -> HeadState {
        let at = head as usize;
        let set = self.set[at];
        let when = |bit: u16, value: f32| (set & bit != 0).then_some(value);
        HeadState {
            dimmer: self.dimmer[at],
            color: (set & has::COLOR != 0).then(|| Rgb([self.color[0][at], self.color[1][at], self.color[2][at]])),
            strobe: self.strobe[at],
            pan_deg: when(has::PAN, self.pan[at]),
            tilt_deg: when(has::TILT, self.tilt[at]),
            frozen: set & has::FROZEN != 0,
            beam: BeamValue::ALL.map(|value| when(value.bit(), self.beam[value as usize][at])),
        }
    }

    /// Copies position, beam and resting values from another frame of the same size; light stays dark.
    pub(super) fn take_rest_of(&mut self, other: &Self) {
        let from = [&other.pan, &other.tilt].into_iter().chain(&other.beam).chain(&other.rest_color);
        let to = [&mut self.pan, &mut self.tilt].into_iter().chain(&mut self.beam).chain(&mut self.rest_color);
        to.zip(from).for_each(|(to, from)| to.copy_from_slice(from));
        self.beam_used = other.beam_used;
        self.set.iter_mut().zip(&other.set).for_each(|(to, from)| *to = from & !has::COLOR);
        self.origin.iter_mut().zip(&other.origin).for_each(|(to, from)| *to = *from);
    }

    /// Everything dark, nothing set, for `n_heads` heads.  Allocates only when the rig has grown.
    pub fn reset(&mut self, n_heads: usize, window: Window) {
        self.fit(n_heads, window);
        let Self { dimmer, color, rest_color, strobe, pan, tilt, beam, set, .. } = self;
        for column in [dimmer, strobe, pan, tilt].into_iter().chain(color).chain(rest_color).chain(beam) {
            column.fill(0.0);
        }
        set.fill(0);
        self.origin.fill(0);
        self.scratch.forget();
    }

    /// Room for `n_heads` heads.  What every frame writes anew is left as it is; columns that few frames touch are cleared.
    pub(super) fn fit(&mut self, n_heads: usize, window: Window) {
        self.window = window;
        let Self { dimmer, color, rest_color, strobe, pan, tilt, beam, set, .. } = self;
        for column in [dimmer, strobe, pan, tilt].into_iter().chain(color).chain(rest_color) {
            column.resize(n_heads, 0.0);
        }
        set.resize(n_heads, 0);
        self.origin.resize(n_heads, 0);
        for (column, used) in beam.iter_mut().zip(&mut self.beam_used) {
            if std::mem::take(used) || column.len() != n_heads {
                column.clear();
                column.resize(n_heads, 0.0);
            }
        }
    }
}
