//! Faders for the selected fixtures, and the bytes their channels have: what a technician tries a lamp with.
//!
//! Fader values are held above the show ([`crate::engine::live::Manual`]), on the wire as in the picture; a channel's own byte is
//! held on the wire alone.  All is let go of when the panel is closed or "Release" is pressed.  Nothing of it is saved.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{Button, ComboBox, Grid, RichText, Slider, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::selection::Selection;
use crate::engine::explain::{Written, written};
use crate::engine::frame::BeamValue;
use crate::engine::live::Manual;
use crate::engine::rig::Caps;
use crate::engine::{Rgb, Rig};
use crate::show::plugin::{CurrentBytes, CurrentFrame, Part};
use crate::ui::theme;

/// What faders hold, by fixture and head; `None` = all heads of it.
#[derive(Resource, Default, Debug)]
pub struct Faders {
    pub held: BTreeMap<(Uuid, Option<u16>), Manual>,
    /// Bytes that channels are held at, by universe and channel from 1.
    pub raw: BTreeMap<(u16, u16), u8>,
    fresh: bool,
}

impl Faders {
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.raw.is_empty()
    }

    fn release(&mut self) {
        self.held.clear();
        self.raw.clear();
    }

    /// What they say of every head, by rising head; a head's own fader goes before its fixture's.
    pub fn of(&self, rig: &Rig) -> Vec<(u32, Manual)> {
        let mut heads: BTreeMap<u32, Manual> = BTreeMap::new();
        // Whole fixtures sort before their heads.
        for ((id, head), manual) in &self.held {
            let Ok(at) = rig.fixtures.binary_search_by_key(id, |fixture| fixture.id) else { continue };
            for idx in rig.heads_of(at).filter(|idx| head.is_none_or(|head| rig.heads[*idx as usize].index == head)) {
                let below = heads.get(&idx).copied().unwrap_or_default();
                heads.insert(idx, over(below, manual));
            }
        }
        heads.into_iter().filter(|(_, manual)| *manual != Manual::default()).collect()
    }
}

/// What `top` says, else what `below` does.
pub fn over(below: Manual, top: &Manual) -> Manual {
    Manual {
        dimmer: top.dimmer.or(below.dimmer),
        color: top.color.or(below.color),
        strobe: top.strobe.or(below.strobe),
        pan_deg: top.pan_deg.or(below.pan_deg),
        tilt_deg: top.tilt_deg.or(below.tilt_deg),
        beam: std::array::from_fn(|at| top.beam[at].or(below.beam[at])),
    }
}

/// Lets go of everything once the panel is not drawn any more.
pub fn release_when_closed(mut faders: ResMut<Faders>) {
    if !std::mem::take(&mut faders.bypass_change_detection().fresh) && !faders.is_empty() {
        faders.release();
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    selection: Res<Selection>,
    rig: Res<Part<Rig>>,
    frame: Res<CurrentFrame>,
    mut faders: ResMut<Faders>,
    mut bytes: ResMut<CurrentBytes>,
    mut head: Local<Option<u16>>,
) {
    faders.bypass_change_detection().fresh = true;
    let rig = rig.get();
    let index = |id| rig.fixtures.binary_search_by_key(&id, |fixture| fixture.id).ok();
    let picked: Vec<usize> = selection.of(FIXTURES).filter_map(index).collect();
    if picked.is_empty() {
        ui.weak("Select fixtures to hold their light by hand.");
        release_ui(ui, &mut faders);
        return;
    }
    let shown = picked[picked.len() - 1];
    *head = head.filter(|head| usize::from(*head) < rig.heads_of(shown).len());
    let meant = *head;
    let key = |at: usize| (rig.fixtures[at].id, meant);
    let first = meant.map_or(rig.heads_of(shown).start, |head| rig.heads_of(shown).start + u32::from(head));
    let state = frame.0.n_heads() == rig.heads.len();
    let caps = rig.heads_of(shown).fold(Caps::default(), |caps, head| caps.with(rig.heads[head as usize].caps));
    let now = state.then(|| frame.0.head(first)).map(|state| Manual {
        dimmer: Some(state.dimmer),
        color: state.color,
        strobe: Some(state.strobe),
        pan_deg: state.pan_deg,
        tilt_deg: state.tilt_deg,
        beam: BeamValue::ALL.map(|value| state.beam(value)),
    });
    let ranges = (rig.heads[first as usize].pan_deg, rig.heads[first as usize].tilt_deg);
    let held = faders.held.get(&key(shown)).copied().unwrap_or_default();
    let title = if picked.len() == 1 { rig.fixtures[shown].label.clone() } else { format!("{} fixtures", picked.len()) };
    ui.label(RichText::new(title).heading());
    heads_ui(ui, rig.heads_of(shown).len(), &mut head);
    if let Some(wanted) = faders_ui(ui, caps, &held, &now.unwrap_or_default(), ranges) {
        for at in picked {
            faders.held.insert(key(at), wanted);
        }
    }
    release_ui(ui, &mut faders);
    ui.separator();
    if state {
        let dmx = bytes.look();
        let mut channels: Vec<Written> = rig.heads_of(shown).flat_map(|head| written(rig, head, dmx)).collect();
        channels.sort_by_key(|written| written.channel);
        channels.dedup_by_key(|written| written.channel);
        if let Some((at, byte)) = channels_ui(ui, &channels, &faders.raw) {
            match byte {
                Some(byte) => drop(faders.raw.insert(at, byte)),
                None => drop(faders.raw.remove(&at)),
            }
        }
    }
}

fn heads_ui(ui: &mut Ui, n: usize, head: &mut Option<u16>) {
    if n < 2 {
        return;
    }
    let words = head.map_or_else(|| format!("All {n} heads"), |head| format!("Head {}", head + 1));
    ComboBox::from_id_salt("fader head").selected_text(words).show_ui(ui, |ui| {
        ui.selectable_value(head, None, format!("All {n} heads"));
        for at in 0..n as u16 {
            ui.selectable_value(head, Some(at), format!("Head {}", at + 1));
        }
    });
}

fn release_ui(ui: &mut Ui, faders: &mut ResMut<Faders>) {
    let n = faders.held.values().filter(|manual| **manual != Manual::default()).count() + faders.raw.len();
    if n > 0 {
        let words = if n == 1 { "Release 1 held".to_owned() } else { format!("Release all {n} held") };
        if ui.add(Button::new(words).fill(theme::ACCENT.gamma_multiply(0.45))).on_hover_text("Back to what the show says").clicked() {
            faders.release();
        }
    }
}

/// Draws a fader for everything such a head can do; returns what is held from now on.  `now` is what the show says.
pub fn faders_ui(
    ui: &mut Ui,
    caps: Caps,
    held: &Manual,
    now: &Manual,
    (pan, tilt): (Option<(f32, f32)>, Option<(f32, f32)>),
) -> Option<Manual> {
    let mut wanted = *held;
    Grid::new("faders").num_columns(3).spacing([10.0, 6.0]).show(ui, |ui| {
        let mut fader = |ui: &mut Ui, name: &str, value: &mut Option<f32>, now: Option<f32>, (low, high): (f32, f32), unit: &str| {
            let label = ui.label(if value.is_some() { RichText::new(name).color(theme::ACCENT) } else { RichText::new(name) });
            let scale = if unit == "%" { 100.0 } else { 1.0 };
            let mut level = value.or(now).unwrap_or(0.0) * scale;
            let slider = Slider::new(&mut level, low * scale..=high * scale).max_decimals(1).suffix(unit);
            if ui.add(slider).labelled_by(label.id).changed() {
                *value = Some(level / scale);
            }
            let free = ui.add_enabled(value.is_some(), Button::new("×").small());
            if free.on_hover_text(format!("Let go of {}", name.to_lowercase())).clicked() {
                *value = None;
            }
            ui.end_row();
        };
        if caps.any(Caps::DIMMER) {
            fader(ui, "Dimmer", &mut wanted.dimmer, now.dimmer, (0.0, 1.0), "%");
        }
        if caps.any(Caps::COLOR) {
            color_ui(ui, &mut wanted, now, &mut fader);
        }
        if caps.any(Caps::STROBE) {
            fader(ui, "Strobe", &mut wanted.strobe, now.strobe, (0.0, 1.0), "%");
        }
        if caps.any(Caps::PAN) {
            fader(ui, "Pan", &mut wanted.pan_deg, now.pan_deg, ordered(pan.unwrap_or((-270.0, 270.0))), "°");
        }
        if caps.any(Caps::TILT) {
            fader(ui, "Tilt", &mut wanted.tilt_deg, now.tilt_deg, ordered(tilt.unwrap_or((-135.0, 135.0))), "°");
        }
        let beam = [
            (Caps::ZOOM, "Zoom", BeamValue::Zoom),
            (Caps::FOCUS, "Focus", BeamValue::Focus),
            (Caps::IRIS, "Iris", BeamValue::Iris),
            (Caps::FROST, "Frost", BeamValue::Frost),
            (Caps::GOBO, "Gobo", BeamValue::Gobo),
            (Caps::PRISM, "Prism", BeamValue::Prism),
        ];
        for (cap, name, value) in beam {
            if caps.any(cap) {
                let at = value as usize;
                // Gobos are counted; the rest are shares.
                let (range, unit) = if value == BeamValue::Gobo { ((0.0, 12.0), "") } else { ((0.0, 1.0), "%") };
                fader(ui, name, &mut wanted.beam[at], now.beam[at], range, unit);
            }
        }
    });
    (wanted != *held).then_some(wanted)
}

fn ordered((a, b): (f32, f32)) -> (f32, f32) {
    (a.min(b), a.max(b))
}

type Fader<'a> = &'a mut dyn FnMut(&mut Ui, &str, &mut Option<f32>, Option<f32>, (f32, f32), &str);

/// Three faders that hold one colour; any of them held holds all.
fn color_ui(ui: &mut Ui, wanted: &mut Manual, now: &Manual, fader: Fader<'_>) {
    let shown = wanted.color.or(now.color).unwrap_or(Rgb::WHITE);
    let was_held = wanted.color.is_some();
    let mut channels = shown.0.map(|level| was_held.then_some(level));
    let before = channels;
    for (at, name) in ["Red", "Green", "Blue"].into_iter().enumerate() {
        fader(ui, name, &mut channels[at], Some(shown.0[at]), (0.0, 1.0), "%");
    }
    if channels != before {
        let let_go = was_held && channels.iter().any(Option::is_none);
        wanted.color = (!let_go).then(|| Rgb(std::array::from_fn(|at| channels[at].unwrap_or(shown.0[at]))));
    }
}

/// Draws what leaves on each channel; returns the channel that is held at a byte from now on, or let go of.
fn channels_ui(ui: &mut Ui, channels: &[Written], held: &BTreeMap<(u16, u16), u8>) -> Option<((u16, u16), Option<u8>)> {
    let mut deed = None;
    ui.label(RichText::new("Channels").strong());
    Grid::new("bytes").num_columns(4).spacing([12.0, 3.0]).striped(true).show(ui, |ui| {
        let mut channel_ui = |ui: &mut Ui, universe: u16, channel: u16, what: &str, byte: u8| {
            let at = (universe, channel);
            let is_held = held.contains_key(&at);
            let color = if is_held { theme::accent(ui) } else { theme::text(ui) };
            ui.monospace(format!("{universe}.{channel:03}"));
            let label = ui.label(RichText::new(what).color(color));
            let mut level = held.get(&at).copied().unwrap_or(byte);
            let slider = ui.add(Slider::new(&mut level, 0..=255)).labelled_by(label.id);
            if slider.on_hover_text("Hold this channel at a byte; the picture goes on showing the show").changed() {
                deed = Some((at, Some(level)));
            }
            let free = ui.add_enabled(is_held, Button::new("×").small());
            if free.on_hover_text(format!("Let go of channel {channel}")).clicked() {
                deed = Some((at, None));
            }
            ui.end_row();
        };
        for one in channels {
            channel_ui(ui, one.universe, one.channel, &one.what, one.byte);
            if let Some((channel, byte)) = one.fine {
                channel_ui(ui, one.universe, channel, &format!("{} fine", one.what), byte);
            }
        }
    });
    if channels.is_empty() {
        ui.weak("None of its channels is driven");
    }
    deed
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::Key;
    use bevy_egui::egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn a_fader_is_held_from_the_first_touch_and_let_go_of_again() {
        let caps = Caps::DIMMER.with(Caps::COLOR).with(Caps::TILT);
        let draw = move |ui: &mut Ui, held: &mut Manual| {
            let now = Manual { dimmer: Some(0.25), ..Manual::default() };
            if let Some(wanted) = faders_ui(ui, caps, held, &now, (None, Some((-100.0, 100.0)))) {
                *held = wanted;
            }
        };
        let mut harness = Harness::builder().with_size([520.0, 400.0]).build_ui_state(draw, Manual::default());
        harness.run();
        assert_eq!(harness.state(), &Manual::default(), "looking holds nothing");
        assert!(harness.query_by_label("Pan").is_none(), "what it cannot do has no fader");
        harness.state_mut().dimmer = Some(0.5);
        harness.run();
        harness.get_all_by_label("×").next().unwrap().click();
        harness.run();
        assert_eq!(harness.state().dimmer, None);
    }

    #[test]
    fn a_channel_is_held_at_its_byte_and_let_go_of() {
        let channels = [Written { universe: 3, channel: 17, fine: Some((18, 4)), what: "Tilt".into(), byte: 90, shared: false }];
        let draw = move |ui: &mut Ui, raw: &mut BTreeMap<(u16, u16), u8>| match channels_ui(ui, &channels, raw) {
            Some((at, Some(byte))) => drop(raw.insert(at, byte)),
            Some((at, None)) => drop(raw.remove(&at)),
            None => {}
        };
        let mut harness = Harness::builder().with_size([640.0, 200.0]).build_ui_state(draw, BTreeMap::new());
        harness.run();
        assert!(harness.state().is_empty(), "looking holds nothing");
        let fine = harness.get_by_role_and_label(Role::Slider, "Tilt fine");
        fine.focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(harness.state(), &BTreeMap::from([((3, 18), 5)]));
        harness.get_all_by_label("×").last().unwrap().click();
        harness.run();
        assert!(harness.state().is_empty());
    }

    #[test]
    fn what_faders_hold_reaches_the_heads_they_mean() {
        let (rig, _) = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin());
        let at = rig.fixtures.iter().position(|fixture| fixture.kind.head_offsets.len() > 3).unwrap();
        let (id, heads) = (rig.fixtures[at].id, rig.heads_of(at));
        let level = |dimmer| Manual { dimmer: Some(dimmer), ..Manual::default() };
        let mut faders = Faders::default();
        faders.held.insert((id, None), level(0.2));
        faders.held.insert((id, Some(1)), level(0.9));
        faders.held.insert((Uuid::from_u128(1), None), level(1.0));
        let of = faders.of(&rig);
        assert_eq!(of.len(), heads.len());
        let dimmers: Vec<f32> = of.iter().map(|(_, manual)| manual.dimmer.unwrap()).collect();
        assert_eq!(dimmers[..3], [0.2, 0.9, 0.2]);
        assert!(of.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
