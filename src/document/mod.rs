//! Ground state: every saved thing.

pub mod record;
