//! Luma: sheet music for light.
//!
//! Patterns (node graphs) placed on a track's timeline say *what* the light should do; a venue says which lamps there are;
//! one engine turns the one into the other every frame.
//!
//! ```text
//! venue ─┐                              ┌▶ output thread: render, encode, Art-Net and sACN at 44 Hz
//! score ─┼▶ document::lower ▶ compile ▶ Program
//! track ─┘     (Show)                   └▶ the world: render, previz, panels
//! ```
//!
//! # The house, from the ground up
//! - [`engine`]: pure. A show and an instant give every head's state and every byte. It imports nothing else of Luma.
//! - [`registry`]: every table that is kept, its columns, keys and merge policy.
//! - [`venue`], [`patterns`], [`tracks`], [`analysis`], [`score`]: a domain each. `model` is what is saved; the other files are
//!   its rules; `plugin.rs` puts it into the Bevy world and `panel` draws it, where there is one.
//! - [`document`]: everything that is saved, as records, and how records become a show.
//! - [`store`]: `luma.db`, the file all of it is kept in.
//! - [`demo`]: the built-in show, composed and lit by us.
//! - [`perform`]: cues on pads, and the masters.
//! - [`playback`]: the transport, and the sound that goes with it.
//! - [`output`]: the heart. A thread of its own renders and sends whatever the window does.
//! - `show`, `previz`, `ui`, `app` (feature `desktop`): the world. It renders the same program a second time, for the eye.
//! - [`cli`]: verbs on the same library.
//!
//! # Invariants
//! - Whatever is seen is what is sent: previz, command line and output call the same [`engine::render`] and
//!   [`engine::encode`], and tests compare their bytes.
//! - Nothing in the world can stop the output thread: it takes the newest program, transport and live values without a lock
//!   and waits for nobody.
//! - Broken content darkens itself and is told; the rest of the show runs.
//!
//! Who may import whom is checked by `tests/architecture.rs`.

pub mod engine;
pub mod files;
pub mod registry;
pub mod venue;
pub mod patterns;
pub mod tracks;
pub mod analysis;
pub mod score;
pub mod document;
pub mod store;
pub mod demo;
pub mod perform;
pub mod playback;
pub mod output;
#[cfg(feature = "desktop")]
pub mod schedule;
#[cfg(feature = "desktop")]
pub mod show;
#[cfg(feature = "desktop")]
pub mod ui;
#[cfg(feature = "desktop")]
pub mod previz;
#[cfg(feature = "desktop")]
pub mod app;
pub mod cli;
