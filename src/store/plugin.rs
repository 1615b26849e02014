//! The store in the world: every commit is handed to it, its troubles are told, and it is closed with the window.
//!
//! Nothing in a frame waits for the disk; only closing does, and not for long.

use std::time::Duration;

use bevy::prelude::*;

use super::{Status, Store};
use crate::document::plugin::{Committed, Told};

/// How long a window that closes waits for the disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// The open library; empty once it is closed.
#[derive(Resource)]
pub struct Keeper(Option<Store>);

impl Keeper {
    pub fn new(store: Store) -> Self {
        Self(Some(store))
    }

    pub fn status(&self) -> Option<Status> {
        self.0.as_ref().map(Store::status)
    }

    pub fn setting(&self, key: &str) -> Option<String> {
        self.0.as_ref().and_then(|store| store.setting(key))
    }

    pub fn set_setting(&self, key: &str, value: String) {
        if let Some(store) = self.0.as_ref().filter(|store| store.setting(key).as_ref() != Some(&value)) {
            store.set_setting(key, Some(value));
        }
    }

    pub fn back_up_soon(&self) {
        self.0.iter().for_each(Store::back_up_soon);
    }
}

/// After everything that sets something on leaving.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closing;

pub fn plugin(app: &mut App) {
    app.add_systems(Last, (keep, tell, close.in_set(Closing)).chain().run_if(resource_exists::<Keeper>));
}

fn keep(mut committed: MessageReader<Committed>, keeper: Res<Keeper>) {
    for Committed(commit) in committed.read() {
        if let Some(store) = &keeper.0 {
            store.commit(commit.as_ref().clone());
        }
    }
}

/// Trouble and its end, once each.
fn tell(keeper: Res<Keeper>, mut known: Local<Option<String>>, mut refused: Local<u64>, mut told: MessageWriter<Told>) {
    let Some(status) = keeper.status() else { return };
    if status.trouble != *known {
        match &status.trouble {
            Some(trouble) => drop(told.write(Told::Refused(trouble.clone()))),
            None => drop(told.write(Told::Done("Everything is saved again".into()))),
        }
        known.clone_from(&status.trouble);
    }
    if status.refused > *refused {
        *refused = status.refused;
        told.write_batch(status.last_refusal.map(Told::Refused));
    }
}

fn close(mut exits: MessageReader<AppExit>, mut keeper: ResMut<Keeper>) {
    if exits.read().next().is_none() {
        return;
    }
    if let Some(Err(not_saved)) = keeper.0.take().map(|store| store.close(PATIENCE)) {
        error!("{not_saved}");
    }
}
