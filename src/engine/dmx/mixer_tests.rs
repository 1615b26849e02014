//! What mixtures give, over many colours and sets of emitters.

use proptest::prelude::*;

use super::*;
use Emitter::*;

const SETS: [&[Emitter]; 12] = [
    &[Red, Green, Blue, White],
    &[Red, Green, Blue, Amber],
    &[Red, Green, Blue, White, Amber],
    &[Red, Green, Blue, White, Amber, Uv],
    &[Red, Green, Blue, Lime],
    &[Red, Green, Blue, Amber, Lime, Indigo, Cyan],
    &[Red, Green, Blue, WarmWhite],
    &[Red, Green, Blue, WarmWhite, ColdWhite],
    &[Red, Green, White],
    &[White, Amber],
    &[Amber, White, Lime],
    &[Blue, WarmWhite, Uv],
];

fn mixer(set: &[Emitter], mixing: Mixing) -> Mixer {
    Mixer::new(&set.iter().map(|emitter| (*emitter, None)).collect::<Vec<_>>(), mixing)
}

fn levels(set: &[Emitter], mixing: Mixing, color: [f32; 3]) -> Vec<f32> {
    let levels = mixer(set, mixing).levels(Rgb(color));
    levels[..set.len()].iter().map(|level| (level * 100.0).round() / 100.0).collect()
}

/// Distance of two lights in u'v'.
fn apart(a: Vector, b: Vector) -> f32 {
    let ([u1, v1], [u2, v2]) = (chroma::uv(a), chroma::uv(b));
    (u1 - u2).hypot(v1 - v2)
}

fn color() -> impl Strategy<Value = [f32; 3]> {
    // Half of them with channels that are off or full.
    let level = prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)];
    prop::array::uniform3(level)
}

#[test]
fn plain_and_filters_take_the_colour_as_it_is() {
    for (set, mixing, color, want) in [
        (&[Red, Green, Blue][..], Mixing::Matched, [1.0, 0.5, 0.2], vec![1.0, 0.5, 0.2]),
        (&[Red, Green, Blue, White], Mixing::Plain, [1.0, 0.5, 0.2], vec![1.0, 0.5, 0.2, 0.0]),
        (&[Red, Green, Blue, Uv], Mixing::Plain, [0.5, 0.0, 1.0], vec![0.5, 0.0, 1.0, 0.0]),
        (&[Cyan, Magenta, Yellow], Mixing::Matched, [1.0, 0.25, 0.0], vec![0.0, 0.75, 1.0]),
        (&[Cyan, Magenta, Yellow, White], Mixing::Matched, [1.0, 0.25, 0.5], vec![0.0, 0.75, 0.5, 0.25]),
        (&[Red, Green, Blue, Cyan], Mixing::Plain, [1.0, 0.5, 0.2], vec![1.0, 0.5, 0.2, 0.0]),
    ] {
        assert_eq!(levels(set, mixing, color), want, "{set:?} {mixing:?}");
    }
}

#[test]
fn every_emitter_helps_where_it_can() {
    for (set, color, want) in [
        (&[Red, Green, Blue, White][..], [1.0, 1.0, 1.0], vec![1.0, 1.0, 1.0, 1.0]),
        (&[Red, Green, Blue, White], [1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0]),
        (&[Red, Green, Blue, White], [0.5, 0.5, 0.5], vec![0.5, 0.5, 0.5, 0.5]),
        // Twice the light of red alone, and pink all the same.
        (&[Red, Green, Blue, White], [1.0, 0.5, 0.5], vec![1.0, 0.0, 0.0, 1.0]),
        (&[White], [0.3, 0.3, 0.3], vec![0.3]),
        (&[White, Amber], [1.0, 1.0, 1.0], vec![1.0, 0.0]),
        (&[White, Amber], [1.0, 0.0, 0.0], vec![0.0, 1.0]),
        (&[WarmWhite, ColdWhite], [1.0, 1.0, 1.0], vec![1.0, 1.0]),
        (&[WarmWhite, ColdWhite], [1.0, 0.5, 0.1], vec![1.0, 0.0]),
        (&[WarmWhite, ColdWhite], [0.0, 0.2, 1.0], vec![0.0, 1.0]),
        (&[Red, Green, Blue, Uv], [1.0, 1.0, 1.0], vec![1.0, 1.0, 1.0, 0.0]),
        (&[Red, Green, Blue, Uv], [0.5, 0.0, 1.0], vec![0.5, 0.0, 1.0, 0.86]),
        (&[Red, Green, Blue, Cyan], [0.2, 0.8, 1.0], vec![0.2, 0.8, 1.0, 0.6]),
    ] {
        assert_eq!(levels(set, Mixing::Matched, color), want, "{set:?} {color:?}");
    }
}

#[test]
fn measured_emitters_make_the_colour_that_was_meant() {
    // Deep LEDs: no channel of the show is one of theirs.
    let measured = [(Red, [0.700, 0.299]), (Green, [0.170, 0.700]), (Blue, [0.135, 0.040])].map(|(emitter, xy)| (emitter, Some(xy)));
    let mixer = Mixer::new(&measured, Mixing::Matched);
    for color in [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.4, 1.0], [1.0, 0.8, 0.1]] {
        let made = mixer.light(&mixer.levels(Rgb(color)));
        assert!(apart(made, color) < 0.004, "{color:?} became {made:?}");
    }
    assert!(levels(&[Red, Green, Blue], Mixing::Matched, [0.0, 1.0, 0.0]) == [0.0, 1.0, 0.0], "unmeasured ones are the show's");
    let green = mixer.levels(Rgb([0.0, 1.0, 0.0]));
    assert!(green[0] > 0.1, "a deep green needs red to become the show's: {green:?}");
}

#[test]
fn a_hue_outside_is_the_nearest_inside() {
    let mixer = mixer(&[Red, Green, White], Mixing::Matched);
    let blue = mixer.levels(Rgb([0.0, 0.0, 1.0]));
    assert!(blue[2] > 0.9, "the bluest that it has is white: {blue:?}");
    let made = mixer.light(&mixer.levels(Rgb([1.0, 0.6, 0.0])));
    assert!(apart(made, [1.0, 0.6, 0.0]) < 0.004, "orange is inside");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Red, green and blue reach every colour; then the light has its chromaticity within 0.004 in u'v', and is no darker
    /// than those three alone.
    #[test]
    fn rebuilt_light_has_the_colour(set in 0..8usize, color in color()) {
        let mixer = mixer(SETS[set], Mixing::Matched);
        prop_assume!(Rgb(color).value() > 0.01);
        let made = mixer.light(&mixer.levels(Rgb(color)));
        prop_assert!(apart(made, color) < 0.004, "{:?}: {color:?} became {made:?}, {} apart", SETS[set], apart(made, color));
        let luminance = |light: Vector| 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
        prop_assert!(luminance(made) >= luminance(color) * 0.99 - 0.002, "{:?}: {color:?} became {made:?}", SETS[set]);
    }

    #[test]
    fn one_of_the_lights_is_as_bright_as_the_colour_asks(set in 0..SETS.len(), color in color()) {
        let levels = mixer(SETS[set], Mixing::Matched).levels(Rgb(color));
        let most = levels.iter().copied().fold(0.0, f32::max);
        prop_assert!(levels.iter().all(|level| (0.0..=1.0).contains(level)));
        prop_assert!((most - Rgb(color).value()).abs() < 0.01, "{:?}: {color:?} gave {levels:?}", SETS[set]);
    }

    /// More of a colour is more of every light, in proportion.
    #[test]
    fn levels_follow_the_value(set in 0..SETS.len(), color in color(), dim in 0.0f32..=1.0) {
        let mixer = mixer(SETS[set], Mixing::Matched);
        let (full, dimmed) = (mixer.levels(Rgb(color)), mixer.levels(Rgb(color.map(|level| level * dim))));
        for (full, dimmed) in full.iter().zip(dimmed) {
            prop_assert!(dimmed <= full + 0.005 && (dimmed - full * dim).abs() < 0.01, "{color:?} x {dim}: {full} and {dimmed}");
        }
    }

    /// A step of a 400th of the way moves no light by more than a sixth.
    #[test]
    fn nothing_jumps_while_the_colour_moves(set in 0..SETS.len(), from in color(), to in color()) {
        let mixer = mixer(SETS[set], Mixing::Matched);
        let at = |step: usize| Rgb(std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * step as f32 / 400.0));
        // Towards black any hue is near any other.
        prop_assume!((0..=400).all(|step| at(step).value() > 0.25));
        let mut last = mixer.levels(at(0));
        for step in 1..=400 {
            let next = mixer.levels(at(step));
            for (before, after) in last.iter().zip(&next) {
                prop_assert!((after - before).abs() < 1.0 / 6.0, "{:?}: {:?}: {last:?} then {next:?}", SETS[set], at(step));
            }
            last = next;
        }
    }
}
