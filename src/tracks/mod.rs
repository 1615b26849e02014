//! Tracks: sound files and what is known of them.

pub mod decode;
pub mod import;
pub mod model;
mod mp4_edits;
pub mod waveform;
