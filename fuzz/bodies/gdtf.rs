//! Any bytes as a GDTF definition: a description as text, or an archive with one; every mode lowered and driven.
//!
//! Nothing may panic, no byte may leave the footprint, and what was read must be written and read back the same.

use std::sync::Arc;

use luma::venue::formats::definition::{Definition, Mode};
use luma::venue::formats::gdtf::{self, GdtfError};
use luma::venue::lower::kind::kind;

use crate::qxf;

/// Modes that are driven, with so many sorts of light.
const MODES: usize = 4;
const ROUNDS: u64 = 4;

pub(crate) fn run(data: &[u8]) {
    let definition = match read(data) {
        Ok(definition) => definition,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for mode in definition.modes.iter().take(MODES) {
        let (kind, _) = kind(&definition, mode);
        let n_heads = kind.head_offsets.len();
        assert_eq!((kind.defaults.len(), usize::from(kind.footprint)), (mode.slots.len(), mode.slots.len()));
        assert!(n_heads > 0 && kind.head_offsets.iter().all(|offset| offset.is_finite()));
        assert!(kind.functions.iter().all(|it| it.heads.start < it.heads.end && usize::from(it.heads.end) <= n_heads));
        assert!(mode.params.iter().all(|param| param.channel < definition.channels.len() && param.part < mode.parts.len()));
        if (1..=512).contains(&mode.slots.len()) {
            let rig = qxf::rig(&Arc::new(kind), 1);
            for round in 0..ROUNDS {
                let bytes = qxf::bytes(&rig, &qxf::frame(n_heads, round));
                assert!(bytes[mode.slots.len()..].iter().all(|byte| *byte == 0), "a byte outside of the footprint");
            }
        }
    }
    comes_back(definition);
}

fn read(data: &[u8]) -> Result<Definition, GdtfError> {
    match std::str::from_utf8(data) {
        Ok(text) if !data.starts_with(b"PK") => gdtf::description(text),
        _ => gdtf::read(data),
    }
}

fn comes_back(mut definition: Definition) {
    let Ok(text) = gdtf::write::description(&definition) else { return };
    let mut back = gdtf::description(&text).expect("what is written can be read");
    definition.warnings.clear();
    back.warnings.clear();
    // A device without an id is given one.
    back.id = definition.id.and(back.id);
    // Modes on no geometry that there is are written from their bytes, which know one break and so 512 addresses.
    let is_whole = definition.modes.iter().all(|mode| !mode.params.is_empty() && !mode.geometry.is_empty());
    let modes = |it: &Definition| {
        let breaks = |mode: &Mode| if is_whole { mode.breaks.clone() } else { Vec::new() };
        let slots = |mode: &Mode| if is_whole { mode.slots.len() } else { mode.slots.len().min(512) };
        it.modes.iter().map(|mode| (mode.name.clone(), slots(mode), breaks(mode))).collect::<Vec<_>>()
    };
    assert_eq!(modes(&back), modes(&definition));
}
