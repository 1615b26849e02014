//! Output is the heart and beats alone: one thread that renders, encodes and sends, whatever the window does.
//!
//! ```text
//! set_program ─┐
//! set_transport├─▶ newest wins ─▶ tick at 44 Hz ─▶ window ─▶ render ─▶ encode ─▶ wires ─▶ streams ─▶ Art-Net, sACN
//! set_live ────┘                  (absolute)      (from, to]                       │      changed, or 0.9 s old
//! set_routes ──── newest wins ─── directions ─── other desks, below and above ─────┤
//! pull, rules ─── newest wins ─── watch ─── looks of last resort ──────────────────┘
//! ```
//!
//! - It is never silent: without a program it sends darkness, and what stands still is repeated.
//! - Trouble on the network, or a panic in a render, is counted and leaves the last bytes standing.
//! - What is lost (a deck, the show, the network, the program itself) has a rule: hold, a safe look, darkness; each by its delay,
//!   and none of them jumps.
//! - Times are the machine's monotonic instants; the show's are seconds of the track.

pub mod artnet;
pub mod batch;
pub mod directions;
pub mod health;
pub mod heart;
pub mod identity;
pub mod input;
pub mod log;
pub mod looks;
pub mod loss;
pub mod merge;
pub mod newest;
pub mod nodes;
pub mod options;
pub mod pacing;
pub mod packet;
#[cfg(feature = "desktop")]
pub mod panel;
pub mod pattern;
pub mod plugs;
pub mod recording;
pub mod replay;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod routes;
pub mod rows;
pub mod sacn;
pub mod shown;
pub mod stats;
pub mod stream;
pub mod timecode;
pub mod window;
pub mod wire;
pub mod worker;
