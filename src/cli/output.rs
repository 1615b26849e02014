//! `luma output`: the wire without a show.

mod monitor;
mod nodes;
mod record;
mod test;

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(super) struct OutputVerb {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Send a pattern to some universes and tell how evenly it went
    Test(test::Test),
    /// The Art-Net nodes of the network
    Nodes(nodes::Nodes),
    /// What others send to this machine: universes, sources, timecode, triggers
    Monitor(monitor::Monitor),
    /// Where the universes of the library go, and what the lamps do when something is lost
    Routes(monitor::ShowRoutes),
    /// Write down everything that comes in, as it is
    Record(record::Record),
    /// Send a recording again, byte for byte and in time
    Replay(record::Replay),
}

/// Nobody waits longer than a year.
fn wait(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, 31_536_000.0))
}

/// "1 universe", "2 universes".
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

impl OutputVerb {
    pub(super) fn run(&self) -> Result<()> {
        match &self.verb {
            Verb::Test(test) => test.run(),
            Verb::Nodes(nodes) => nodes.run(),
            Verb::Monitor(monitor) => monitor.run(),
            Verb::Routes(routes) => routes.run(),
            Verb::Record(record) => record.run(),
            Verb::Replay(replay) => replay.run(),
        }
    }
}
