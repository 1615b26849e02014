//! The built-in show: what is played when nothing was brought along.
//!
//! [`song`] is the form and the truth about it, [`notes`] the composition, [`synth`] the sound, [`score`] the light.

pub mod notes;
pub mod score;
pub mod song;
pub mod synth;

pub use song::{analysis_without_sound, track, track_without_sound};
