//! "Why is this lamp on": the chain of values behind one head, in words, beside the lamp that was clicked.
//!
//! The engine explains ([`explain`]); here it is only said.  Asked once, when somebody asks: it renders once a layer.

use bevy::prelude::*;
use bevy_egui::egui::{self, Context, Grid, RichText, Window};
use uuid::Uuid;

use crate::engine::explain::words::{reading, title};
use crate::engine::explain::{Chain, Explanation, Reading, Rest, explain};
use crate::engine::graph::build::Target;
use crate::engine::rig::HeadIdx;
use crate::engine::{self, Held, Live, Program};
use crate::ui::theme;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    pub head: HeadIdx,
    /// "Back spot 1, head 2 of 4"
    pub who: String,
    /// One sentence.
    pub short: String,
    pub chains: Vec<Said>,
    /// "2.001  dimmer = 180"
    pub channels: Vec<String>,
}

/// What is said of one capability.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub what: &'static str,
    pub value: String,
    /// From below to above.
    pub reasons: Vec<String>,
}

/// How annotations and cues are called.
pub struct Names<'a> {
    pub annotation: &'a dyn Fn(Uuid) -> String,
    pub cue: &'a dyn Fn(Uuid) -> String,
}

/// Asks the engine; `None` where the program knows no such head.
pub fn ask(program: &Program, window: engine::Window, live: &Live, head: HeadIdx, names: &Names<'_>) -> Option<Why> {
    let found = explain(program, window, live, &Held::default(), head)?;
    let rig = &program.rig;
    let fixture = rig.heads[head as usize].fixture as usize;
    let (label, n) = (&rig.fixtures[fixture].label, rig.heads_of(fixture).len());
    let who = if n > 1 { format!("{label}, head {} of {n}", rig.heads[head as usize].index + 1) } else { label.clone() };
    let said = |chain: &Chain| Said { what: title(chain.target), value: reading(chain.value), reasons: reasons(chain, names) };
    let channel =
        |written: &engine::explain::Written| format!("{}.{:03}  {} = {}", written.universe, written.channel, written.what, written.byte);
    Some(Why {
        head,
        who,
        short: short(&found, names),
        chains: found.chains.iter().filter(|chain| chain.able).map(said).collect(),
        channels: found.channels.iter().map(channel).collect(),
    })
}

fn reasons(chain: &Chain, names: &Names<'_>) -> Vec<String> {
    let mut said: Vec<String> = match chain.rest {
        Rest::Held { annotation } => vec![format!("{} left it there", (names.annotation)(annotation))],
        Rest::PrePositioned { annotation } => vec![format!("waits for {}, which starts there", (names.annotation)(annotation))],
        Rest::Left => vec!["a cue or the programmer left it there".to_owned()],
        Rest::Default => Vec::new(),
    };
    said.extend(chain.steps.iter().map(|step| {
        let over = if step.over { ", over: its flash" } else { "" };
        let blend = format!("{:?}", step.blend).to_lowercase();
        format!(
            "{} (layer {}, {blend}{over}) says {}, leaves {}",
            (names.annotation)(step.annotation),
            step.z,
            reading(step.own),
            reading(step.after)
        )
    }));
    said.extend(chain.above.iter().map(|above| {
        let cue = above.cue.map(|cue| format!(" {}", (names.cue)(cue))).unwrap_or_default();
        format!("{}{cue} makes it {}", above.what, reading(above.after))
    }));
    said
}

fn short(found: &Explanation, names: &Names<'_>) -> String {
    let Some(dimmer) = found.chains.iter().find(|chain| chain.target == Target::Dimmer) else {
        return "It has no light that can be dimmed".to_owned();
    };
    let level = if let Reading::Number(level) = dimmer.value { level } else { 0.0 };
    let top = dimmer.above.last().map(|above| above.what.to_owned());
    let layer = dimmer.steps.last().map(|step| (names.annotation)(step.annotation));
    let percent = (level * 100.0).round();
    match (level > 0.0, top, layer) {
        (true, Some(above), _) if above != "grand master" => format!("On at {percent} %: {above}"),
        (true, _, Some(layer)) => format!("On at {percent} %: {layer}"),
        (true, ..) => format!("On at {percent} %"),
        (false, Some(above), _) => format!("Dark: {above}"),
        (false, None, Some(layer)) => format!("Dark: {layer} gives it no light at this moment"),
        (false, None, None) => "Dark: nothing in the score drives it at this moment".to_owned(),
    }
}

/// Draws it; false once it is closed.
pub fn why_ui(ctx: &Context, why: &Why, at: egui::Pos2, again: &mut bool) -> bool {
    let mut open = true;
    let window = Window::new(format!("Why: {}", why.who)).id("why".into()).open(&mut open).default_pos(at).resizable(false);
    window.default_width(360.0).show(ctx, |ui| {
        ui.label(RichText::new(&why.short).strong());
        for said in &why.chains {
            if said.reasons.is_empty() {
                continue;
            }
            ui.add_space(3.0);
            ui.label(RichText::new(format!("{}  {}", said.what, said.value)).color(theme::ACCENT));
            for reason in &said.reasons {
                ui.label(reason);
            }
        }
        let at_rest: Vec<String> =
            why.chains.iter().filter(|said| said.reasons.is_empty()).map(|said| format!("{} {}", said.what, said.value)).collect();
        if !at_rest.is_empty() {
            ui.weak(format!("At rest: {}", at_rest.join(", ")));
        }
        ui.collapsing("Channels", |ui| {
            Grid::new("why channels").num_columns(2).show(ui, |ui| {
                for (nth, channel) in why.channels.iter().enumerate() {
                    ui.monospace(channel);
                    if nth % 2 == 1 {
                        ui.end_row();
                    }
                }
            });
        });
        *again = ui.button("Ask again").on_hover_text("For this moment").clicked();
    });
    open
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Show, Window as Span, compile};
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn a_lamp_that_nothing_drives_says_so_and_one_under_hands_says_whose() {
        let rig = Arc::new(venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0);
        let (program, _) = compile(&Show { rig: rig.clone(), ..Show::default() });
        let names = Names { annotation: &|_| "Pulse".to_owned(), cue: &|_| "Cue".to_owned() };
        let head = rig.fixtures.iter().find(|fixture| fixture.label == "Back spot 1").unwrap().first_head;
        let why_of = |live: &Live| ask(&program, Span::ending(1.0, 0.02), live, head, &names).unwrap();
        assert_eq!(why_of(&Live::default()).short, "Dark: nothing in the score drives it at this moment");
        let full = engine::live::Manual { dimmer: Some(0.5), ..engine::live::Manual::default() };
        let held = Live { programmer: vec![(head, full)], ..Live::default() };
        let why = why_of(&held);
        assert_eq!((why.who.as_str(), why.short.as_str()), ("Back spot 1", "On at 50 %: programmer"));
        assert!(why.chains.iter().any(|said| said.what == "dimmer" && said.reasons == ["programmer makes it 0.500"]), "{why:?}");
        assert!(why.channels.iter().any(|channel| channel.contains("dimmer = 128")), "{:?}", why.channels);
        assert_eq!(why_of(&Live { blackout: true, ..held }).short, "Dark: blackout");
    }
}
