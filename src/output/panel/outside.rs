//! What comes from outside and goes there besides light: timecode, triggers, another desk's universes.

use std::time::Instant;

use bevy_egui::egui::{ComboBox, DragValue, Id, RichText, Ui};

use super::route;
use crate::output::artnet::timecode::Rate;
use crate::output::input::Merge;
use crate::output::merge::{Merging, Side};
use crate::output::options::OutputOptions;
use crate::output::plugin::Heard;
use crate::output::routes::{Protocol, TimecodeOut};
use crate::output::shown::Shown;
use crate::output::timecode::Following;
use crate::ui::theme;

/// Timecode in and out, and triggers.
pub(super) fn clocks_ui(ui: &mut Ui, options: &mut OutputOptions, heard: &Heard) {
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut options.follow_timecode, "Follow Art-Net timecode")
            .on_hover_text("The track stands where the timecode says; when that is lost, the rule for a lost deck acts");
        let words = following(heard);
        ui.label(RichText::new(words).color(theme::faint(ui)));
    });
    ui.horizontal_wrapped(|ui| {
        let mut tells = options.tell_timecode.is_some();
        if ui.checkbox(&mut tells, "Tell our timecode").on_hover_text("Where the track is, to other desks and players").changed() {
            options.tell_timecode = tells.then(TimecodeOut::default);
        }
        if let Some(told) = &mut options.tell_timecode {
            ComboBox::from_id_salt("rate told").width(120.0).selected_text(told.rate.words()).show_ui(ui, |ui| {
                for rate in Rate::ALL {
                    ui.selectable_value(&mut told.rate, rate, rate.words());
                }
            });
            ui.label("to");
            route::target_ui(ui, Id::new("timecode told"), &mut told.to);
            if told.target().is_none() {
                ui.label(RichText::new("Give an address, like 10.0.0.20, or broadcast 10.255.255.255").color(theme::DANGER));
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut options.triggers, "Triggers press pads")
            .on_hover_text("ArtTrigger: macro, soft key or show N, or the key 1 to 9, strikes pad N");
        if let Some((trigger, at)) = heard.trigger {
            ui.label(RichText::new(format!("{}, {:.0} s ago", trigger.words(), at.elapsed().as_secs_f64())).color(theme::faint(ui)));
        }
    });
}

fn following(heard: &Heard) -> String {
    let code = heard.timecode.last().map(|(code, from)| format!("{code} from {from}")).unwrap_or_default();
    match heard.timecode.at(Instant::now()) {
        Following::Never => "none has come yet".to_owned(),
        Following::Running(_) => format!("runs, {code}"),
        Following::Still(_) => format!("stands, {code}"),
        Following::Lost(_) => format!("lost, {code}"),
    }
}

/// What another desk's universe is to one of ours.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Nothing,
    Mixed(Side),
    Shown,
}

impl Part {
    const ALL: [Self; 4] = [Self::Nothing, Self::Mixed(Side::Below), Self::Mixed(Side::Above), Self::Shown];

    fn of(universe: u16, options: &OutputOptions) -> Self {
        match options.merges.get(&universe) {
            _ if options.shows.contains_key(&universe) => Self::Shown,
            Some(merging) => Self::Mixed(merging.side),
            None => Self::Nothing,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "not used",
            Self::Mixed(Side::Below) => "mixed in below ours",
            Self::Mixed(Side::Above) => "mixed in above ours",
            Self::Shown => "shown on our lamps",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Mixed(Side::Below) => "blackout and the loss rules take it along",
            Self::Mixed(Side::Above) => "it stands over everything we do",
            Self::Shown => "the 3D view follows the other desk; what we send stays ours",
        }
    }
}

/// How another desk's universe meets one of ours.
pub(super) fn other_desk_ui(ui: &mut Ui, universe: u16, options: &mut OutputOptions) {
    let before = Part::of(universe, options);
    let mut part = before;
    let merging = options.merges.get(&universe).copied();
    let shown = options.shows.get(&universe).copied();
    let mut how = merging.unwrap_or_else(|| {
        let Shown { protocol, number } = shown.unwrap_or_default();
        Merging { protocol, number, ..Merging::default() }
    });
    let kept = how;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(12.0);
        let label = ui.label("Another desk's");
        let choice = ComboBox::from_id_salt(("other desk", universe)).width(160.0).selected_text(part.words()).show_ui(ui, |ui| {
            for wanted in Part::ALL {
                ui.selectable_value(&mut part, wanted, wanted.words());
            }
        });
        choice.response.labelled_by(label.id);
        if part == Part::Nothing {
            return;
        }
        ComboBox::from_id_salt(("other protocol", universe)).width(70.0).selected_text(how.protocol.name()).show_ui(ui, |ui| {
            for protocol in [Protocol::ArtNet, Protocol::Sacn] {
                ui.selectable_value(&mut how.protocol, protocol, protocol.name());
            }
        });
        let mut number = i64::from(how.number.unwrap_or(universe));
        if ui.add(DragValue::new(&mut number).range(0..=63_999)).on_hover_text("Its number on the wire").changed() {
            how.number = u16::try_from(number).ok().filter(|&number| number != universe);
        }
        if let Part::Mixed(side) = part {
            how.side = side;
            let rule = |rule: Merge| if rule == Merge::Htp { "highest level" } else { "latest change" };
            ComboBox::from_id_salt(("merge by", universe)).width(110.0).selected_text(rule(how.rule)).show_ui(ui, |ui| {
                for wanted in [Merge::Htp, Merge::Ltp] {
                    ui.selectable_value(&mut how.rule, wanted, rule(wanted));
                }
            });
        }
        ui.label(RichText::new(part.hint()).color(theme::faint(ui)));
    });
    if (part, how) == (before, kept) {
        return;
    }
    options.merges.remove(&universe);
    options.shows.remove(&universe);
    match part {
        Part::Nothing => {}
        Part::Mixed(side) => drop(options.merges.insert(universe, Merging { side, ..how })),
        Part::Shown => drop(options.shows.insert(universe, Shown { protocol: how.protocol, number: how.number })),
    }
}
