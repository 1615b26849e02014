//! Signal processing that knows nothing of music.

pub(super) mod envelope;
pub(super) mod spectrum;
