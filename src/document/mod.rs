//! Ground state: every saved thing, and the one way to change it.
//!
//! ```text
//! panel, command line, server ──Transaction──▶ Document::edit ──Commit──▶ store, mirrors in the world, sync
//!                                   undo, redo ──┘   (Ground + history)
//! ```
//! [`ground`] holds rows by table and applies transactions whole; [`history`] remembers steps.  Rows become the domains'
//! models in each domain's `rows.rs`, and [`record`] gathers what one show needs.  [`subject`] says which rows belong together;
//! [`versions`] keeps, compares and restores them.

pub mod builtin;
pub mod codec;
pub mod ground;
pub mod history;
pub mod image;
pub mod lower;
#[cfg(feature = "desktop")]
mod mirror;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod record;
mod rules;
#[cfg(feature = "desktop")]
pub mod selection;
pub mod step;
pub mod subject;
pub mod transaction;
pub mod versions;

#[cfg(test)]
mod tests;
