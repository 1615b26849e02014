//! Ground state: every saved thing, and the one way to change it.
//!
//! ```text
//! panel, command line, server ──Transaction──▶ Document::edit ──Commit──▶ store, mirrors in the world, sync
//!                                   undo, redo ──┘   (Ground + history)
//! ```
//! [`ground`] holds rows by table and applies transactions whole; [`history`] remembers steps.  Rows become the domains'
//! models in each domain's `rows.rs`, and [`record`] gathers what one show needs.

pub mod codec;
pub mod ground;
pub mod history;
pub mod lower;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod record;
mod rules;
pub mod step;
pub mod transaction;

#[cfg(test)]
mod tests;
