//! Any bytes as a fixture of the Open Fixture Library: read or refused, every mode lowered and driven with all sorts of light.
//!
//! The same rules as for QXF hold: nothing panics, no byte leaves the footprint, nothing resets by accident.  A low byte
//! belongs to a channel that is there.

use luma::venue::formats::ofl;

use crate::qxf::drive;

pub(crate) fn run(data: &[u8]) {
    let _names = ofl::makers(data);
    let definition = match ofl::read("maker/device.json", data) {
        Ok(definition) => definition,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert!(!definition.manufacturer.is_empty() && !definition.model.is_empty());
    for (at, channel) in definition.channels.iter().enumerate() {
        assert!(!channel.ranges.is_empty() && channel.low_of.is_none_or(|high| high < at));
        assert!(channel.ranges.is_sorted_by(|a, b| a.max < b.min) && channel.ranges.iter().all(|range| range.min <= range.max));
    }
    for mode in &definition.modes {
        assert!(mode.slots.iter().all(|slot| slot.channel < definition.channels.len()));
        assert!(mode.heads.iter().flatten().all(|offset| usize::from(*offset) < mode.slots.len()));
    }
    drive(&definition);
}
