//! The channels in which a head ends up, with the bytes that were written there.

use serde::Serialize;

use crate::engine::DmxFrame;
use crate::engine::rig::kind::{Channel, Drive};
use crate::engine::rig::{HeadIdx, Rig};

/// A channel of the head's fixture that the head has a part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    pub what: String,
    pub universe: u16,
    /// `1..=512`.
    pub channel: u16,
    pub byte: u8,
    /// The low byte of a value of 16 bits, and its channel.
    pub fine: Option<(u16, u8)>,
    /// Other heads have a part in it as well.
    pub shared: bool,
}

/// The channels that a head has a part in, with their bytes.
pub fn written(rig: &Rig, head: HeadIdx, dmx: &DmxFrame) -> Vec<Written> {
    let index = rig.heads[head as usize].index;
    let fixture = &rig.fixtures[rig.heads[head as usize].fixture as usize];
    let Some(bytes) = dmx.universe(fixture.universe) else { return Vec::new() };
    let mut written = Vec::new();
    for function in fixture.kind.functions.iter().filter(|function| function.heads.contains(&index)) {
        for (what, Channel { coarse, fine }) in channels(&function.drive) {
            let place = |offset: u16| {
                let channel = fixture.address.max(1).checked_add(offset)?;
                Some((channel, *bytes.get(usize::from(channel) - 1)?))
            };
            if let Some((channel, byte)) = place(coarse) {
                let (universe, shared) = (fixture.universe, function.heads.len() > 1);
                written.push(Written { what, universe, channel, byte, fine: fine.and_then(place), shared });
            }
        }
    }
    written.sort_by_key(|written| written.channel);
    written
}

fn channels(drive: &Drive) -> Vec<(String, Channel)> {
    let one = |what: &str, channel: &Channel| vec![(what.to_owned(), *channel)];
    match drive {
        Drive::Dimmer { channel, .. } => one("dimmer", channel),
        Drive::Color { emitters, .. } => {
            emitters.iter().map(|(emitter, channel)| (format!("{emitter:?}").to_lowercase(), *channel)).collect()
        }
        Drive::ColorWheel { channel, .. } => one("colour wheel", channel),
        Drive::Temperature { channel, .. } => one("colour temperature", channel),
        Drive::Pan { channel, .. } => one("pan", channel),
        Drive::Tilt { channel, .. } => one("tilt", channel),
        Drive::Shutter { channel, .. } => one("shutter", channel),
        Drive::Strobe { channel, .. } => one("strobe", channel),
        Drive::Zoom { channel, .. } => one("zoom", channel),
        Drive::Focus { channel, .. } => one("focus", channel),
        Drive::Iris { channel, .. } => one("iris", channel),
        Drive::Frost { channel, .. } => one("frost", channel),
        Drive::Gobo { channel, .. } => one("gobo", channel),
        Drive::GoboRotation { channel, .. } => one("gobo rotation", channel),
        Drive::Prism { channel, .. } => one("prism", channel),
        Drive::Speed { channel, .. } => one("speed", channel),
    }
}
