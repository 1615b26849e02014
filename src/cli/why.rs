//! `luma why`: for one head and one instant the chain of values from the lowest layer to the byte.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use super::open::{self, Opened};
use super::{args, refused, status};
use crate::engine::explain::words::{reading, title};
use crate::engine::explain::{Above, Chain, Explanation, Rest, Step, explain};
use crate::engine::rig::HeadIdx;
use crate::engine::{Held, Live, Rig, Window};

#[derive(Args)]
pub(super) struct Why {
    /// The show: "demo", or an audio file (with an automatic score)
    show: String,
    /// The instant, in seconds of the track
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    at: f64,
    /// The head: an id, or a fixture's label and, where it has several heads, the head's number from 0 ("Bar left 1:4")
    #[arg(long, value_name = "ID")]
    head: String,
    /// The venue: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// How long before that instant the frame begins [default: one tick, 1/44 s]
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    window: Option<f64>,
    /// With the strobe guard on: no more flashes a second than this
    #[arg(long, value_name = "HZ", value_parser = args::hz, allow_hyphen_values = true)]
    strobe_guard: Option<f32>,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) fn run(&self) -> Result<()> {
        let opened = open::show(&self.show, self.venue.as_deref())?.guarded(self.strobe_guard);
        opened.notices.iter().for_each(|notice| status::say(notice));
        let head = find(&opened.rig, &self.head)?;
        let window = Window::ending(self.at, self.window.unwrap_or(1.0 / 44.0));
        let why = explain(&opened.program, window, &Live::default(), &Held::default(), head)
            .ok_or_else(|| refused(format!("the venue has no head \"{}\"", self.head)))?;
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &describe(&opened, &why))?;
            writeln!(out)?;
        } else {
            out.write_all(text(&opened, &why).as_bytes())?;
        }
        Ok(())
    }
}

/// A head by id, or by its fixture's label.
fn find(rig: &Rig, name: &str) -> Result<HeadIdx> {
    if let Some(head) = rig.find_head(name) {
        return Ok(head);
    }
    let labelled = |label: &str| rig.fixtures.iter().position(|fixture| fixture.label.eq_ignore_ascii_case(label.trim()));
    let split = name.rsplit_once(':').and_then(|(label, index)| Some((labelled(label)?, index.trim().parse::<u32>().ok()?)));
    // A label may hold a colon itself.
    if let Some((fixture, index)) = labelled(name).map(|fixture| (fixture, 0)).or(split) {
        let heads = rig.heads_of(fixture);
        return match heads.clone().nth(index as usize) {
            Some(head) => Ok(head),
            None => {
                Err(refused(format!("\"{}\" has {} heads, numbered from 0: there is no {index}", rig.fixtures[fixture].label, heads.len())))
            }
        };
    }
    let wanted = name.split(':').next().unwrap_or(name).trim().to_lowercase();
    let first = wanted.split_whitespace().next().unwrap_or_default();
    let mut near: Vec<&str> = rig.fixtures.iter().map(|fixture| fixture.label.as_str()).collect();
    near.sort_unstable();
    near.retain(|label| first.is_empty() || label.to_lowercase().contains(first));
    let hint = if near.is_empty() {
        "`luma frame` lists them all".to_owned()
    } else {
        format!("perhaps {}", near[..near.len().min(8)].join(", "))
    };
    Err(refused(format!("the venue has no head \"{name}\": give <fixture id>:<number> or a fixture's label; {hint}")))
}

fn pattern(opened: &Opened, annotation: Uuid) -> &str {
    let placed = opened.show.annotations.iter().find(|known| known.id == annotation);
    placed.and_then(|placed| opened.show.patterns.get(&placed.pattern)).map_or("?", |pattern| &pattern.name)
}

/// What stands above the score, a cue by its name.
fn what(opened: &Opened, above: &Above) -> String {
    let cue = above.cue.and_then(|id| opened.show.cues.iter().find(|cue| cue.id == id));
    match (cue, opened.program.guard_hz()) {
        (Some(cue), _) => format!("{} \"{}\"", above.what, cue.name),
        (None, Some(cap_hz)) if above.what == "strobe guard" => format!("strobe guard, at most {cap_hz} flashes a second"),
        _ => above.what.to_owned(),
    }
}

fn describe(opened: &Opened, why: &Explanation) -> Value {
    let step = |step: &Step| {
        json!({
            "annotation": step.annotation, "pattern": pattern(opened, step.annotation), "start": step.start, "end": step.end, "z": step.z,
            "blend": step.blend, "sinks": step.nodes, "over": step.over, "own": step.own, "after": step.after,
        })
    };
    let chain = |chain: &Chain| {
        json!({
            "capability": chain.target.name(), "able": chain.able, "value": chain.value, "rest": chain.rest,
            "layers": chain.steps.iter().map(step).collect::<Vec<_>>(),
            "above": chain.above.iter().map(|above| json!({"what": above.what, "cue": above.cue, "after": above.after})).collect::<Vec<_>>(),
        })
    };
    json!({
        "head": opened.rig.head_id(why.head),
        "fixture": opened.rig.fixtures[opened.rig.heads[why.head as usize].fixture as usize].label,
        "venue": opened.records.venue.name,
        "at": why.window.to,
        "from": why.window.from,
        "bar_beat": opened.show.track.grid.bar_beat_at(why.window.to),
        "driven": why.driven,
        "capabilities": why.chains.iter().map(chain).collect::<Vec<_>>(),
        "channels": why.channels,
    })
}

fn text(opened: &Opened, why: &Explanation) -> String {
    let place = opened.show.track.grid.bar_beat_at(why.window.to);
    let fixture = &opened.rig.fixtures[opened.rig.heads[why.head as usize].fixture as usize];
    let index = opened.rig.heads[why.head as usize].index;
    let mut text = format!(
        "{} head {index} ({}) at {:.3} s, bar {}.{}\n",
        fixture.label,
        opened.rig.head_id(why.head),
        why.window.to,
        place.bar,
        place.beat
    );
    if !why.driven {
        text += "no annotation drives it now: it stays dark and goes to where its next annotation starts\n";
    }
    for chain in &why.chains {
        let gap = if chain.steps.is_empty() && chain.above.is_empty() && chain.rest == Rest::Default { "" } else { "\n" };
        text += &format!("{gap}{:<14} {}", title(chain.target), reading(chain.value));
        text += if chain.able { "\n" } else { "  (this head cannot do that)\n" };
        match chain.rest {
            Rest::Held { annotation } => text += &format!("    held: {} left it there\n", pattern(opened, annotation)),
            Rest::PrePositioned { annotation } => text += &format!("    waiting for {}, which starts there\n", pattern(opened, annotation)),
            Rest::Left => text += "    held: a cue or the programmer left it there\n",
            Rest::Default => {}
        }
        for step in &chain.steps {
            let id = step.annotation.to_string();
            text += &format!(
                "    z {:<4} {:<20} {:<9} {:>7} -> {:<9} {}, {:.2} to {:.2} s, annotation {}{}\n",
                step.z,
                pattern(opened, step.annotation),
                format!("{:?}", step.blend).to_lowercase(),
                reading(step.own),
                reading(step.after),
                step.nodes.join(" x "),
                step.start,
                step.end,
                &id[..8],
                if step.over { " (over: its flash)" } else { "" }
            );
        }
        for above in &chain.above {
            text += &format!("    {:<44} -> {}\n", what(opened, above), reading(above.after));
        }
    }
    text += "\nchannel    byte\n";
    for written in &why.channels {
        let fine = written.fine.map_or_else(String::new, |(channel, byte)| format!(", fine {channel} = {byte}"));
        let shared = if written.shared { " (other heads have a part in it)" } else { "" };
        text += &format!("{:>3}.{:<5}  {:>3}  {}{fine}{shared}\n", written.universe, written.channel, written.byte, written.what);
    }
    text
}
