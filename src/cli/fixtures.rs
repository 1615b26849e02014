//! `luma fixtures`: the library of fixture definitions.
//!
//! Sources, the first to win first: the user's own folder, folders that were added, an installed QLC+, the program.

mod add;
mod check;
mod dump;
mod list;
mod map;
mod save;
mod show;
mod summary;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::status;
use crate::venue::library::Library;
use crate::venue::library::sources::Places;

#[derive(Args)]
pub(super) struct Fixtures {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Search the library: by maker, model, mode, channels, kind and abilities
    List(list::List),
    /// One definition, mode by mode, with what each channel rests at
    Show(show::Show),
    /// Add a folder to the library, or a file to the user's own definitions
    Add(add::Add),
    /// Write a definition anew, under its own or another name, among the user's own
    Save(save::Save),
    /// Tell what is odd or wrong in definition files; exit code 2 when one is broken
    Check(check::Check),
    /// Write what every definition says as one JSON object
    Dump(dump::Dump),
    /// Answer which bytes a fixture gets for a state: questions on standard input, answers on standard output
    Map(map::Map),
}

impl Fixtures {
    pub(super) fn run(&self) -> Result<()> {
        match &self.verb {
            Verb::List(list) => list.run(),
            Verb::Show(show) => show.run(),
            Verb::Add(add) => add.run(),
            Verb::Save(save) => save.run(),
            Verb::Check(check) => check.run(),
            Verb::Dump(dump) => dump.run(),
            Verb::Map(map) => map.run(),
        }
    }
}

fn places() -> Option<Places> {
    Places::platform()
}

fn library() -> Library {
    let (library, problem) = Library::standard(places().as_ref());
    problem.iter().for_each(|problem| status::say(problem));
    library
}
