//! Playback: where in the track we are, and the sound that goes with it.
//!
//! The [`Transport`](transport::Transport) is the one position that light follows.  A [`Clock`](clock::Clock) is
//! whatever makes the time pass: a sound device, or nothing but the machine's clock.  The
//! [`Player`](player::Player) holds both and keeps the first near the second.  Where a band plays, the sound input is heard
//! by a tempo follower, and the track is led by its beat ([`beat_chase`]).

#[cfg(feature = "desktop")]
pub mod audio;
pub mod beat_chase;
pub mod clock;
#[cfg(feature = "desktop")]
pub mod panel;
pub mod player;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod transport;
