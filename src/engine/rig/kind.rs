//! What one mode of a definition can do, in the only form the encoder needs: which channels, fed by which heads.
//!
//! Offsets are 0-based inside the footprint.  Angles are degrees.  A kind says nothing about where a fixture hangs.

use std::ops::Range;

use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::engine::units::Rgb;

/// One DMX value: a coarse byte, with a fine byte where the fixture has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Channel {
    pub coarse: u16,
    pub fine: Option<u16>,
}

/// A coloured light source inside a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Emitter {
    Red,
    Green,
    Blue,
    White,
    WarmWhite,
    ColdWhite,
    Amber,
    Lime,
    Indigo,
    Uv,
    /// Subtractive flags: full means the complement is filtered out.
    Cyan,
    Magenta,
    Yellow,
}

/// A position of a wheel: the byte that selects it.
#[derive(Clone, Debug, PartialEq)]
pub struct WheelSlot {
    pub byte: u8,
    /// One colour, or two for a split slot.
    pub color: Rgb,
    pub name: String,
}

/// What drives a channel.  A byte pair `(a, b)` is the value at level 0 and at level 1, in either order.
#[derive(Clone, Debug, PartialEq)]
pub enum Drive {
    /// Intensity.  Level 0 writes `off`; above it, `range` low to high.
    Dimmer {
        channel: Channel,
        off: u8,
        range: (u8, u8),
    },
    /// Additive or subtractive mixing.  `scaled`: no dimmer channel of these heads' own carries the level, so the colour
    /// does: all of it, or a head's share under a dimmer that several heads have in common.
    Color {
        emitters: Vec<(Emitter, Channel)>,
        scaled: bool,
    },
    ColorWheel {
        channel: Channel,
        slots: Vec<WheelSlot>,
    },
    /// From one colour temperature to another, for heads that cannot mix: kelvins at both ends of the range.
    Temperature {
        channel: Channel,
        range: (u8, u8),
        kelvin: (f32, f32),
    },
    /// Degrees at the channel's lowest and highest value; 0 degrees is home.
    Pan {
        channel: Channel,
        range_deg: (f32, f32),
    },
    Tilt {
        channel: Channel,
        range_deg: (f32, f32),
    },
    /// `strobe` runs from slowest to fastest; `hz` are the rates there, where known.
    Shutter {
        channel: Channel,
        open: u8,
        closed: Option<u8>,
        strobe: Option<(u8, u8)>,
        hz: Option<(f32, f32)>,
    },
    /// A strobe on the channel of a dimmer: while it runs, light is full.  Comes after the dimmer.
    Strobe {
        channel: Channel,
        range: (u8, u8),
        hz: Option<(f32, f32)>,
    },
    /// 0 = narrowest, 1 = widest.
    Zoom {
        channel: Channel,
        range: (u8, u8),
    },
    Focus {
        channel: Channel,
        range: (u8, u8),
    },
    /// 0 = open, 1 = closed.
    Iris {
        channel: Channel,
        range: (u8, u8),
    },
    Frost {
        channel: Channel,
        range: (u8, u8),
    },
    Gobo {
        channel: Channel,
        slots: Vec<WheelSlot>,
    },
    /// 0 = still, 1 = fastest.
    GoboRotation {
        channel: Channel,
        still: u8,
        range: (u8, u8),
    },
    Prism {
        channel: Channel,
        off: u8,
        on: u8,
    },
    /// Pan/tilt speed: the byte for fastest and the byte for slowest movement.
    Speed {
        channel: Channel,
        fast: u8,
        slow: u8,
    },
}

/// A drive and the heads (indices in the fixture) that feed it.  More than one: dimmer takes the highest, position
/// the average, everything else the first that sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub heads: Range<u16>,
    pub drive: Drive,
}

/// A stretch of a channel that is only there while the channel at offset `master` lies in `range`; elsewhere it would do
/// something else, and the channel rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    pub channel: Channel,
    /// Inclusive, like `range`.
    pub stretch: (u8, u8),
    pub master: u16,
    pub range: (u8, u8),
}

/// What the body looks like in the previz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    Dimmer,
    #[default]
    Par,
    MovingSpot,
    MovingWash,
    MovingBeam,
    Bar,
    Strobe,
    Blinder,
    Scanner,
    Hazer,
    Other,
}

/// A definition in one of its modes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FixtureKind {
    pub manufacturer: String,
    pub model: String,
    pub mode: String,
    pub body: Body,
    /// Width (X), depth (Y), height (Z) in metres.
    pub size_m: Vec3,
    /// Beam angle in degrees, full cone: narrowest and widest.
    pub lens_deg: (f32, f32),
    pub footprint: u16,
    /// The byte each channel rests at: never inside a reset, lamp or macro range.
    pub defaults: Vec<u8>,
    pub functions: Vec<Function>,
    pub conditions: Vec<Condition>,
    /// CIE xy of emitters, by the offset of their coarse byte, where the definition has measured them.
    pub emitter_xy: Vec<(u16, [f32; 2])>,
    /// Where each head's light leaves, from the fixture's origin, in metres.  At least one.
    pub head_offsets: Vec<Vec3>,
}
