//! Tracks: sound files and what is known of them.

pub mod decode;
pub mod grid_edits;
pub mod import;
pub mod markers;
pub mod model;
pub mod rows;
#[cfg(feature = "desktop")]
pub mod plugin;
mod mp4_edits;
pub mod wav;
pub mod waveform;
