//! The store in the world: every commit is handed to it, its troubles are told, and it is closed with the window.
//!
//! Nothing in a frame waits for the disk; only closing does, and not for long.  A backup is put back on a thread of its
//! own, which closes the library, replaces its file and opens it anew.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use bevy::prelude::*;

use super::{Opened, Options, Shelf, Status, Store, StoreError, start, upkeep};
use crate::document::history::Document;
use crate::document::plugin::{Committed, Told};
use crate::schedule::ShowSystems;

/// How long a window that closes waits for the disk, and who puts a backup back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something is asked of the library as a whole.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    BackUp,
    /// The library becomes what this backup holds; what it was is kept beside it.
    Restore(PathBuf),
}

/// The library is another one now: what was on the desk has to be looked for in this document.
#[derive(Message, Debug)]
pub struct Reopened(pub Option<Document>);

/// A backup is being put back.
#[derive(Resource, Default)]
pub struct Restoring(Option<JoinHandle<Restored>>);

impl Restoring {
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }
}

/// What became of it, in words, and the library as it is now.
struct Restored {
    words: Result<String, String>,
    library: Result<(Store, Opened), StoreError>,
}

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

    /// Where the analysis keeps what it finds.
    pub fn shelf(&self) -> Option<Shelf> {
        self.0.as_ref().map(Store::shelf)
    }

    pub fn setting(&self, key: &str) -> Option<String> {
        self.0.as_ref().and_then(|store| store.setting(key))
    }

    pub fn set_setting(&self, key: &str, value: String) {
        if let Some(store) = self.0.as_ref().filter(|store| store.setting(key).as_ref() != Some(&value)) {
            store.set_setting(key, Some(value));
        }
    }
}

/// After everything that sets something on leaving.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closing;

pub fn plugin(app: &mut App) {
    app.add_message::<Ask>()
        .add_message::<Reopened>()
        .init_resource::<Restoring>()
        .add_systems(Update, reopen.run_if(|restoring: Res<Restoring>| restoring.is_on()).before(ShowSystems::Edit))
        .add_systems(Last, (keep, answer, tell, close.in_set(Closing)).chain().run_if(resource_exists::<Keeper>));
}

fn answer(mut asked: MessageReader<Ask>, mut keeper: ResMut<Keeper>, mut restoring: ResMut<Restoring>, mut told: MessageWriter<Told>) {
    for ask in asked.read() {
        match ask {
            Ask::BackUp => keeper.0.iter().for_each(Store::back_up_soon),
            Ask::Restore(from) => {
                let Some(store) = keeper.0.take() else { continue };
                let from = from.clone();
                match std::thread::Builder::new().name("restore".into()).spawn(move || restore(store, &from)) {
                    Ok(thread) => restoring.0 = Some(thread),
                    Err(error) => drop(told.write(Told::Refused(format!("The backup cannot be put back: {error}")))),
                }
            }
        }
    }
}

fn restore(store: Store, from: &Path) -> Restored {
    let library = store.path().clone();
    let words = match store.close(PATIENCE) {
        Ok(_) => upkeep::restore(&library, from).map_err(|error| error.to_string()).map(|aside| {
            let kept = aside.map(|aside| format!("; what it was is kept as {}", aside.display())).unwrap_or_default();
            format!("The library is again what {} holds{kept}", from.display())
        }),
        Err(not_saved) => Err(format!("The backup was not put back: {not_saved}")),
    };
    Restored { words, library: start(&library, Options::default()) }
}

fn reopen(
    mut restoring: ResMut<Restoring>,
    mut keeper: ResMut<Keeper>,
    mut reopened: MessageWriter<Reopened>,
    mut told: MessageWriter<Told>,
) {
    let Some(thread) = restoring.0.take_if(|thread| thread.is_finished()) else { return };
    let Ok(Restored { words, library }) = thread.join() else {
        told.write(Told::Refused("Putting the backup back broke off. Start Luma again".into()));
        return;
    };
    match library {
        Ok((store, opened)) => {
            keeper.0 = Some(store);
            told.write_batch(opened.notices.into_iter().map(Told::Done));
            reopened.write(Reopened(Some(opened.document)));
            told.write(words.map_or_else(Told::Refused, Told::Done));
        }
        Err(error) => {
            told.write_batch(words.err().map(Told::Refused));
            told.write(Told::Refused(format!("{error}. From here on nothing is saved; start Luma again")));
        }
    }
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
