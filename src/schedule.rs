//! The order of a frame in the world: the only file that orders systems across domains.
//!
//! ```text
//! PreUpdate   Update                                                      PostUpdate
//! Receive ──▶ Edit ──▶ Transport ──▶ Lower ──▶ Compile ──▶ Render ──▶ Emit ──▶ Mirror
//! ```
//! States and windows never gate these sets: light is computed whatever is on the screen.

use bevy::prelude::*;
use bevy::transform::TransformSystems;

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShowSystems {
    /// Drains what workers reported.
    Receive,
    /// Applies edits to saved things; nothing else writes them.
    Edit,
    /// Moves the playhead to where the clock is, and takes over what performers hold.
    Transport,
    /// Turns changed records into parts of the show.
    Lower,
    /// Turns the show into a program.
    Compile,
    /// Evaluates the program over the window since the last frame.
    Render,
    /// Hands the newest program, transport and live state to the output thread.
    Emit,
    /// Copies the frame to the heads in the room: beams, lenses, joints.
    Mirror,
}

pub fn plugin(app: &mut App) {
    use ShowSystems::*;
    app.configure_sets(PreUpdate, Receive)
        .configure_sets(Update, (Edit, Transport, Lower, Compile, Render, Emit).chain())
        .configure_sets(PostUpdate, Mirror.before(TransformSystems::Propagate));
}
