//! Ground state: every saved thing.

#[cfg(feature = "desktop")]
pub mod plugin;
pub mod record;
