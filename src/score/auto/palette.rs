//! Colours of an auto score: two palettes a song, taken from its key and seed, one after the other by section.

use crate::engine::TrackAnalysis;
use crate::engine::nodes::random::draw_bits;

/// Two colours for quiet, two for loud, one for hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    pub calm: [&'static str; 2],
    pub loud: [&'static str; 2],
    pub hit: &'static str,
}

const fn palette(calm: [&'static str; 2], loud: [&'static str; 2], hit: &'static str) -> Palette {
    Palette { calm, loud, hit }
}

const PALETTES: [Palette; 8] = [
    palette(["#0818ff", "#00b8c0"], ["#00a0ff", "#00ffb0"], "#ffffff"),
    palette(["#6010ff", "#ff0088"], ["#ff0060", "#ff8000"], "#ffd080"),
    palette(["#3010d0", "#7010ff"], ["#c000ff", "#00e0ff"], "#ffffff"),
    palette(["#a00818", "#ff5000"], ["#ff0a08", "#ff9000"], "#ffe0b0"),
    palette(["#006048", "#0060c0"], ["#00ff60", "#00c0ff"], "#e0ffd0"),
    palette(["#ff4000", "#c01070"], ["#ff7a00", "#ff0070"], "#ffc060"),
    palette(["#0040ff", "#8000ff"], ["#0060ff", "#ff00a0"], "#a0f0ff"),
    palette(["#0050c0", "#00b0a0"], ["#00d0ff", "#0050ff"], "#ffb060"),
];

/// The two palettes of a song.
pub(super) fn of_song(track: &TrackAnalysis, seed: u64) -> [Palette; 2] {
    let n = PALETTES.len() as u64;
    let first = (draw_bits(seed, 0, 0) + 5 * u64::from(tonic(track))) % n;
    let second = (first + 1 + draw_bits(seed, 1, 0) % (n - 1)) % n;
    [PALETTES[first as usize], PALETTES[second as usize]]
}

/// The pitch class that sounds longest as a root; 0 where no chords are known.
fn tonic(track: &TrackAnalysis) -> u8 {
    let mut secs = [0.0; 12];
    for chord in &track.chords {
        if let Some(root) = chord.root {
            secs[usize::from(root % 12)] += chord.end - chord.start;
        }
    }
    (0..12_u8).rev().max_by(|a, b| f64::total_cmp(&secs[usize::from(*a)], &secs[usize::from(*b)])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::track::Chord;

    #[test]
    fn a_song_has_two_different_palettes_whatever_its_seed() {
        for seed in 0..200 {
            let [first, second] = of_song(&TrackAnalysis::default(), seed);
            assert_ne!(first, second, "{seed}");
        }
    }

    #[test]
    fn the_longest_root_is_the_tonic() {
        let chord = |start, end, root| Chord { start, end, root, quality: "maj".into() };
        let chords = vec![chord(0.0, 2.0, Some(7)), chord(2.0, 5.0, Some(9)), chord(5.0, 20.0, None), chord(20.0, 21.5, Some(7))];
        assert_eq!(tonic(&TrackAnalysis { chords, ..TrackAnalysis::default() }), 7);
        assert_eq!(tonic(&TrackAnalysis::default()), 0);
    }
}
