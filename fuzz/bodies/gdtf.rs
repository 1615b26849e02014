//! Any bytes as a GDTF definition: a description as text, or an archive with one; every mode lowered and driven.
//!
//! Nothing may panic, no byte may leave the footprint, and what was read must be written and read back the same.

use std::sync::Arc;

use luma::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, encode};
use luma::venue::formats::definition::{Definition, Mode};
use luma::venue::formats::gdtf::{self, GdtfError};
use luma::venue::lower::kind::kind;
use uuid::Uuid;

/// Modes that are driven.
const MODES: usize = 4;

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
            let fixture = RigFixture {
                id: Uuid::nil(),
                label: String::new(),
                kind: Arc::new(kind),
                universe: 1,
                address: 1,
                pose: Pose::default(),
                options: PatchOptions::default(),
                first_head: 0,
            };
            let rig = Rig::new(vec![fixture], Vec::new());
            for round in 0..3 {
                let mut dmx = DmxFrame::default();
                encode(&rig, &light(n_heads, round), &mut Held::default(), &mut dmx);
                assert!(dmx.bytes[0][mode.slots.len()..].iter().all(|byte| *byte == 0), "a byte outside of the footprint");
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

/// Dark, full, and half of everything.
fn light(n_heads: usize, round: u8) -> Frame {
    let level = f32::from(round) / 2.0;
    let all = |level: f32| vec![level; n_heads];
    let mut frame = Frame::default();
    (frame.dimmer, frame.strobe) = (all(level), all(level));
    (frame.pan, frame.tilt) = (all(level * 700.0), all(level * -700.0));
    frame.color = [(); 3].map(|()| all(level));
    frame.rest_color = [(); 3].map(|()| all(level));
    frame.beam = [(); 7].map(|()| all(level));
    frame.set = vec![if round == 0 { 0 } else { !luma::engine::frame::has::FROZEN }; n_heads];
    frame
}

fn comes_back(mut definition: Definition) {
    // XML has no way to hold them: they are lost, and names that differ in nothing else fall together.
    if definition.modes.iter().any(|mode| mode.name.contains(|sign: char| sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}'))) {
        return;
    }
    let Ok(text) = gdtf::write::description(&definition) else { return };
    let mut back = gdtf::description(&text).expect("what is written can be read");
    definition.warnings.clear();
    back.warnings.clear();
    // A device without an id is given one.
    back.id = definition.id.and(back.id);
    // Modes on no geometry that there is are written from their bytes, which know one break.
    let is_whole = definition.modes.iter().all(|mode| !mode.params.is_empty() && !mode.geometry.is_empty());
    let modes = |it: &Definition| {
        let breaks = |mode: &Mode| if is_whole { mode.breaks.clone() } else { Vec::new() };
        it.modes.iter().map(|mode| (mode.name.clone(), mode.slots.len(), breaks(mode))).collect::<Vec<_>>()
    };
    assert_eq!(modes(&back), modes(&definition));
}
