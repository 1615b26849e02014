//! Output in the world: hands the newest program, transport and live state to the thread that sends.
//!
//! One way only.  The thread takes what it finds and never waits for a frame of the world.

use bevy::prelude::*;

use super::worker::OutputHandle;
use crate::playback::plugin::Playback;
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentLive, CurrentProgram};

#[derive(Resource, Clone)]
pub struct Outlet(pub OutputHandle);

pub fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (hand_over_program, hand_over_transport, hand_over_live).in_set(ShowSystems::Emit).run_if(resource_exists::<Outlet>),
    );
}

fn hand_over_program(outlet: Res<Outlet>, current: Res<CurrentProgram>) {
    if let Some(program) = current.program.as_ref().filter(|_| current.is_changed()) {
        outlet.0.set_program(program.clone());
    }
}

fn hand_over_transport(outlet: Res<Outlet>, playback: Option<Res<Playback>>) {
    if let Some(playback) = playback {
        outlet.0.set_offset(playback.offset);
        outlet.0.set_transport(playback.player.transport());
    }
}

fn hand_over_live(outlet: Res<Outlet>, live: Res<CurrentLive>) {
    if live.is_changed() {
        outlet.0.set_live(live.0.clone());
    }
}
