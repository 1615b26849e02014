//! Files that come in, dropped on the window or chosen: songs, shows, venues, rooms.  And what goes out: the show, the venue
//! as a room of other programs, the venue on paper.
//!
//! Each is read on a thread of its own, one after another, while the lights move on; what it makes of the library is one edit.
//! The first song of a drop goes on the desk with a score that is made as soon as it was listened to.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use bevy_egui::egui;
use egui_file_dialog::FileDialog;
use uuid::Uuid;

use super::opening::Opening;
use crate::document::ground::Ground;
use crate::document::plugin::{Edit, OnDesk, PutOnDesk, Saved, Told};
use crate::document::record::{self, Desk};
use crate::document::transaction::Transaction;
use crate::files;
use crate::registry::{BadRow, Row, TableId};
use crate::store::plugin::Keeper;
use crate::store::stamp::Stamp;
use crate::store::{legacy, paths, portable};
use crate::tracks;
use crate::venue::exchange::{export, import};
use crate::venue::library::sources::Places;
use crate::venue::library::{Library, folder};
use crate::venue::model::Venue;
use crate::venue::plugin::{Definitions, OpenVenue};
use crate::venue::{self, formats, paper};

/// What is not a song.
const SHOWS: [&str; 3] = ["lumashow", "luma", "db"];
const ROOM: &str = "mvr";
const SONGS: [&str; 12] = ["mp3", "flac", "ogg", "oga", "opus", "wav", "aif", "aiff", "m4a", "mp4", "aac", "caf"];

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Incoming>()
        .init_resource::<Files>()
        .add_message::<AskFile>()
        .add_message::<FileDragAndDrop>()
        .add_systems(Update, (ask, dropped, begin, finish).chain().before(crate::schedule::ShowSystems::Edit));
}

/// Asks for a file in a dialog.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskFile {
    Import,
    Export,
    /// The venue for other programs.
    Room,
    Sheet(paper::What),
}

/// The dialog, and what it is open for.
#[derive(Resource, Default)]
pub(super) struct Files {
    dialog: FileDialog,
    purpose: Option<AskFile>,
}

/// What waits to be read, and what is being read.
#[derive(Resource, Default)]
pub(super) struct Incoming {
    waiting: VecDeque<PathBuf>,
    job: Option<Job>,
    n_songs: usize,
}

struct Job {
    name: String,
    begun: Instant,
    thread: JoinHandle<Result<Outcome, String>>,
}

enum Outcome {
    Song(Box<tracks::import::Opened>, Option<String>),
    /// What it makes of the library, and what to tell.
    Records(Transaction, Vec<String>),
    /// A venue with definitions that were not known before.
    Room {
        transaction: Transaction,
        venue: Uuid,
        definitions: Arc<Library>,
        words: Vec<String>,
    },
    Written(Vec<String>),
}

impl Incoming {
    /// What is being done, for the status bar.
    pub(super) fn words(&self) -> Option<String> {
        let job = self.job.as_ref()?;
        let more = if self.waiting.is_empty() { String::new() } else { format!(", {} more", self.waiting.len()) };
        Some(format!("{} · {:.0} s{more}", job.name, job.begun.elapsed().as_secs_f64()))
    }

    /// Gives up what is being done and what waits.  A thread that reads goes on to its end, and nobody takes what it brings.
    pub(super) fn cancel(&mut self) {
        self.job = None;
        self.waiting.clear();
        self.n_songs = 0;
    }

    fn start(&mut self, name: String, work: impl FnOnce() -> Result<Outcome, String> + Send + 'static) -> Option<Told> {
        match std::thread::Builder::new().name("files".into()).spawn(work) {
            Ok(thread) => self.job = Some(Job { name, begun: Instant::now(), thread }),
            Err(error) => return Some(Told::Refused(format!("{name}: {error}"))),
        }
        None
    }
}

fn ask(mut asked: MessageReader<AskFile>, mut files: ResMut<Files>) {
    for &purpose in asked.read() {
        files.purpose = Some(purpose);
        let dialog = FileDialog::new().anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO);
        files.dialog = match purpose {
            AskFile::Import => {
                let all = SONGS.into_iter().chain(SHOWS).chain([ROOM]).collect();
                dialog
                    .title("Import songs, shows and venues")
                    .add_file_filter_extensions("Songs and shows", all)
                    .default_file_filter("Songs and shows")
            }
            AskFile::Export => {
                dialog.title("Export the show").add_save_extension("Luma show", "lumashow").default_file_name("show.lumashow")
            }
            AskFile::Room => dialog.title("Export the venue").add_save_extension("MVR", ROOM).default_file_name("venue.mvr"),
            AskFile::Sheet(what) => dialog
                .title(what.title())
                .add_save_extension("PDF", "pdf")
                .add_save_extension("CSV", "csv")
                .default_file_name(&format!("{}.pdf", what.title().to_lowercase())),
        };
        match purpose {
            AskFile::Import => files.dialog.pick_multiple(),
            _ => files.dialog.save_file(),
        }
    }
}

/// Draws the dialog while it is open.
pub(super) fn dialog_ui(
    In(ctx): In<egui::Context>,
    mut files: ResMut<Files>,
    mut incoming: ResMut<Incoming>,
    saved: Res<Saved>,
    venue: OpenVenue,
    definitions: Res<Definitions>,
    mut told: MessageWriter<Told>,
) {
    let Some(purpose) = files.purpose else { return };
    files.dialog.update(&ctx);
    match purpose {
        AskFile::Import => {
            if let Some(picked) = files.dialog.take_picked_multiple() {
                incoming.waiting.extend(picked);
                files.purpose = None;
            }
        }
        _ => {
            let Some(path) = files.dialog.take_picked() else { return };
            files.purpose = None;
            let name = format!("Writing {}", name_of(&path));
            let (venue, definitions) = (venue.get().unwrap_or_default(), definitions.0.clone());
            let outcome = match purpose {
                AskFile::Room => incoming.start(name, move || room_out(&venue, &definitions, &path)),
                AskFile::Sheet(what) => incoming.start(name, move || sheet(&venue, &definitions, what, &path)),
                AskFile::Import | AskFile::Export => {
                    let ground = saved.ground().clone();
                    incoming.start(name, move || export(&ground, &path))
                }
            };
            told.write_batch(outcome);
        }
    }
}

fn dropped(mut drops: MessageReader<FileDragAndDrop>, mut incoming: ResMut<Incoming>) {
    for drop in drops.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = drop {
            incoming.waiting.push_back(path_buf.clone());
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn begin(mut incoming: ResMut<Incoming>, saved: Res<Saved>, keeper: Option<Res<Keeper>>, mut told: MessageWriter<Told>) {
    if incoming.job.is_some() || incoming.waiting.is_empty() {
        return;
    }
    let Some(path) = incoming.waiting.pop_front() else { return };
    let name = name_of(&path);
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    let outcome = if SHOWS.contains(&extension.as_str()) {
        // The thread plans on what is here now.
        let ground = saved.ground().clone();
        let media = keeper.and_then(|keeper| keeper.status()).map(|status| status.path.with_file_name("media"));
        incoming.start(format!("Importing {name}"), move || records(&ground, &path, media.as_deref()))
    } else if extension == ROOM {
        incoming.start(format!("Importing {name}"), move || room_in(&path))
    } else {
        let art = keeper.and_then(|keeper| keeper.status()).map(|status| paths::art(&status.path));
        incoming.start(format!("Reading {name}"), move || song(&path, art.as_deref()))
    };
    told.write_batch(outcome);
}

/// Its cover, if it has one, goes to a folder beside the library.
fn song(path: &Path, art: Option<&Path>) -> Result<Outcome, String> {
    let opened = tracks::import::open(path).map_err(|error| error.to_string())?;
    let cover = opened.tags.cover.as_ref().zip(art).and_then(|(cover, folder)| {
        let file = folder.join(format!("{}.{}", opened.track.hash, cover.extension));
        // A song without its picture is a song.
        std::fs::create_dir_all(folder).and_then(|()| files::write_atomic(&file, &cover.bytes)).ok()?;
        Some(file.to_string_lossy().into_owned())
    });
    Ok(Outcome::Song(Box::new(opened), cover))
}

fn records(ground: &Ground, path: &Path, media: Option<&Path>) -> Result<Outcome, String> {
    let name = name_of(path);
    let told = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let bundle = if legacy::is_legacy(path) {
        legacy::read(path, ground).map_err(|error| told(&error))?.bundle
    } else {
        portable::open(path).map_err(|error| told(&error))?
    };
    let plan = portable::plan(&bundle, ground, portable::Choice::Copy, &format!("Import {name}")).map_err(|error| told(&error))?;
    let transaction = match media {
        Some(media) => portable::audio::unpack(path, &plan, media).map_err(|error| told(&error))?,
        None => plan.transaction.clone(),
    };
    let words = plan.items.iter().map(ToString::to_string).chain(plan.notes.iter().cloned()).collect();
    Ok(Outcome::Records(transaction, words))
}

fn export(ground: &Ground, path: &Path) -> Result<Outcome, String> {
    let export = portable::Export { ground, what: portable::What::Show, definitions: &|_| None, audio: None };
    let summary = portable::save(&export, path).map_err(|error| error.to_string())?;
    let n_rows: usize = summary.rows.values().sum();
    let first = format!("Wrote {}: {n_rows} rows, {} definitions", name_of(path), summary.n_definitions);
    Ok(Outcome::Written(std::iter::once(first).chain(summary.notes).collect()))
}

/// A room's definitions go into the user's own library, below a folder of the room's name.
fn room_in(path: &Path) -> Result<Outcome, String> {
    let name = name_of(path);
    let told = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let bytes = folder::read_at_most(path, formats::mvr::MAX_BYTES).map_err(|error| told(&error))?;
    if bytes.len() > formats::mvr::MAX_BYTES {
        return Err(format!("{name} is longer than {} MiB and so is not read", formats::mvr::MAX_BYTES >> 20));
    }
    let places = Places::platform().ok_or("this system names no folder for fixture definitions")?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let (known, _) = Library::standard(Some(&places));
    let imported = import::import(&bytes, &stem, &format!("{stem}-fixtures/"), &known).map_err(|error| told(&error))?;
    for (below, bytes) in &imported.files {
        let file = places.own.join(below);
        let written = std::fs::create_dir_all(file.parent().unwrap_or(&places.own)).and_then(|()| files::write_atomic(&file, bytes));
        written.map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    let (library, _) = Library::standard(Some(&places));
    let rows = venue::rows::rows(&imported.venue, &library).map_err(|error| told(&error))?;
    let transaction = Transaction::new(format!("Import {name}")).put_all(rows);
    let said = format!("{}: {} fixtures, {} definitions", imported.venue.name, imported.venue.fixtures.len(), imported.n_definitions());
    let words = std::iter::once(said).chain(imported.report.notes).collect();
    Ok(Outcome::Room { transaction, venue: imported.venue.id, definitions: Arc::new(library), words })
}

fn room_out(venue: &Venue, library: &Library, path: &Path) -> Result<Outcome, String> {
    let (bytes, report) = export::export(venue, library).map_err(|error| error.to_string())?;
    files::write_atomic(path, &bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let first = format!("Wrote {}: {} fixtures", name_of(path), venue.fixtures.len());
    Ok(Outcome::Written(std::iter::once(first).chain(report.notes).collect()))
}

fn sheet(venue: &Venue, library: &Library, what: paper::What, path: &Path) -> Result<Outcome, String> {
    let sheet = paper::Sheet::of(venue, library);
    let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let mut words = vec![format!("Wrote {}", name_of(path))];
    let bytes = if is_csv {
        paper::csv::csv(&sheet, what).into_bytes()
    } else {
        let today = Stamp::now().rfc3339();
        let rendered = paper::pdf::pdf(&sheet, what, today.get(..10).unwrap_or_default());
        if !rendered.missing.is_empty() {
            let signs: String = rendered.missing.iter().take(40).collect();
            words.push(format!("The PDF's font has no picture of {signs}; the CSV has them"));
        }
        rendered.bytes
    };
    files::write_atomic(path, &bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(Outcome::Written(words))
}

fn finish(
    mut incoming: ResMut<Incoming>,
    mut opening: ResMut<Opening>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut known: ResMut<Definitions>,
    mut put: MessageWriter<PutOnDesk>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(job) = incoming.bypass_change_detection().job.take_if(|job| job.thread.is_finished()) else { return };
    match job.thread.join().unwrap_or_else(|_| Err(format!("{} broke off", job.name))) {
        Err(error) => drop(told.write_batch([Told::Refused(error)])),
        Ok(Outcome::Written(words)) => drop(told.write_batch(words.into_iter().map(Told::Done))),
        Ok(Outcome::Room { transaction, venue, definitions, words }) => {
            told.write_batch(words.into_iter().map(Told::Done));
            known.0 = definitions;
            edits.write(Edit(transaction));
            put.write(PutOnDesk(Desk { venue, ..desk.0 }));
        }
        Ok(Outcome::Records(transaction, words)) => {
            told.write_batch(words.into_iter().map(Told::Done));
            edits.write(Edit(transaction));
        }
        Ok(Outcome::Song(song, cover)) => {
            told.write_batch(song.warnings.iter().map(|warning| Told::Done(warning.to_string())));
            match adding(saved.ground(), desk.0, &song, cover) {
                Ok((transaction, desk)) => {
                    edits.write_batch(transaction.map(Edit));
                    incoming.n_songs += 1;
                    // The others of a drop wait in the library.
                    if incoming.n_songs == 1 {
                        opening.open(desk, song.track);
                    }
                }
                Err(bad) => drop(told.write_batch([Told::Refused(bad.to_string())])),
            }
        }
    }
    if incoming.waiting.is_empty() {
        incoming.n_songs = 0;
    }
}

/// The edit that brings a song in, and the desk it is on then: with its first score, or one that waits for the beats.
fn adding(
    ground: &Ground,
    desk: Desk,
    song: &tracks::import::Opened,
    cover: Option<String>,
) -> Result<(Option<Transaction>, Desk), BadRow> {
    let track = &song.track;
    let row = tracks::rows::row(track, &song.tags)?.with([("album_art_path", cover.into())])?;
    let mut transaction = Transaction::new(format!("Add {}", track.title));
    match ground.get(TableId::Tracks, track.id) {
        Some(_) => transaction = transaction.set(TableId::Tracks, track.id, [("file_path", row.get("file_path").clone())]),
        None => transaction = transaction.put(row),
    }
    let known = ground.children(track.id, TableId::Scores).next().map(Row::id);
    let score = match known {
        Some(score) => score,
        None => {
            let (score, row) = record::waiting_score(track.id)?;
            transaction = transaction.put(row);
            score
        }
    };
    Ok((Some(transaction), Desk { venue: desk.venue, score, track: track.id }))
}
