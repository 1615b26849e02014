//! Signal processing that knows nothing of music.

pub(super) mod envelope;
pub(super) mod resample;
pub(super) mod spectrum;
