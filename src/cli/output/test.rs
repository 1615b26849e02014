//! `luma output test`: a pattern through the same heart that plays shows, and how evenly it beat.

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::super::{args, library, refused, status};
use super::counted;
use crate::output::artnet;
use crate::output::health::{self, Diagnosis, Known};
use crate::output::identity::Role;
use crate::output::looks::Looks;
use crate::output::loss::{Act, Cause, LossRules, Rule};
use crate::output::nodes;
use crate::output::pattern::Pattern;
use crate::output::routes::{Route, Routes, To};
use crate::output::stats::{Lateness, OutputStats};
use crate::output::worker::listen::{ListenConfig, Listener};
use crate::output::worker::{Output, OutputConfig};

#[derive(Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Wire {
    Artnet,
    Sacn,
}

#[derive(Clone, Copy, ValueEnum)]
enum Plug {
    Deck,
    Engine,
    Exit,
    Network,
}

impl Plug {
    fn cause(self) -> Cause {
        match self {
            Self::Deck => Cause::Deck,
            Self::Engine => Cause::Engine,
            Self::Exit => Cause::Exit,
            Self::Network => Cause::Network,
        }
    }
}

/// What is pulled, and when, in seconds of the run.
#[derive(Clone, Copy, Serialize)]
struct Pull {
    cause: Cause,
    rule: Rule,
    at: f64,
    /// None = it stays pulled.
    back: Option<f64>,
}

#[derive(Args)]
pub(super) struct Test {
    /// How many universes, from 1 on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    universes: u16,
    #[arg(long, value_enum, default_value = "artnet")]
    protocol: Wire,
    /// Send from this address of the machine [default: any]
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// Where to, again for more: an address; `auto` for the Art-Net nodes that ask for a universe, or its sACN group [default:
    /// 127.0.0.1 in Art-Net, auto in sACN]
    #[arg(long = "target", value_name = "IP[:PORT]|auto")]
    targets: Vec<To>,
    /// A pattern that stands still
    #[arg(long = "static")]
    still: bool,
    /// Tell receivers when a frame is whole: `ArtSync`, or sACN sync on universe 1
    #[arg(long)]
    sync: bool,
    /// sACN priority, 0 to 200
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=200))]
    priority: u8,
    /// Leave the last look standing at the end, instead of darkness
    #[arg(long)]
    hold: bool,
    /// Pull a plug while it runs, and see on the wire what its rule does
    #[arg(long, value_enum)]
    pull: Option<Plug>,
    /// The rule for what is pulled, and in seconds how long it waits and fades: hold, safe:5:2, black:0:1 [default: as Luma comes]
    #[arg(long, value_name = "ACT[:WAIT[:FADE]]", requires = "pull")]
    rule: Option<Rule>,
    /// When it is pulled
    #[arg(long, value_name = "SECONDS", value_parser = args::span, default_value = "1", requires = "pull")]
    pull_after: f64,
    /// For how long [default: 2 s for the network, to the end for all others]
    #[arg(long, value_name = "SECONDS", value_parser = args::span, requires = "pull")]
    pull_for: Option<f64>,
    #[arg(long, value_name = "SECONDS", value_parser = args::span, default_value = "5")]
    seconds: f64,
    /// Listen as well, and tell what is wrong in the network around us
    #[arg(long)]
    check: bool,
    /// The result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    protocol: Wire,
    universes: u16,
    seconds: f64,
    packets: u64,
    packets_per_sec: f64,
    /// The slowest universe's frames a second.
    rate_hz: f64,
    jitter_ms: Lateness,
    spread_ms: Lateness,
    skipped_beats: u64,
    dropped: u64,
    errors: u64,
    last_error: Option<String>,
    realtime: bool,
    /// Of one core; none where the system does not tell.
    cpu_share: Option<f64>,
    /// Universes that nobody asked for.
    silent_universes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pull: Option<Pull>,
    /// In words, with what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wrong: Vec<Diagnosis>,
}

impl Test {
    pub(super) fn run(&self) -> Result<()> {
        let stop = Arc::new(AtomicBool::new(false));
        ctrlc::set_handler({
            let stop = stop.clone();
            move || stop.store(true, Ordering::Relaxed)
        })
        .context("Ctrl-C cannot be watched for")?;
        let routes = self.routes()?;
        let universes: Vec<u16> = (1..=self.universes).collect();
        let pattern = Pattern::new(universes.clone(), !self.still);
        let asks = routes.default.iter().any(|route| matches!(self.protocol, Wire::Artnet) && route.to == To::Auto);
        let pull = self.pull();
        let mut rules = LossRules::default();
        if self.hold {
            rules.exit = Rule::new(Act::Hold, 0, 0);
        }
        if let Some(pull) = &pull {
            *rules.of_mut(pull.cause) = pull.rule;
            let back = pull.back.map(|back| format!(", and back at {back} s")).unwrap_or_default();
            status::say(&format!("Pulled at {} s{back}. {}", pull.at, rules.sane().of(pull.cause).words(pull.cause)));
        }
        let config = OutputConfig {
            routes: routes.clone(),
            source: library::source(Role::Test),
            bind: self.bind,
            universes_when_empty: universes,
            loss: rules,
            ..OutputConfig::default()
        };
        let cpu = cpu_secs();
        let begun = Instant::now();
        let looks = Looks::dimmers(&config.universes_when_empty, rules.safe.level);
        let output = Output::start_with(config, |_handle| pattern)?;
        output.handle().set_looks(looks);
        let mut not_heard = Vec::new();
        let listen = || Listener::start(ListenConfig { bind: self.bind, ..ListenConfig::default() }, &output.handle());
        let listener = match (asks || self.check).then(listen).transpose() {
            Ok(listener) => listener,
            // Not to be heard is one of the things that can be wrong.
            Err(error) if self.check => {
                not_heard.push(error.to_string());
                None
            }
            Err(error) => return Err(refused(error)),
        };
        let end = begun + super::wait(self.seconds);
        while !stop.load(Ordering::Relaxed) && Instant::now() < end {
            if let Some(pull) = &pull {
                let gone = begun.elapsed().as_secs_f64();
                output.handle().pull(pull.cause, gone >= pull.at && pull.back.is_none_or(|back| gone < back));
            }
            std::thread::sleep(Duration::from_millis(5).min(end.saturating_duration_since(Instant::now())));
        }
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = cpu.zip(cpu_secs()).map(|(before, after)| (after - before) / seconds);
        let steady = output.stats();
        let wrong = if self.check { self.wrong(&routes, listener.as_ref(), not_heard, &steady, rules) } else { Vec::new() };
        let stats = output.stop()?;
        if let Some(listener) = listener {
            listener.stop();
        }
        self.tell(&Report { wrong, ..self.report(seconds, &steady, &stats, cpu) })
    }

    fn wrong(
        &self,
        routes: &Routes,
        listener: Option<&Listener>,
        mut not_heard: Vec<String>,
        stats: &OutputStats,
        rules: LossRules,
    ) -> Vec<Diagnosis> {
        let universes: Vec<u16> = (1..=self.universes).collect();
        not_heard.extend(listener.into_iter().flat_map(|listener| listener.trouble().to_vec()));
        let (nodes, inputs, air) = listener.map(|listener| (listener.nodes(), listener.inputs(), listener.air())).unwrap_or_default();
        let known = Known {
            universes: &universes,
            nodes: &nodes,
            inputs: Some(&inputs),
            stats: Some(stats),
            air: Some(&air),
            loss: Some(&rules),
            not_heard: &not_heard,
        };
        health::diagnose(routes, &nodes::takers(&nodes, artnet::PORT), known)
    }

    fn pull(&self) -> Option<Pull> {
        let cause = self.pull?.cause();
        let usual = (cause == Cause::Network).then_some(2.0);
        let back = self.pull_for.or(usual).map(|length| self.pull_after + length);
        Some(Pull { cause, rule: self.rule.unwrap_or(LossRules::default().of(cause)), at: self.pull_after, back })
    }

    fn routes(&self) -> Result<Routes> {
        let sacn = matches!(self.protocol, Wire::Sacn);
        let default = if sacn { To::Auto } else { To::Node(Ipv4Addr::LOCALHOST, None) };
        let targets = if self.targets.is_empty() { vec![default] } else { self.targets.clone() };
        let route = |to| Route { priority: self.priority, ..if sacn { Route::sacn(to) } else { Route::artnet(to) } };
        let mut routes = Routes::of(targets.into_iter().map(route).collect());
        routes.art_sync = self.sync && !sacn;
        routes.sacn_sync = (self.sync && sacn).then_some(1);
        if let Some(problem) = routes.problems(&[1], &Default::default()).into_iter().next() {
            return Err(refused(problem.error));
        }
        Ok(routes)
    }

    fn report(&self, seconds: f64, steady: &OutputStats, stats: &OutputStats, cpu_share: Option<f64>) -> Report {
        let slowest = steady.frames_sent.values().min().copied().unwrap_or_default();
        Report {
            protocol: self.protocol,
            universes: self.universes,
            seconds,
            packets: stats.packets,
            packets_per_sec: steady.packets as f64 / seconds,
            rate_hz: slowest as f64 / seconds,
            jitter_ms: stats.lateness_ms,
            spread_ms: stats.spread_ms,
            skipped_beats: stats.skipped_ticks,
            dropped: stats.dropped,
            errors: stats.errors,
            last_error: stats.last_error.clone(),
            realtime: stats.realtime,
            cpu_share,
            silent_universes: usize::from(self.universes).saturating_sub(stats.frames_sent.len()),
            pull: self.pull(),
            wrong: Vec::new(),
        }
    }

    fn tell(&self, report: &Report) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)?;
            return Ok(());
        }
        let Report { jitter_ms: jitter, spread_ms: spread, .. } = report;
        writeln!(
            out,
            "{} for {:.1} s: {} packets, {:.0} a second",
            counted(report.universes.into(), "universe"),
            report.seconds,
            report.packets,
            report.packets_per_sec
        )?;
        writeln!(out, "{:.2} frames a second for the slowest universe; {} beats left out", report.rate_hz, report.skipped_beats)?;
        writeln!(out, "late by {:.2} ms (half), {:.2} ms (99 %), {:.2} ms (worst)", jitter.p50, jitter.p99, jitter.max)?;
        writeln!(out, "a frame is out in {:.2} ms (half), {:.2} ms (99 %), {:.2} ms (worst)", spread.p50, spread.p99, spread.max)?;
        let realtime = if report.realtime { "real-time priority" } else { "ordinary priority" };
        let cpu = report.cpu_share.map(|share| format!(", {:.1} % of a core", share * 100.0)).unwrap_or_default();
        writeln!(out, "{} dropped, {} errors; {realtime}{cpu}", report.dropped, report.errors)?;
        if let Some(error) = &report.last_error {
            writeln!(out, "The newest error: {error}")?;
        }
        if report.silent_universes > 0 {
            writeln!(
                out,
                "No node asks for {} of them: give the address of one with --target, or set a port of a node to each",
                report.silent_universes
            )?;
        }
        for wrong in &report.wrong {
            writeln!(out, "! {}", wrong.text)?;
        }
        if self.check && report.wrong.is_empty() {
            writeln!(out, "Nothing is wrong as far as can be seen from here")?;
        }
        Ok(())
    }
}

/// What this process has used so far, where the system tells.
fn cpu_secs() -> Option<f64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let nanos = |thread: std::io::Result<std::fs::DirEntry>| -> Option<f64> {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    Some(threads.filter_map(nanos).sum::<f64>() / 1e9)
}
