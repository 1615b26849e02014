//! Ground state: every saved thing.

pub mod lower;
pub mod record;
