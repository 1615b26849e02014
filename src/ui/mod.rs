//! What every panel shares: the frame with its tabs, actions and their keys, toasts, colours.  Knows no domain.

pub mod actions;
pub mod shell;
pub mod sight;
#[cfg(test)]
pub(crate) mod snapshot;
pub mod status;
pub mod theme;
pub mod toasts;
