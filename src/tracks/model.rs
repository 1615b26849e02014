//! A track: sound, what it is called, and what is known of it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grid_edits::{self, GridEdit};
use crate::engine::TrackAnalysis;
use crate::registry::TableId;

#[derive(Clone, Debug)]
pub struct Track {
    pub id: Uuid,
    /// SHA-256 of its file in hexadecimal, or a name where no file made it.  Two devices know a track by it.
    pub hash: String,
    /// Where its file lies on this device; `None` where no file made it or it is not here.
    pub file: Option<PathBuf>,
    pub title: String,
    pub artist: String,
    /// On the grid as people corrected it.
    pub analysis: Arc<TrackAnalysis>,
    pub correction: Option<Correction>,
    pub hearing: Arc<Hearing>,
    /// What playback plays; `None` when the track is known but its sound is not at hand.
    pub sound: Option<Arc<Sound>>,
    pub waveform: Arc<Waveform>,
}

/// What listening found beyond what the engine plays by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hearing {
    pub stage: Stage,
    /// How sure the grid is, `0.0..=1.0`.
    pub confidence: f32,
    /// Whether one tempo holds from end to end.
    pub is_steady: bool,
    /// As musicians write it, "A minor"; empty where none was heard.
    pub key: String,
    /// Other grids that a person may mean, the likeliest first.
    pub alternatives: Vec<Alternative>,
    /// Integrated loudness.
    pub lufs: Option<f64>,
}

/// What a file says of itself.  Empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    pub title: String,
    pub artist: String,
    pub album: String,
    pub track_number: Option<u32>,
    pub disc_number: Option<u32>,
    pub cover: Option<Cover>,
}

/// A picture as the file carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    pub mime: &'static str,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
}

/// How far the listening has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    Unheard,
    /// A grid from the beginning alone, until the whole was heard.
    First,
    Whole,
}

/// Another reading of the same music.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    pub bpm: f64,
    /// Seconds by which every beat moves.
    pub beats_offset: f64,
    /// Beats by which the first of the bar moves.
    pub bar_shift: u32,
    pub why: String,
}

/// What was heard, where people corrected its beat grid.
#[derive(Clone, Debug)]
pub struct Correction {
    pub heard: Arc<TrackAnalysis>,
    pub edits: Vec<GridEdit>,
}

impl Track {
    /// What is known of it without corrections.
    pub fn heard(&self) -> &Arc<TrackAnalysis> {
        self.correction.as_ref().map_or(&self.analysis, |correction| &correction.heard)
    }

    pub fn edits(&self) -> &[GridEdit] {
        self.correction.as_ref().map(|correction| correction.edits.as_slice()).unwrap_or_default()
    }

    /// The same on its heard grid with these edits.
    pub fn corrected(self, edits: Vec<GridEdit>) -> Self {
        let heard = self.heard().clone();
        if edits.is_empty() {
            return Self { analysis: heard, correction: None, ..self };
        }
        let analysis = Arc::new(grid_edits::on_grid(&heard, &edits));
        Self { analysis, correction: Some(Correction { heard, edits }), ..self }
    }

    /// The same with what was heard of it now: sound and stems stay, and corrections are made anew on the new grid.
    pub fn heard_as(self, heard: &TrackAnalysis, hearing: Arc<Hearing>) -> Self {
        let old = self.heard();
        let heard = TrackAnalysis { duration_secs: old.duration_secs, audio: old.audio.clone(), stems: old.stems.clone(), ..heard.clone() };
        let edits = self.edits().to_vec();
        Self { analysis: Arc::new(heard), correction: None, hearing, ..self }.corrected(edits)
    }

    /// The id of nobody's track with this hash; signing in derives it anew.
    pub fn id_of(hash: &str) -> Uuid {
        TableId::Tracks.natural_id(&[Uuid::nil().into(), hash.into()])
    }
}

/// Decoded stereo sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sound {
    pub rate_hz: u32,
    /// Left and right, `-1.0..=1.0`.
    pub frames: Vec<[f32; 2]>,
}

impl Sound {
    pub fn duration_secs(&self) -> f64 {
        self.frames.len() as f64 / f64::from(self.rate_hz.max(1))
    }
}

/// Peaks for drawing: one column per `secs_per_column`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waveform {
    pub secs_per_column: f64,
    pub columns: Vec<WaveformColumn>,
}

/// Highest absolute sample, and the share of low, middle and high frequencies, each `0.0..=1.0`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WaveformColumn {
    pub peak: f32,
    pub bands: [f32; 3],
}
