//! SHOW and VENUE as people name them, opened into something that plays.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::{library, refused};
use crate::document::lower;
use crate::document::record::Records;
use crate::engine::{Diagnostic, Program, Rig, Severity, Show, StrobeGuard, TrackAnalysis, compile};
use crate::tracks::import;
use crate::tracks::model::Track;
use crate::venue::exchange::import::{self as rooms, Imported};
use crate::venue::formats;
use crate::venue::library::sources::Places;
use crate::venue::library::{Library, folder};
use crate::venue::model::Venue;
use crate::{analysis, demo, patterns, score, venue};

/// Everything that plays, and what a person should know about it.
pub(super) struct Opened {
    pub(super) records: Records,
    /// Where the venue's definitions and meshes come from.
    #[cfg(feature = "desktop")]
    pub(super) library: Arc<Library>,
    pub(super) rig: Arc<Rig>,
    pub(super) show: Show,
    pub(super) program: Arc<Program>,
    pub(super) notices: Vec<String>,
    /// The part of the notices that is about the venue.
    pub(super) left_out: Vec<String>,
}

/// The venue that shows open in unless another is named.
pub(super) const DEFAULT_VENUE: &str = "club";

impl Opened {
    /// The same with the strobe guard on, where a cap is given.
    pub(super) fn guarded(mut self, cap_hz: Option<f32>) -> Self {
        if cap_hz.is_some() {
            self.show.guard = StrobeGuard { cap_hz };
            let (program, diagnostics) = compile(&self.show);
            // What is about an annotation has been told already.
            let new = diagnostics.iter().filter(|problem| problem.annotation.is_none());
            self.notices.extend(new.map(|problem| problem.message.clone()));
            self.program = Arc::new(program);
        }
        self
    }
}

/// Opens a show: `demo`, a score of the library by its name, or an audio file with an automatic score.  The library is
/// only read; the demo comes out of the program where the library has none.
pub(super) fn show(name: &str, venue: Option<&str>) -> Result<Opened> {
    let mut notices = Vec::new();
    if let Some(found) = library::kept(name, venue, &mut notices)? {
        return Ok(found);
    }
    let patterns = patterns::builtin::builtin();
    let (track, score) = if name == "demo" {
        let track = demo::track();
        let score = demo::score::score(&track.analysis, &patterns);
        (track, score)
    } else {
        let (track, warnings) = track_file(name)?;
        notices.extend(warnings);
        let score = score::auto::score(&track.analysis, &patterns, 0);
        (track, score)
    };
    let (venue, library) = open_venue(venue.unwrap_or(DEFAULT_VENUE))?;
    Ok(opened(Records { venue, track, score, patterns }, Arc::new(library), notices))
}

/// Records into something that plays.  Never fails: what cannot play is told.
pub(super) fn opened(records: Records, library: Arc<Library>, mut notices: Vec<String>) -> Opened {
    let (rig, problems) = venue::lower::rig(&records.venue, &library);
    let left_out: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
    notices.extend(left_out.iter().cloned());
    let rig = Arc::new(rig);
    let (show, problems) = lower::show(&records, rig.clone());
    notices.extend(problems.iter().map(ToString::to_string));
    let (program, diagnostics) = compile(&show);
    notices.extend(diagnostics.iter().filter(|problem| problem.severity == Severity::Error).map(|problem| tell(problem, &show)));
    Opened {
        records,
        #[cfg(feature = "desktop")]
        library,
        rig,
        show,
        program: Arc::new(program),
        notices,
        left_out,
    }
}

/// A venue and its rig by file or name, and what of it had to be left out.
pub(super) fn rig(name: &str) -> Result<(Venue, Arc<Rig>, Vec<String>)> {
    let (venue, library) = open_venue(name)?;
    let (rig, problems) = venue::lower::rig(&venue, &library);
    Ok((venue, Arc::new(rig), problems.into_iter().map(|problem| problem.text).collect()))
}

/// What is known of a track: of the demo's, or of an audio file, which is analysed.
pub(super) fn analysis(name: &str) -> Result<Arc<TrackAnalysis>> {
    if name == "demo" {
        return Ok(demo::track().analysis);
    }
    let (track, warnings) = track_file(name)?;
    warnings.iter().for_each(|warning| super::status::say(warning));
    Ok(track.analysis)
}

/// An audio file as a track that was listened to, and what was odd about it.
pub(super) fn track_file(path: &str) -> Result<(Track, Vec<String>)> {
    let (import::Opened { track, .. }, warnings) = sound_file(path)?;
    let Some(sound) = track.sound.clone() else { return Ok((track, warnings)) };
    let found = analysis::find(&sound.frames, sound.rate_hz);
    let hearing = Arc::new(found.hearing());
    Ok((track.heard_as(&found.track, hearing), warnings))
}

/// An audio file as a track that nobody listened to yet, and what was odd about it.
pub(super) fn sound_file(path: &str) -> Result<(import::Opened, Vec<String>)> {
    let path = Path::new(path);
    if !path.exists() && path.extension().is_none() {
        let names = "give \"demo\", an audio file, or the name of a score in the library";
        return Err(refused(format!("there is no show called \"{}\": {names}", path.display())));
    }
    let opened = import::open(path).map_err(refused)?;
    let warnings = opened.warnings.iter().map(ToString::to_string).collect();
    Ok((opened, warnings))
}

/// A venue of the library by its name, else one from a file or out of the program.  Definitions beside its file come first,
/// then those of every source.
pub(super) fn open_venue(name: &str) -> Result<(Venue, Library)> {
    if formats::extension(name) == "mvr" {
        let (imported, library) = room(Path::new(name), "")?;
        return Ok((imported.venue, library.holding(imported.files)));
    }
    let venue = match library::venue(name)? {
        Some(venue) => venue,
        None => venue::open(name).map_err(refused)?,
    };
    let folder = Path::new(name).parent().filter(|_| venue::builtin(name).is_none());
    let (sources, problem) = Places::platform().as_ref().map(Places::folders).unwrap_or_default();
    problem.iter().for_each(|problem| super::status::say(problem));
    let folders = folder.map(Path::to_owned).into_iter().chain(sources.into_iter().map(|source| source.folder));
    Ok((venue, Library::with_folders(folders)))
}

/// A room in MVR, its definitions under paths that begin with `below`, and every source of the library.
pub(super) fn room(path: &Path, below: &str) -> Result<(Imported, Library)> {
    let shown = path.display();
    let bytes = folder::read_at_most(path, formats::mvr::MAX_BYTES)
        .map_err(|error| refused(format!("the room \"{shown}\" cannot be opened: {error}")))?;
    if bytes.len() > formats::mvr::MAX_BYTES {
        return Err(refused(format!("the room \"{shown}\" is longer than {} MiB and so is not read", formats::mvr::MAX_BYTES >> 20)));
    }
    let (library, problem) = Library::standard(Places::platform().as_ref());
    problem.iter().for_each(|problem| super::status::say(problem));
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let imported =
        rooms::import(&bytes, &name, below, &library).map_err(|error| refused(format!("the room \"{shown}\" cannot be read: {error}")))?;
    Ok((imported, library))
}

/// A diagnostic in words, with the pattern's name.
pub(super) fn tell(problem: &Diagnostic, show: &Show) -> String {
    let pattern = problem.pattern.and_then(|id| show.patterns.get(&id)).map_or("pattern", |pattern| &pattern.name);
    format!("{pattern}: {problem}")
}
