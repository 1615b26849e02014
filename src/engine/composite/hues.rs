//! What a colour wheel shows while an annotation keeps its head dark.
//!
//! The rule is "dark = hold the slot".  Holding what was shown last would be memory, and so would differ between seeking and
//! playing.  Instead each annotation is looked at in sixteen pieces when it is compiled, each by its brightest colour, and
//! a wheel in the dark stands at the colour of the piece it is in, or the last one before that had any: a lamp that flashes
//! red stays at red between the flashes, wherever playing began.  A colour that is asked for in the dark (a dimmer at 0 under
//! a colour) is taken as well, so that the wheel is there before the light is; only black says nothing.

use super::program::Program;
use crate::engine::frame::{Frame, has, origin};
use crate::engine::graph::plan::{Arena, Peaks, Plan};
use crate::engine::rig::{HeadIdx, Rig};

/// Stretches of an annotation that are told apart.
const PIECES: usize = 16;
/// Instants looked at in each beside its start and its middle.
const LOOKS: usize = 2;
/// Darker than this a colour has no hue.
const DARK: f32 = 1e-4;

/// A layer's colours on heads with a wheel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hues {
    start: f64,
    end: f64,
    heads: Vec<HeadIdx>,
    /// Piece by piece; black = the layer never gives that head a colour.
    pieces: Vec<Vec<[f32; 3]>>,
}

impl Hues {
    /// Looks at a plan; `None` where it gives no wheel a colour.
    pub(super) fn of(plan: &Plan, rig: &Rig, start: f64, end: f64) -> Option<Self> {
        let mut places: Vec<(HeadIdx, usize, usize)> = Vec::new();
        for (run, light) in plan.outputs.light.iter().enumerate().filter(|(_, light)| light.color.is_some() && !rig.patch.wheels.is_empty())
        {
            let heads = light.heads.iter().enumerate().map(|(place, head)| (head as HeadIdx, run, place));
            places.extend(heads.filter(|(head, ..)| rig.patch.wheels.binary_search(head).is_ok()));
        }
        if places.is_empty() {
            return None;
        }
        places.sort_unstable();
        let mut arena = Arena::default();
        let mut pieces = Vec::with_capacity(PIECES);
        let secs = (end - start) / PIECES as f64;
        for piece in 0..PIECES {
            let (from, to) = (start + secs * piece as f64, start + secs * (piece + 1) as f64);
            let mut instants = Vec::new();
            plan.peaks(from, to, &mut arena, &mut Peaks::new(&mut instants, false));
            instants.truncate(LOOKS);
            instants.extend([from, (from + to) / 2.0]);
            let mut brightest = vec![[0.0_f32; 3]; places.len()];
            for instant in instants {
                plan.eval(instant, &mut arena);
                let at = plan.at(&arena);
                for (hue, &(_, run, place)) in brightest.iter_mut().zip(&places) {
                    let Some(feed) = &plan.outputs.light[run].color else { continue };
                    let values = at.read(feed.slot);
                    let rgb = [0, 1, 2].map(|channel| values.get(feed.lane(place), channel));
                    if value(rgb) > value(*hue) && value(rgb).is_finite() {
                        *hue = rgb;
                    }
                }
            }
            pieces.push(brightest);
        }
        hold(&mut pieces);
        let heads = places.iter().map(|place| place.0).collect();
        Some(Self { start, end, heads, pieces })
    }

    fn piece(&self, secs: f64) -> &[[f32; 3]] {
        let share = (secs - self.start) / (self.end - self.start);
        &self.pieces[((share * PIECES as f64).max(0.0) as usize).min(PIECES - 1)]
    }
}

fn value(rgb: [f32; 3]) -> f32 {
    rgb[0].max(rgb[1]).max(rgb[2])
}

/// Full hues; a piece without one has that of the last before it, those before the first have the first's.
fn hold(pieces: &mut [Vec<[f32; 3]>]) {
    for place in 0..pieces.first().map_or(0, Vec::len) {
        let mut last: Option<[f32; 3]> = None;
        let first = pieces.iter().map(|piece| piece[place]).find(|rgb| value(*rgb) > DARK);
        for piece in pieces.iter_mut() {
            let rgb = piece[place];
            if value(rgb) > DARK {
                last = Some(rgb.map(|channel| (channel / value(rgb)).clamp(0.0, 1.0)));
            }
            let first = first.map(|rgb| rgb.map(|channel| (channel / value(rgb)).clamp(0.0, 1.0)));
            piece[place] = last.or(first).unwrap_or_default();
        }
    }
}

/// Lets dark wheels stand at what the layers that drive them show; the upper layer counts.
pub(super) fn hold_wheels(program: &Program, segment: usize, frame: &mut Frame) {
    for &layer in program.timeline.active(segment) {
        let Some(hues) = &program.layers[layer as usize].hues else { continue };
        for (&head, hue) in hues.heads.iter().zip(hues.piece(frame.window.to)) {
            let head = head as usize;
            if frame.set[head] & has::COLOR == 0 && frame.dimmer[head] <= 0.0 && value(*hue) > 0.0 {
                (0..3).for_each(|channel| frame.rest_color[channel][head] = hue[channel]);
                frame.set[head] |= has::REST_COLOR;
                frame.origin[head] &= !origin::COLOR_RESTS;
            }
        }
    }
}
