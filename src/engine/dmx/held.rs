//! What live cues and the programmer left on pan, tilt and colour wheels: the engine's only memory.
//!
//! An axis or wheel that is set live is remembered, and stays there once it is released.  It stays until a layer of the
//! score sets it, or until pre-positioning takes the head, which then travels in the dark as it always does; both at once,
//! without a fade.  What a layer sets is never remembered: that is found again in the score.  So nothing is held here while
//! nothing is live and nothing live was left, and seeking then equals playing.
//!
//! While a cue or the programmer drives a head in any way, pre-positioning does not move it: it would travel in their light.
//! It stays where they found it until they let go, and that is forgotten when they do.
//!
//! A wheel that somebody turns by hand does not flap between two positions that are about as near: while a colour is live,
//! another position is taken only once it is nearer by a margin.  In a score the nearest one is taken at once, or seeking
//! would not equal playing.
//!
//! The output thread and the world own one each and are told the same, so they hold the same; what still moved while it was
//! released may differ by what it moves between two frames.

use super::color::difference;
use super::patch::{Axis, What};
use crate::engine::frame::{Frame, has, origin};
use crate::engine::graph::build::Target;
use crate::engine::rig::kind::WheelSlot;
use crate::engine::rig::{HeadIdx, Rig};
use crate::engine::units::Rgb;

#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The heads this is about.
    heads_key: u64,
    pan: Vec<Memory<f32>>,
    tilt: Vec<Memory<f32>>,
    wheel: Vec<Memory<Rgb>>,
    /// The position that a live colour brought each wheel to.
    slot: Vec<Option<u16>>,
}

/// How much nearer, in u'v', another position has to be.
const MARGIN: f32 = 0.012;

/// What is remembered of one axis or wheel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Memory<T> {
    #[default]
    Nothing,
    /// Where live light found it.
    Found(T),
    /// Where it was set live.
    Left(T),
}

impl<T: Copy> Memory<T> {
    fn value(self) -> Option<T> {
        match self {
            Self::Nothing => None,
            Self::Found(value) | Self::Left(value) => Some(value),
        }
    }

    /// What is shown: `value` is the frame's.
    fn settle(&mut self, who: Who, value: Option<T>) -> Option<T> {
        match (who, value) {
            (Who::Live, Some(value)) => *self = Self::Left(value),
            (Who::Score, _) => *self = Self::Nothing,
            (Who::Nobody { live: true }, Some(value)) if matches!(self, Self::Nothing) => *self = Self::Found(value),
            (Who::Nobody { live: false }, _) if matches!(self, Self::Found(_)) => *self = Self::Nothing,
            _ => {}
        }
        self.value().or(value)
    }
}

/// Who says where an axis or wheel is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Live,
    /// A layer, or pre-positioning.
    Score,
    /// `live`: something else of the head is driven live.
    Nobody {
        live: bool,
    },
}

impl Held {
    /// Makes room for a rig's heads; other heads than before are not remembered.
    pub(super) fn fit(&mut self, rig: &Rig) {
        if self.heads_key != rig.heads_key || self.pan.len() != rig.heads.len() {
            let n_heads = rig.heads.len();
            *self = Self {
                heads_key: rig.heads_key,
                pan: vec![Memory::Nothing; n_heads],
                tilt: vec![Memory::Nothing; n_heads],
                wheel: vec![Memory::Nothing; n_heads],
                slot: vec![None; n_heads],
            };
        }
    }

    /// Where an axis of a head stands, in degrees.  Asking again about the same frame changes nothing.
    pub(super) fn axis(&mut self, axis: Axis, frame: &Frame, head: usize) -> Option<f32> {
        let (bit, live, rests, column, memory) = match axis {
            Axis::Pan => (has::PAN, origin::LIVE_PAN, origin::PAN_RESTS, &frame.pan, &mut self.pan[head]),
            Axis::Tilt => (has::TILT, origin::LIVE_TILT, origin::TILT_RESTS, &frame.tilt, &mut self.tilt[head]),
        };
        let (set, from) = (frame.set[head], origin_of(frame, head));
        let is_set = set & bit != 0;
        memory.settle(who(set, from, live, !is_set || from & rests != 0), is_set.then(|| column[head]))
    }

    /// What a colour wheel of a head shows; `None` = nothing was ever asked of it.
    pub(super) fn wheel(&mut self, frame: &Frame, head: usize) -> Option<Rgb> {
        let (set, from) = (frame.set[head], origin_of(frame, head));
        let shown = |columns: &[Vec<f32>; 3]| Rgb([0, 1, 2].map(|channel: usize| columns[channel][head]));
        let memory = &mut self.wheel[head];
        if set & has::COLOR != 0 {
            let who = if from & origin::LIVE_COLOR != 0 { Who::Live } else { Who::Score };
            return memory.settle(who, Some(shown(&frame.color)));
        }
        if from & origin::LIT != 0 || frame.dimmer[head] > 0.0 {
            // Light without a colour is white.
            return memory.settle(Who::Score, Some(Rgb::WHITE));
        }
        let resting = (set & has::REST_COLOR != 0).then(|| shown(&frame.rest_color));
        memory.settle(who(set, from, 0, resting.is_none() || from & origin::COLOR_RESTS != 0), resting)
    }

    /// The position of a wheel for a colour.
    pub(super) fn slot<'a>(&mut self, frame: &Frame, head: usize, slots: &'a [WheelSlot], wanted: Rgb) -> Option<&'a WheelSlot> {
        let far = |at: usize| difference(slots[at].color, wanted);
        let mut best = (0..slots.len()).min_by(|a, b| far(*a).total_cmp(&far(*b)))?;
        let live = origin_of(frame, head) & origin::LIVE_COLOR != 0;
        let before = self.slot[head].map(usize::from).filter(|before| live && *before < slots.len());
        if let Some(before) = before.filter(|before| far(*before).sqrt() < far(best).sqrt() + MARGIN) {
            best = before;
        }
        self.slot[head] = live.then_some(u16::try_from(best).unwrap_or(u16::MAX));
        slots.get(best)
    }

    /// Brings a frame to where the heads really stand, as [`super::encode::encode`] writes it: for whoever shows frames and
    /// sends none.
    pub fn settle(&mut self, rig: &Rig, frame: &mut Frame) {
        if frame.n_heads() != rig.heads.len() {
            return;
        }
        self.fit(rig);
        for write in &rig.patch.writes {
            let heads = write.heads.start as usize..write.heads.end as usize;
            match write.what {
                What::Axis { source, .. } => heads.for_each(|head| {
                    let Some(degrees) = self.axis(source, frame, head) else { return };
                    let (bit, column) = if source == Axis::Pan { (has::PAN, &mut frame.pan) } else { (has::TILT, &mut frame.tilt) };
                    column[head] = degrees;
                    frame.set[head] |= bit;
                }),
                What::Wheel { .. } | What::Temperature { .. } => {
                    let head = heads.start;
                    let color = self.wheel(frame, head).filter(|_| frame.set[head] & has::COLOR == 0);
                    if let Some(color) = color {
                        (0..3).for_each(|channel| frame.rest_color[channel][head] = color.0[channel]);
                        frame.set[head] |= has::REST_COLOR;
                    }
                }
                _ => {}
            }
        }
    }

    /// A head's pan, tilt or wheel is where something live left it.
    pub fn holds(&self, head: HeadIdx, target: Target) -> bool {
        fn left<T>(memories: &[Memory<T>], head: HeadIdx) -> bool {
            matches!(memories.get(head as usize), Some(Memory::Left(_)))
        }
        match target {
            Target::Pan => left(&self.pan, head),
            Target::Tilt => left(&self.tilt, head),
            Target::Color => left(&self.wheel, head),
            _ => false,
        }
    }

    /// Nothing is remembered.
    pub fn is_empty(&self) -> bool {
        let axes = self.pan.iter().chain(&self.tilt).all(|memory| *memory == Memory::Nothing);
        axes && self.wheel.iter().all(|memory| *memory == Memory::Nothing)
    }
}

/// Frames made by hand say nothing of it.
fn origin_of(frame: &Frame, head: usize) -> u8 {
    frame.origin.get(head).copied().unwrap_or(0)
}

fn who(set: u16, from: u8, live: u8, rests: bool) -> Who {
    let driven_live = from & origin::LIVE != 0;
    if from & live != 0 {
        Who::Live
    } else if !rests && (set & has::DRIVEN != 0 || !driven_live) {
        Who::Score
    } else {
        Who::Nobody { live: driven_live }
    }
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
