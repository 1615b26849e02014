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

/// How another desk's universe is mixed with one of ours.
pub(super) fn merge_ui(ui: &mut Ui, universe: u16, options: &mut OutputOptions) {
    let before = options.merges.get(&universe).copied();
    let mut now = before;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(12.0);
        let words = match now {
            None => "nobody's comes in",
            Some(Merging { side: Side::Below, .. }) => "another desk's below",
            Some(Merging { side: Side::Above, .. }) => "another desk's above",
        };
        let kept = now.unwrap_or_default();
        ComboBox::from_id_salt(("merge", universe)).width(150.0).selected_text(words).show_ui(ui, |ui| {
            ui.selectable_value(&mut now, None, "nobody's comes in");
            for (side, words) in [(Side::Below, "another desk's below"), (Side::Above, "another desk's above")] {
                if ui.selectable_label(now.is_some_and(|merging| merging.side == side), words).clicked() {
                    now = Some(Merging { side, ..kept });
                }
            }
        });
        let Some(merging) = &mut now else { return };
        ComboBox::from_id_salt(("merge of", universe)).width(70.0).selected_text(merging.protocol.name()).show_ui(ui, |ui| {
            for protocol in [Protocol::ArtNet, Protocol::Sacn] {
                ui.selectable_value(&mut merging.protocol, protocol, protocol.name());
            }
        });
        let mut number = i64::from(merging.number.unwrap_or(universe));
        if ui.add(DragValue::new(&mut number).range(0..=63_999)).on_hover_text("Its number on the wire").changed() {
            merging.number = u16::try_from(number).ok().filter(|&number| number != universe);
        }
        let rule = |rule: Merge| if rule == Merge::Htp { "highest level" } else { "latest change" };
        ComboBox::from_id_salt(("merge by", universe)).width(110.0).selected_text(rule(merging.rule)).show_ui(ui, |ui| {
            for wanted in [Merge::Htp, Merge::Ltp] {
                ui.selectable_value(&mut merging.rule, wanted, rule(wanted));
            }
        });
        let hint = match merging.side {
            Side::Below => "blackout and the loss rules take it along",
            Side::Above => "it stands over everything we do",
        };
        ui.label(RichText::new(hint).color(theme::faint(ui)));
    });
    if now != before {
        match now {
            Some(merging) => drop(options.merges.insert(universe, merging)),
            None => drop(options.merges.remove(&universe)),
        }
    }
}
