//! Output in the world: hands the newest program, transport and live state to the thread that sends.
//!
//! One way only.  The thread takes what it finds and never waits for a frame of the world.

use bevy::prelude::*;

use super::routes::Route;
use super::rows::{self, Entry};
use super::worker::OutputHandle;
use crate::document::plugin::Saved;
use crate::playback::plugin::Playback;
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentLive, CurrentProgram};

#[derive(Resource, Clone)]
pub struct Outlet(pub OutputHandle);

/// Where universes go: those that were routed, and all others.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    pub default: Vec<Route>,
    pub entries: Vec<Entry>,
}

pub fn plugin(app: &mut App) {
    app.init_resource::<Routing>().add_systems(Update, gather_routes.after(ShowSystems::Edit).before(ShowSystems::Emit)).add_systems(
        Update,
        (hand_over_program, hand_over_transport, hand_over_live, hand_over_routes)
            .in_set(ShowSystems::Emit)
            .run_if(resource_exists::<Outlet>),
    );
}

fn gather_routes(saved: Res<Saved>, mut routing: ResMut<Routing>) {
    if saved.is_changed() {
        let entries = rows::entries(saved.ground());
        if routing.entries != entries {
            routing.entries = entries;
        }
    }
}

/// The output has started by the routes of its own settings; it is told when others are wanted.
fn hand_over_routes(outlet: Res<Outlet>, routing: Res<Routing>) {
    if routing.is_changed() && !routing.default.is_empty() {
        let wanted = rows::routes(&routing.entries, &routing.default);
        let now = outlet.0.routes();
        if now.default != wanted.default || now.universes != wanted.universes {
            let (art_sync, sacn_sync) = (now.art_sync, now.sacn_sync);
            outlet.0.set_routes(crate::output::routes::Routes { art_sync, sacn_sync, ..wanted });
        }
    }
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
