//! `luma lint`: what becomes of a show in a venue, readable for whoever lights it.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::args;
use super::open::{self, Opened};
use crate::engine::StrobeGuard;
use crate::engine::lint::{ALARM_HZ, Finding, Moment, Place, Report, lint};

/// Moments of flashes that the text lists.
const MAX_MOMENTS: usize = 24;

/// Patterns that a line of text names.
const MAX_PATTERNS: usize = 6;

#[derive(Args)]
pub(super) struct Lint {
    /// The show: "demo", or an audio file (with an automatic score)
    show: String,
    /// The venue: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Tell of heads that flash more often a second than this
    #[arg(long, value_name = "HZ", value_parser = args::hz, allow_hyphen_values = true, default_value_t = ALARM_HZ)]
    alarm_hz: f32,
    /// Tell also what the strobe guard leaves of these flashes, with this many a second at most
    #[arg(long, value_name = "HZ", value_parser = args::hz, allow_hyphen_values = true)]
    strobe_guard: Option<f32>,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Lint {
    pub(super) fn run(&self) -> Result<()> {
        let mut opened = open::show(&self.show, self.venue.as_deref())?;
        opened.show.guard = StrobeGuard { cap_hz: self.strobe_guard };
        let report = lint(&opened.show, &opened.left_out, self.alarm_hz);
        let mut out = std::io::stdout().lock();
        if self.json {
            let mut answer = serde_json::to_value(&report)?;
            answer["show"] = json!(opened.records.score.name);
            answer["venue"] = json!(opened.records.venue.name);
            serde_json::to_writer(&mut out, &answer)?;
            writeln!(out)?;
        } else {
            out.write_all(text(&opened, &report).as_bytes())?;
        }
        Ok(())
    }
}

fn text(opened: &Opened, report: &Report) -> String {
    let mut text = format!(
        "{} in {}: {:.0} of 100\n{} annotations, {} heads\n",
        opened.records.score.name, opened.records.venue.name, report.score, report.annotations, report.heads
    );
    if !report.deductions.is_empty() {
        text += "\nHow the score comes about (each annotation counts by its length)\n";
        for deduction in report.deductions.iter().filter(|deduction| deduction.points >= 0.05) {
            text += &format!("  {:>6.1}  {}\n", -deduction.points, deduction.kind.reason());
        }
    }
    let (moments, others): (Vec<&Finding>, Vec<&Finding>) = report.findings.iter().partition(|finding| finding.moment.is_some());
    let mut last = None;
    for finding in others.iter().filter(|finding| !finding.partly) {
        if last.replace(finding.kind) != Some(finding.kind) {
            text += &format!("\n{}\n", finding.kind.heading());
        }
        text += &format!("  {}\n", finding.text);
        text += &places(&finding.places);
    }
    let partly: Vec<&&Finding> = others.iter().filter(|finding| finding.partly).collect();
    if !partly.is_empty() {
        text += "\nIn part (the rest of it shows; no points lost)\n";
        for finding in partly {
            text += &format!("  {}\n", finding.text);
            text += &places(&finding.places);
        }
    }
    text + &flashes(opened, report, &moments)
}

fn flashes(opened: &Opened, report: &Report, moments: &[&Finding]) -> String {
    let until = clock(report.looked_until);
    if moments.is_empty() {
        return format!("\nNothing flashes more than {} times a second (looked at 0:00 to {until})\n", report.alarm_hz);
    }
    let mut text = format!("\nFlashes more than {} times a second (looked at 0:00 to {until}; no points lost)\n", report.alarm_hz);
    for finding in moments.iter().take(MAX_MOMENTS) {
        let Some(moment) = &finding.moment else { continue };
        let place = opened.show.track.grid.bar_beat_at(moment.start);
        let length = moment.end - moment.start;
        text += &format!(
            "  {} (bar {}.{}) for {length:.1} s, {}: {}\n",
            clock(moment.start),
            place.bar,
            place.beat,
            finding.text,
            lamps(opened, moment)
        );
        text += &places(&finding.places);
    }
    if moments.len() > MAX_MOMENTS {
        text += &format!("  and {} more; --json lists them\n", moments.len() - MAX_MOMENTS);
    }
    text
}

/// Groups that take part as a whole, else fixtures.
fn lamps(opened: &Opened, moment: &Moment) -> String {
    let rig = &opened.rig;
    let whole = |group: &&crate::engine::rig::Group| {
        !group.members.is_empty() && group.members.iter().all(|head| moment.heads.binary_search(head).is_ok())
    };
    let groups: Vec<&crate::engine::rig::Group> = rig.groups.iter().filter(whole).collect();
    let mut names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    for &head in moment.heads.iter().filter(|head| !groups.iter().any(|group| group.members.contains(head))) {
        let label = &rig.fixtures[rig.heads[head as usize].fixture as usize].label;
        if !names.contains(label) {
            names.push(label.clone());
        }
    }
    let more = names.len().saturating_sub(4);
    names.truncate(4);
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Patterns with how often they stand there, and from when to when.
fn places(places: &[Place]) -> String {
    if places.is_empty() {
        return String::new();
    }
    let mut patterns: Vec<(&str, usize)> = Vec::new();
    for place in places {
        match patterns.iter_mut().find(|(name, _)| *name == place.pattern) {
            Some((_, count)) => *count += 1,
            None => patterns.push((&place.pattern, 1)),
        }
    }
    // The most frequent ones say what it is about.
    patterns.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let more = patterns.len().saturating_sub(MAX_PATTERNS);
    let names: Vec<String> = patterns
        .iter()
        .take(MAX_PATTERNS)
        .map(|(name, count)| if *count == 1 { (*name).to_owned() } else { format!("{name} x{count}") })
        .collect();
    let start = places.iter().map(|place| place.start).fold(f64::INFINITY, f64::min);
    let end = places.iter().map(|place| place.end).fold(0.0, f64::max);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("      {}{more} ({} to {})\n", names.join(", "), clock(start), clock(end))
}

fn clock(secs: f64) -> String {
    let secs = secs.max(0.0);
    format!("{}:{:04.1}", (secs / 60.0) as u64, (secs % 60.0 * 10.0).floor() / 10.0)
}
