//! Stretches of channels that are there only while another channel lies in a range, as offsets of a mode.

use super::slots::Place;
use crate::engine::rig::kind::Condition;
use crate::venue::formats::definition::{Mode, Only};

/// One condition for every such range of the mode whose master has a place in it.
pub(super) fn conditions(mode: &Mode, places: &[Place]) -> Vec<Condition> {
    let mut found = Vec::new();
    for place in places {
        for range in &place.channel.ranges {
            let Some(only) = &range.only else { continue };
            let Some(master) = master(places, place, only) else { continue };
            if usize::from(master) < mode.slots.len() {
                found.push(Condition { channel: place.address(), stretch: (range.min, range.max), master, range: (only.min, only.max) });
            }
        }
    }
    found
}

/// The place that a condition names: of the same heads where there are several of that name, else the first.
fn master(places: &[Place], of: &Place, only: &Only) -> Option<u16> {
    let called = |place: &&Place| {
        let value = place.channel.value.as_deref();
        value.is_some_and(|value| {
            only.master.strip_prefix(value.geometry.as_str()).and_then(|rest| rest.strip_prefix('_')) == Some(value.attribute.as_str())
        })
    };
    let mut named = places.iter().filter(called).filter(|place| place.offset != of.offset);
    let first = named.clone().next();
    named.find(|place| place.heads == of.heads).or(first).map(|place| place.offset)
}
