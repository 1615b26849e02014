//! The bytes of one fixture in one state: what `luma fixtures map` answers, through the same patch and the same encoder that a
//! show goes through.
//!
//! Colour goes to red, green and blue (or cyan, magenta and yellow) as it was asked for; white, amber, lime, indigo and UV
//! beside them stay dark, unless `matched` asks for the brightest match of all together that a show makes.

use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use crate::engine::dmx::mixer::Mixing;
use crate::engine::frame::has;
use crate::engine::rig::kind::FixtureKind;
use crate::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use crate::engine::{DmxFrame, Frame, Held, Window, encode};

/// One state for all heads.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct State {
    /// `0.0..=1.0`, linear.
    #[serde(default = "full")]
    pub dimmer: f32,
    #[serde(default)]
    pub color: Option<[f32; 3]>,
    /// 0 = steady, above: slow to fast.
    #[serde(default)]
    pub strobe: f32,
    /// Degrees from the middle of the range.
    #[serde(default)]
    pub pan: Option<f32>,
    #[serde(default)]
    pub tilt: Option<f32>,
}

fn full() -> f32 {
    1.0
}

/// A kind at address 1 of a universe of its own, ready to be asked for states.
#[derive(Debug)]
pub struct Mapper {
    rig: Rig,
    frame: Frame,
    dmx: DmxFrame,
    footprint: usize,
}

impl Mapper {
    pub fn new(kind: Arc<FixtureKind>, matched: bool) -> Self {
        let mixing = if matched { Mixing::Matched } else { Mixing::Plain };
        let footprint = usize::from(kind.footprint);
        let fixture = RigFixture {
            id: Uuid::from_u128(1),
            label: String::new(),
            kind,
            universe: 1,
            address: 1,
            pose: Pose::default(),
            options: PatchOptions { mixing, ..PatchOptions::default() },
            first_head: 0,
        };
        let rig = Rig::new(vec![fixture], Vec::new());
        Self { rig, frame: Frame::default(), dmx: DmxFrame::default(), footprint }
    }

    pub fn bytes(&mut self, state: &State) -> &[u8] {
        self.frame.reset(self.rig.heads.len(), Window::default());
        for head in 0..self.rig.heads.len() {
            self.frame.dimmer[head] = state.dimmer.clamp(0.0, 1.0);
            self.frame.strobe[head] = state.strobe.clamp(0.0, 1.0);
            if let Some(color) = state.color {
                self.frame.set[head] |= has::COLOR;
                (0..3).for_each(|channel| self.frame.color[channel][head] = color[channel].clamp(0.0, 1.0));
            }
            for (bit, column, degrees) in [(has::PAN, &mut self.frame.pan, state.pan), (has::TILT, &mut self.frame.tilt, state.tilt)] {
                if let Some(degrees) = degrees {
                    self.frame.set[head] |= bit;
                    column[head] = degrees;
                }
            }
        }
        // Every state is answered for itself: nothing is left over from the last one.
        encode(&self.rig, &self.frame, &mut Held::default(), &mut self.dmx);
        self.dmx.universe(1).and_then(|bytes| bytes.get(..self.footprint)).unwrap_or_default()
    }
}
