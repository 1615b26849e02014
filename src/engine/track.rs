//! What is known of the music, as the engine sees it: beats, sound, stems, chords, drum hits, bars.
//!
//! Anything may be missing; a node that needs it then yields zeros and a warning that names it.

use std::sync::Arc;

use super::tempo::BeatGrid;

/// Mono sound; also what spectra are taken of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audio {
    pub samples: Arc<[f32]>,
    pub rate_hz: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stem {
    Drums,
    Bass,
    Vocals,
    Other,
}

impl Stem {
    pub const ALL: [Self; 4] = [Self::Drums, Self::Bass, Self::Vocals, Self::Other];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Drum {
    Kick,
    Snare,
    Hat,
}

impl Drum {
    pub const ALL: [Self; 3] = [Self::Kick, Self::Snare, Self::Hat];
}

/// A stretch of one chord.  `root` is a pitch class (0 = C), `None` where no chord sounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Chord {
    pub start: f64,
    pub end: f64,
    pub root: Option<u8>,
    pub quality: String,
}

/// Frame-wise chord scores before softmax: 12 roots and "no chord".
#[derive(Clone, Debug, PartialEq)]
pub struct ChordLogits {
    pub first_secs: f64,
    pub hop_secs: f64,
    pub frames: Vec<[f32; 13]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionLabel {
    Intro,
    Verse,
    Build,
    Drop,
    Break,
    Outro,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub start: f64,
    pub end: f64,
    pub label: SectionLabel,
    pub energy: f32,
}

#[derive(Clone, Debug, Default)]
pub struct TrackAnalysis {
    pub duration_secs: f64,
    pub grid: BeatGrid,
    pub audio: Option<Audio>,
    /// In the order of [`Stem::ALL`].
    pub stems: [Option<Audio>; 4],
    pub chords: Vec<Chord>,
    pub logits: Option<ChordLogits>,
    /// Onset seconds in the order of [`Drum::ALL`]; `None` where drums were not analysed.
    pub drums: Option<[Vec<f64>; 3]>,
    /// Energy `0.0..=1.0` of each bar, from the grid's first downbeat on.
    pub bar_energy: Vec<f32>,
    pub sections: Vec<Section>,
}

impl TrackAnalysis {
    /// A track of which only a beat grid is known.
    pub fn of_grid(grid: BeatGrid, duration_secs: f64) -> Self {
        Self { duration_secs, grid, ..Self::default() }
    }

    pub fn stem(&self, stem: Stem) -> Option<&Audio> {
        self.stems[stem as usize].as_ref()
    }
}
