//! The show engine: given a compiled show and a window of time, what does every head do, and what bytes leave?
//!
//! ```text
//! Show ──compile──▶ Program ──render(window, live)──▶ Frame ──encode(held)──▶ DmxFrame
//! ```
//!
//! - [`compile`] turns rig, score, graphs and analysis into a [`Program`]: one evaluation plan per annotation, its
//!   selections resolved to head indices, its constants folded.  Slow; it never fails: what is wrong with a graph
//!   becomes [`Diagnostic`]s and that annotation stays dark.
//! - [`render`] evaluates the plans active in a window and folds them bottom to top, the score's first, then those of the
//!   cues that [`Live`] says run, then everything else that performers hold.  It allocates nothing once the frame has been
//!   used.  Where decks are mixed, each is rendered by itself and [`perform`] lays the rest over the mix.
//! - [`encode`] writes the frame into DMX channels along the rig's flat write list.
//!
//! # Invariants
//! - Pure: no ECS, clock, file, log, `async`, global state.  Same inputs, same bytes, on any number of threads.
//! - Seeking equals playing for equal windows: nothing is carried along the playhead's path.  What a frame keeps
//!   between calls ([`composite::Scratch`]) is only a memo of pure results.  The one memory, [`Held`], is an
//!   argument and holds nothing that a score set; while nothing is live, and nothing live was left, it is empty.
//! - Every random number is a function of a seed that is saved or derived from an id.
//! - Heads are numbered by fixture id; a frame covers the window since the last one, so that a flash shorter than a
//!   frame still fires; absence is an `Option` or a bit, never NaN.
//! - A node kind this build does not know is kept and saved back untouched.

pub mod composite;
pub mod dmx;
pub mod explain;
mod flash;
pub mod frame;
pub mod graph;
pub mod lint;
pub mod live;
pub mod nodes;
pub mod preview;
pub mod rig;
pub mod show;
pub mod signal;
pub mod tempo;
pub mod track;
pub mod units;

pub use composite::decks::mix;
pub use composite::program::{Program, compile};
pub use composite::{perform, render};
pub use dmx::decode::decode;
pub use dmx::encode::encode;
pub use dmx::held::Held;
pub use dmx::universe::DmxFrame;
pub use frame::Frame;
pub use graph::check::{Diagnostic, Severity};
pub use live::{Fired, Live};
pub use rig::Rig;
pub use show::{Annotation, Cue, CueMode, PatternGraph, Show, StrobeGuard};
pub use tempo::BeatGrid;
pub use track::TrackAnalysis;
pub use units::{Rgb, Window};
