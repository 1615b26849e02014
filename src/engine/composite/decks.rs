//! Two or more decks at once: each renders by itself, then they are mixed by how loud each is heard.
//!
//! Intensity and strobe are weighted means; colours are weighted by intensity as well, so that a dark deck tints
//! nothing; position and everything that cannot be mixed follows the loudest deck (the first of equals).

use crate::engine::frame::{Frame, has};

/// Mixes frames of one rig by effective volume into `out`.  Frames of another size are left out.
pub fn mix(decks: &[(&Frame, f32)], out: &mut Frame) {
    let weight = |volume: f32| if volume.is_finite() { volume.max(0.0) } else { 0.0 };
    let loudest = decks.iter().copied().reduce(|best, deck| if weight(deck.1) > weight(best.1) { deck } else { best });
    let Some((lead, _)) = loudest else { return };
    let n_heads = lead.n_heads();
    out.reset(n_heads, lead.window);
    out.take_rest_of(lead);
    let fitting = || decks.iter().copied().filter(|(frame, _)| frame.n_heads() == n_heads);
    let total: f32 = fitting().map(|(_, volume)| weight(volume)).sum();
    if total <= 0.0 {
        return;
    }
    for head in 0..n_heads {
        let (mut dimmer, mut strobe, mut color, mut tint) = (0.0, 0.0, [0.0; 3], 0.0);
        for (frame, volume) in fitting() {
            let share = weight(volume) / total;
            dimmer += frame.dimmer[head] * share;
            strobe += frame.strobe[head] * share;
            let light = frame.dimmer[head] * share;
            let colored = frame.set[head] & has::COLOR != 0;
            (0..3).for_each(|channel| color[channel] += light * if colored { frame.color[channel][head] } else { 1.0 });
            tint += light;
            if colored && light > 0.0 {
                out.set[head] |= has::COLOR;
            }
        }
        out.dimmer[head] = dimmer;
        out.strobe[head] = strobe;
        if tint > 0.0 {
            (0..3).for_each(|channel| out.color[channel][head] = color[channel] / tint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::units::Window;

    fn deck(dimmer: f32, color: [f32; 3], pan: f32) -> Frame {
        let mut frame = Frame::default();
        frame.reset(1, Window::default());
        frame.dimmer[0] = dimmer;
        (0..3).for_each(|channel| frame.color[channel][0] = color[channel]);
        frame.pan[0] = pan;
        frame.set[0] = has::COLOR | has::PAN;
        frame
    }

    #[test]
    fn a_crossfade_goes_from_one_deck_to_the_other() {
        let (red, blue) = (deck(1.0, [1.0, 0.0, 0.0], 10.0), deck(0.5, [0.0, 0.0, 1.0], 90.0));
        let mixed = |a: f32, b: f32| {
            let mut out = Frame::default();
            mix(&[(&red, a), (&blue, b)], &mut out);
            out.head(0)
        };
        assert_eq!((mixed(1.0, 0.0).dimmer, mixed(1.0, 0.0).pan_deg), (1.0, Some(10.0)));
        assert_eq!((mixed(0.0, 1.0).dimmer, mixed(0.0, 1.0).pan_deg), (0.5, Some(90.0)));
        let middle = mixed(0.5, 0.5);
        assert_eq!(middle.dimmer, 0.75);
        let color = middle.color.unwrap().0;
        assert!((color[0] - 2.0 / 3.0).abs() < 1e-6 && (color[2] - 1.0 / 3.0).abs() < 1e-6, "the brighter deck tints more: {color:?}");
    }

    #[test]
    fn silence_and_nonsense_are_dark_but_hold_the_position() {
        let red = deck(1.0, [1.0, 0.0, 0.0], 10.0);
        for volume in [0.0, -1.0, f32::NAN] {
            let mut out = Frame::default();
            mix(&[(&red, volume)], &mut out);
            assert_eq!((out.head(0).dimmer, out.head(0).pan_deg), (0.0, Some(10.0)));
        }
    }
}
