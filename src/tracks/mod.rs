//! Tracks: sound files and what is known of them.

pub mod model;
