//! What is seen of universes that another desk has a say in: its bytes as what our lamps make of them.
//!
//! - A universe that is *shown* is another desk's: its lamps are seen as its bytes light them, whatever the show says.  Before
//!   any came they are dark; when no more come, the last stay, as on a lamp.
//! - A universe that is *mixed* with another desk's is seen as it leaves: ours and theirs by its rule, as long as they are
//!   there.
//!
//! Pure.  For the eye alone: the thread that sends mixes for itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::input::{InputKey, InputSnapshot};
use super::merge::{self, Mixed};
use super::options::OutputOptions;
use super::routes::Protocol;
use crate::engine::dmx::universe::N_CHANNELS;
use crate::engine::{DmxFrame, Frame, Held, Rig, decode, encode};

/// The universe that comes in for one of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    pub protocol: Protocol,
    /// The port-address or sACN universe; none = our universe's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
}

impl Shown {
    pub fn key(self, universe: u16) -> InputKey {
        InputKey { protocol: self.protocol, number: self.number.unwrap_or(universe) }
    }

    /// For people.
    pub fn words(self, universe: u16) -> String {
        let InputKey { protocol, number } = self.key(universe);
        format!("its lamps are shown as {} {number} from another desk lights them", protocol.name())
    }
}

/// Bytes on their way to a frame.
#[derive(Debug, Default)]
pub struct Showing {
    held: Held,
    ours: DmxFrame,
    seen: DmxFrame,
    mixed: BTreeMap<u16, Box<Mixed>>,
}

impl Showing {
    /// Brings a frame to what is seen.  True while another desk's light is in it.
    pub fn see(&mut self, rig: &Rig, options: &OutputOptions, inputs: &[Arc<InputSnapshot>], now: Instant, frame: &mut Frame) -> bool {
        self.seen.numbers.clear();
        self.seen.bytes.clear();
        let mut comes = false;
        if !options.merges.is_empty() {
            encode(rig, frame, &mut self.held, &mut self.ours);
        }
        self.mixed.retain(|universe, mixed| options.merges.get(universe) == Some(&mixed.how));
        for &universe in &rig.patch.numbers {
            if let Some(shown) = options.shows.get(&universe) {
                let input = inputs.iter().find_map(|inputs| inputs.universe(shown.key(universe)));
                comes |= input.is_some_and(|input| input.is_heard(now));
                self.tell(universe, input.map_or(&[0; N_CHANNELS], |input| &input.slots));
            } else if let Some(how) = options.merges.get(&universe) {
                let theirs = inputs.iter().find_map(|inputs| merge::theirs(*how, universe, inputs, now));
                let mixed = self.mixed.entry(universe).or_insert_with(|| Mixed::new(*how));
                let Some(ours) = self.ours.universe(universe) else { continue };
                mixed.take(ours, theirs);
                if theirs.is_some() {
                    comes = true;
                    self.seen.numbers.push(universe);
                    self.seen.bytes.push(mixed.out);
                }
            }
        }
        if !self.seen.numbers.is_empty() {
            decode(rig, &self.seen, frame);
        }
        comes
    }

    fn tell(&mut self, universe: u16, slots: &[u8; N_CHANNELS]) {
        self.seen.numbers.push(universe);
        self.seen.bytes.push(*slots);
    }
}

/// What everything that comes in makes of a rig, each universe by its own number: Art-Net's, or sACN's where there is none.
pub fn all(rig: &Rig, inputs: &InputSnapshot, frame: &mut Frame) {
    let mut seen = DmxFrame::default();
    for &number in &rig.patch.numbers {
        let input = [Protocol::ArtNet, Protocol::Sacn].into_iter().find_map(|protocol| inputs.universe(InputKey { protocol, number }));
        seen.numbers.push(number);
        seen.bytes.push(input.map_or([0; N_CHANNELS], |input| *input.slots));
    }
    decode(rig, &seen, frame);
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use glam::Vec3;
    use uuid::Uuid;

    use super::super::artnet::poll::Dmx;
    use super::super::input::Inputs;
    use super::super::merge::Merging;
    use super::*;
    use crate::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
    use crate::engine::rig::{PatchOptions, Pose, RigFixture};

    /// A dimmer at channel 1 of universes 1 and 2 each.
    fn rig() -> Rig {
        let drive = Drive::Dimmer { channel: Channel { coarse: 0, fine: None }, off: 0, range: (0, 255) };
        let kind = FixtureKind {
            footprint: 1,
            defaults: vec![0],
            functions: vec![Function { heads: 0..1, drive }],
            head_offsets: vec![Vec3::ZERO],
            ..FixtureKind::default()
        };
        let fixture = |universe: u16| RigFixture {
            id: Uuid::from_u128(universe.into()),
            label: String::new(),
            kind: Arc::new(kind.clone()),
            universe,
            address: 1,
            pose: Pose::default(),
            options: PatchOptions::default(),
            first_head: 0,
        };
        Rig::new(vec![fixture(1), fixture(2)], Vec::new())
    }

    /// The levels of both lamps, of which our show lights each by half.
    fn seen(options: &OutputOptions, inputs: &Inputs, now: Instant) -> ([u8; 2], bool) {
        let mut frame = Frame::default();
        frame.reset(2, crate::engine::Window::default());
        frame.dimmer.fill(0.5);
        let comes = Showing::default().see(&rig(), options, &[Arc::new(inputs.snapshot())], now, &mut frame);
        ([frame.dimmer[0], frame.dimmer[1]].map(|level| (level * 255.0).round() as u8), comes)
    }

    fn artnet(inputs: &mut Inputs, address: u16, level: u8, now: Instant) {
        inputs.artnet(&Dmx { sequence: 0, physical: 0, address, slots: &[level, 0] }, Ipv4Addr::LOCALHOST, now);
    }

    #[test]
    fn a_shown_universe_is_the_other_desks_and_stays_when_that_falls_silent() {
        let (mut inputs, now) = (Inputs::default(), Instant::now());
        let shown = Shown { number: Some(7), ..Shown::default() };
        let options = OutputOptions { shows: [(2, shown)].into(), ..OutputOptions::default() };
        assert_eq!(seen(&OutputOptions::default(), &inputs, now), ([128, 128], false));
        assert_eq!(seen(&options, &inputs, now), ([128, 0], false), "before anything came");
        artnet(&mut inputs, 7, 30, now);
        assert_eq!(seen(&options, &inputs, now), ([128, 30], true));
        assert_eq!(seen(&options, &inputs, now + Duration::from_secs(60)), ([128, 30], false), "the last look");
        assert_eq!(shown.words(2), "its lamps are shown as Art-Net 7 from another desk lights them");
    }

    #[test]
    fn a_mixed_universe_is_seen_as_it_leaves() {
        let (mut inputs, now) = (Inputs::default(), Instant::now());
        let options = OutputOptions { merges: [(1, Merging::default())].into(), ..OutputOptions::default() };
        artnet(&mut inputs, 1, 30, now);
        assert_eq!(seen(&options, &inputs, now), ([128, 128], true), "ours is higher");
        artnet(&mut inputs, 1, 200, now);
        assert_eq!(seen(&options, &inputs, now), ([200, 128], true));
        assert_eq!(seen(&options, &inputs, now + Duration::from_secs(3)), ([128, 128], false), "gone");
    }
}
