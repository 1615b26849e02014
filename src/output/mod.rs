//! Output is the heart and beats alone: one thread that renders, encodes and sends, whatever the window does.
//!
//! ```text
//! set_program ─┐
//! set_transport├─▶ newest wins ─▶ tick at 44 Hz ─▶ window ─▶ render ─▶ encode ─▶ wires ─▶ Art-Net
//! set_live ────┘                  (absolute)      (from, to]                     changed, or 0.9 s old
//! ```
//!
//! - It is never silent: without a program it sends darkness, and what stands still is repeated.
//! - Trouble on the network, or a panic in a render, is counted and leaves the last bytes standing.
//! - Times are the machine's monotonic instants; the show's are seconds of the track.

pub mod artnet;
pub mod heart;
pub mod log;
pub mod newest;
pub mod pacing;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod routes;
pub mod stats;
pub mod window;
pub mod wire;
pub mod worker;
