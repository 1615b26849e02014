//! A track: sound, what it is called, and what is known of it.

use std::sync::Arc;

use uuid::Uuid;

use crate::engine::TrackAnalysis;

#[derive(Clone, Debug)]
pub struct Track {
    pub id: Uuid,
    pub title: String,
    pub artist: String,
    pub analysis: Arc<TrackAnalysis>,
    /// What playback plays; `None` when the track is known but its sound is not at hand.
    pub sound: Option<Arc<Sound>>,
    pub waveform: Arc<Waveform>,
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
