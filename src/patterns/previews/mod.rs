//! Small pictures of what patterns do, drawn beside the frame and kept while they are looked at.
//!
//! [`kept`] says what a picture depends on and how long it is kept; `plugin` draws.  Whoever wants one asks in every frame
//! in which it is visible: what nobody asks for any more is not drawn, and is the first to go.

pub mod kept;
#[cfg(feature = "desktop")]
pub mod plugin;
