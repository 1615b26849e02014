//! Ground state: every saved thing.

pub mod lower;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod record;
