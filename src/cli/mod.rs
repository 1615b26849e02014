//! The command line: arguments to a plan, a verb a file.
//!
//! Exit codes: 0 done, 1 something broke, 2 what was asked for cannot be (a missing file, a number out of range).
//! Results go to standard output, everything else to standard error.

mod analyze;
mod args;
mod db;
#[cfg(feature = "desktop")]
mod desk;
mod fixtures;
mod frame;
#[cfg(feature = "desktop")]
mod gallery;
mod graph;
mod library;
mod lint;
mod open;
mod output;
mod patterns;
#[cfg(feature = "desktop")]
mod render;
mod run;
mod status;
mod venue;
mod why;
mod headless;
#[cfg(feature = "desktop")]
mod pictures;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sheet music for light: patterns on a track's timeline, any venue's lamps, 3D preview, Art-Net out.
///
/// Without a verb the studio opens with the demo show.
#[derive(Parser)]
#[command(name = "luma", version, max_term_width = 110)]
struct Luma {
    /// The library, before any verb [default: `$LUMA_DB`, else luma.db where this system keeps an application's data]
    #[arg(long, value_name = "FILE")]
    db: Option<std::path::PathBuf>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Play the built-in show: a club rig moving to two minutes of music
    Demo(run::Demo),
    /// Play audio files with a light show made for them on the spot
    Play(run::Play),
    /// Hear what is in sound files: beats, bars, chords, drum hits, sections, loudness, stems; as JSON
    Analyze(analyze::Analyze),
    /// Draw a show: a picture of an instant, a film with its music, or how long frames take
    #[cfg(feature = "desktop")]
    Render(render::Render),
    /// Show any instant of a show: every head's state and every universe's bytes
    Frame(frame::Frame),
    /// Explain one head at one instant: every layer, every value, down to the bytes
    Why(why::Why),
    /// Tell what becomes of a show in a venue: what is lost, what stands in, what flashes too fast
    Lint(lint::Lint),
    /// List the built-in patterns, or take a picture of each
    Patterns(patterns::Patterns),
    /// Find, check and map fixture definitions; read them as plain facts
    Fixtures(fixtures::Fixtures),
    /// Check a venue's patch, suggest its groups, put it on paper; rooms of other programs in and out
    Venue(venue::Venue),
    /// The catalogue of nodes; what is wrong with a graph; what it does over time
    Graph(graph::GraphVerb),
    /// The wire: nodes of the network, and a pattern to try it with
    Output(output::OutputVerb),
    /// The library as a file: look at it, back it up, put it back
    Db(db::DbVerb),
}

/// What was asked for cannot be: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// Marks an error as the fault of an argument.
fn refused(error: impl std::fmt::Display) -> anyhow::Error {
    Refused(error.to_string()).into()
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let plain = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    let kind = plain.or_else(|| error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind));
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// Runs the program as it was called.
pub fn main() -> ExitCode {
    let Luma { db, verb } = Luma::parse();
    library::name(db.clone());
    let result = match verb {
        None => run::studio(),
        Some(Verb::Demo(demo)) => demo.run(),
        Some(Verb::Play(play)) => play.run(),
        Some(Verb::Analyze(analyze)) => analyze.run(),
        #[cfg(feature = "desktop")]
        Some(Verb::Render(render)) => render.run(),
        Some(Verb::Frame(frame)) => frame.run(),
        Some(Verb::Why(why)) => why.run(),
        Some(Verb::Lint(lint)) => lint.run(),
        Some(Verb::Patterns(patterns)) => patterns.run(),
        Some(Verb::Fixtures(fixtures)) => fixtures.run(),
        Some(Verb::Venue(venue)) => venue.run(),
        Some(Verb::Graph(graph)) => graph.run(),
        Some(Verb::Output(verb)) => verb.run(),
        Some(Verb::Db(verb)) => verb.run(db.as_ref()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // A pipe that was closed (`luma frame ... | head`) is no failure to tell about.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            status::say(&format!("luma: {error:#}"));
            ExitCode::from(if error.downcast_ref::<Refused>().is_some() { 2 } else { 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Luma::command().debug_assert();
    }
}
