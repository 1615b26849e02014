//! placeholder
use super::universe::DmxFrame;
use crate::engine::{frame::Frame, rig::Rig};
/// What live cues and the programmer left on pan, tilt and wheels.
#[derive(Clone, Debug, Default)]
pub struct Held {}
/// Writes the frame's bytes into `dmx`, which is sized to the rig's universes at first use.
pub fn encode(_rig: &Rig, _frame: &Frame, _held: &mut Held, _dmx: &mut DmxFrame) {}
