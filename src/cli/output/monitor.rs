//! `luma output monitor` and `luma output routes`: what comes in, and where everything goes.

use std::io::Write;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::super::{args, library, refused};
use super::counted;
use crate::output::input::InputUniverse;
use crate::output::loss::Cause;
use crate::output::routes::{Protocol, Routes};
use crate::output::timecode::Following;
use crate::output::worker::OutputHandle;
use crate::output::worker::listen::{ListenConfig, Listener};
use crate::output::worker::receive::{ReceiveConfig, Receiver};

#[derive(Args)]
pub(super) struct Monitor {
    /// Listen on this address of the machine [default: on all]
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// Ask for the universes from 1 to this: join their sACN groups, and tell Art-Net desks that they are wanted
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(0..=4096))]
    universes: u16,
    #[arg(long, value_name = "SECONDS", value_parser = args::span, default_value = "5")]
    seconds: f64,
    /// What is there at the end, as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ShowRoutes {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

impl Monitor {
    pub(super) fn run(&self) -> Result<()> {
        // Desks of today send to those alone who ask.
        let config = ListenConfig { bind: self.bind, inputs: (0..=self.universes).collect(), ..ListenConfig::default() };
        let listener = Listener::start(config, &OutputHandle::default()).map_err(refused)?;
        let config = ReceiveConfig { bind: self.bind, universes: (1..=self.universes).collect(), ..ReceiveConfig::default() };
        let receiver = Receiver::start(config).map_err(refused)?;
        let end = Instant::now() + super::wait(self.seconds);
        let mut out = std::io::stdout().lock();
        let mut triggers = Vec::new();
        while Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20).min(end.saturating_duration_since(Instant::now())));
            for (trigger, from) in listener.triggers() {
                if !self.json {
                    writeln!(out, "{from} pressed {}", trigger.words())?;
                }
                triggers.push(json!({ "from": from, "trigger": trigger }));
            }
        }
        let (artnet, sacn, timecode) = (listener.inputs(), receiver.inputs(), listener.timecode());
        let following = timecode.at(Instant::now());
        if self.json {
            let levels = |universe: &InputUniverse| json!({ "input": universe, "slots": universe.slots.as_slice() });
            let universes: Vec<_> = artnet.universes.iter().chain(&sacn.universes).map(levels).collect();
            let counts = json!({ "artnet": artnet.counts, "sacn": sacn.counts });
            let told = json!({
                "universes": universes,
                "counts": counts,
                "timecode": following,
                "triggers": triggers,
                "sacn_sources": *receiver.sources(),
            });
            serde_json::to_writer_pretty(&mut out, &told)?;
            writeln!(out)?;
            return Ok(());
        }
        for universe in artnet.universes.iter().chain(&sacn.universes) {
            writeln!(out, "{}", line(universe))?;
        }
        if artnet.universes.is_empty() && sacn.universes.is_empty() {
            writeln!(
                out,
                "Nothing came in: look whether something is sent to this machine, and whether its firewall lets UDP ports 6454 and 5568 in"
            )?;
        }
        if let (Some((code, from)), true) = (timecode.last(), following != Following::Never) {
            writeln!(out, "Timecode {code} from {from}")?;
        }
        for source in receiver.sources().iter() {
            writeln!(out, "sACN source \"{}\" ({}) sends {} in all", source.name, source.ip, counted(source.universes.len(), "universe"))?;
        }
        Ok(())
    }
}

fn line(universe: &InputUniverse) -> String {
    let sources: Vec<String> = universe
        .sources
        .iter()
        .map(|source| {
            let name = if source.name.is_empty() { String::new() } else { format!(" \"{}\"", source.name) };
            // Art-Net knows none.
            let priority = if universe.key.protocol == Protocol::Sacn { format!(", priority {}", source.priority) } else { String::new() };
            let unseen = if source.shown { "" } else { ", not shown" };
            format!("{}{name}{priority}{unseen}", source.ip)
        })
        .collect();
    let lit = universe.slots.iter().filter(|&&level| level > 0).count();
    let first: Vec<String> = universe.slots.iter().take(16).map(ToString::to_string).collect();
    let from = if sources.is_empty() {
        "its sender has gone, and this was its last look".to_owned()
    } else {
        format!("from {}", sources.join("; "))
    };
    format!("{} {:<5} {lit:>3} lit: {} …  {from}", universe.key.protocol.name(), universe.key.number, first.join(" "))
}

impl ShowRoutes {
    pub(super) fn run(&self) -> Result<()> {
        let (routes, options) = library::routes();
        let routes: Routes = options.to_routes(routes);
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &json!({ "routes": routes, "options": options }))?;
            writeln!(out)?;
            return Ok(());
        }
        let words = |routes: &[crate::output::routes::Route]| -> Vec<String> {
            let word = |route: &crate::output::routes::Route| {
                let number = route.number.map(|number| format!(" as {number}")).unwrap_or_default();
                let off = if route.enabled { "" } else { " (off)" };
                format!("{} to {}{number}{off}", route.protocol.name(), route.to)
            };
            routes.iter().map(word).collect()
        };
        for (universe, own) in &routes.universes {
            writeln!(out, "Universe {universe}: {}", words(own).join(", "))?;
        }
        writeln!(out, "All others: {}", words(&routes.default).join(", "))?;
        for (universe, merging) in &routes.merges {
            writeln!(out, "Universe {universe}: {}", merging.words(*universe))?;
        }
        for (universe, shown) in &options.shows {
            writeln!(out, "Universe {universe}: {}", shown.words(*universe))?;
        }
        for cause in Cause::ALL {
            writeln!(out, "{}", options.loss.of(cause).words(cause))?;
        }
        let universes: Vec<u16> = routes.universes.keys().copied().collect();
        for problem in routes.problems(&universes, &Default::default()) {
            writeln!(out, "Universe {}: {}", problem.universe, problem.error)?;
        }
        Ok(())
    }
}
