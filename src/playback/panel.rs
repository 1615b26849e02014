//! The transport bar: what plays, where it is, and the hands on it.
//!
//! Pure drawing: state in, wishes out.  Nothing is decided here; whoever draws hands the wishes to the player.

pub mod beats;
pub mod strip;

use bevy_egui::egui::{self, Button, DragValue, RichText, Slider, Ui, vec2};

use crate::engine::TrackAnalysis;
use crate::engine::track::SectionLabel;
use crate::playback::transport::RATES;
use crate::tracks::model::Waveform;
use crate::ui::theme;

/// What the bar shows.
#[derive(Clone, Copy, Debug)]
pub struct BarState<'a> {
    pub title: &'a str,
    pub artist: &'a str,
    pub at_secs: f64,
    pub end_secs: f64,
    pub playing: bool,
    pub rate: f64,
    pub region: Option<(f64, f64)>,
    /// How far light runs ahead of the sound.
    pub offset_ms: f64,
    pub grand_master: f32,
    pub blackout: bool,
    pub track: &'a TrackAnalysis,
    pub waveform: &'a Waveform,
}

/// What the user wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    PlayOrPause,
    Seek(f64),
    Rate(f64),
    Loop(Option<(f64, f64)>),
    OffsetMs(f64),
    GrandMaster(f32),
    Blackout(bool),
}

pub const HEIGHT: f32 = 138.0;

/// Draws the whole bar; returns what was asked for in this frame.
pub fn bar_ui(ui: &mut Ui, state: &BarState<'_>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        transport_ui(ui, state, &mut wishes);
        ui.separator();
        place_ui(ui, state);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| performance_ui(ui, state, &mut wishes));
    });
    strip::strip_ui(ui, state, &mut wishes);
    wishes
}

fn transport_ui(ui: &mut Ui, state: &BarState<'_>, wishes: &mut Vec<Wish>) {
    if ui.add(Button::new("⏮").min_size(vec2(32.0, 26.0))).on_hover_text("Back to the start (Home)").clicked() {
        wishes.push(Wish::Seek(0.0));
    }
    let (glyph, name) = if state.playing { ("⏸ Pause", "Pause (Space)") } else { ("▶ Play", "Play (Space)") };
    if ui.add(Button::new(RichText::new(glyph).strong()).min_size(vec2(84.0, 26.0))).on_hover_text(name).clicked() {
        wishes.push(Wish::PlayOrPause);
    }
    let looping = state.region.is_some();
    if ui
        .selectable_label(looping, "Loop")
        .on_hover_text("Repeat the marked stretch, or the next four bars (L); drag in the ruler to mark")
        .clicked()
    {
        wishes.push(Wish::Loop(if looping { None } else { strip::four_bars(state) }));
    }
    let mut rate = state.rate;
    if ui.add(DragValue::new(&mut rate).range(RATES).speed(0.005).fixed_decimals(2).suffix("×")).on_hover_text("Playing speed").changed() {
        wishes.push(Wish::Rate(rate));
    }
    let mut offset_ms = state.offset_ms;
    let drag = DragValue::new(&mut offset_ms).range(-500.0..=500.0).speed(1.0).fixed_decimals(0).prefix("light ").suffix(" ms");
    if ui.add(drag).on_hover_text("How far light runs ahead of the sound").changed() {
        wishes.push(Wish::OffsetMs(offset_ms));
    }
}

fn place_ui(ui: &mut Ui, state: &BarState<'_>) {
    let place = state.track.grid.bar_beat_at(state.at_secs);
    ui.label(RichText::new(clock(state.at_secs)).monospace().size(17.0));
    ui.label(RichText::new(format!("{}.{}", place.bar, place.beat)).monospace().size(17.0).color(theme::accent(ui)))
        .on_hover_text("Bar and beat");
    if let Some(section) = state.track.sections.iter().find(|section| (section.start..section.end).contains(&state.at_secs)) {
        ui.label(RichText::new(section_name(section.label)).color(theme::faint(ui)));
    }
    let title = if state.artist.is_empty() { state.title.to_owned() } else { format!("{} · {}", state.title, state.artist) };
    ui.add(egui::Label::new(RichText::new(title).strong()).truncate());
}

/// Laid out from the right.
fn performance_ui(ui: &mut Ui, state: &BarState<'_>, wishes: &mut Vec<Wish>) {
    let text = RichText::new("Blackout").strong();
    let button = if state.blackout { Button::new(text.color(theme::PLAYHEAD)).fill(theme::DANGER) } else { Button::new(text) };
    if ui.add(button.min_size(vec2(84.0, 26.0))).on_hover_text("All light off (B)").clicked() {
        wishes.push(Wish::Blackout(!state.blackout));
    }
    let mut percent = f64::from(state.grand_master) * 100.0;
    let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %").trailing_fill(true);
    let response = ui.add(slider).on_hover_text("Grand master: scales every lamp");
    if response.changed() {
        wishes.push(Wish::GrandMaster((percent / 100.0) as f32));
    }
    let label = ui.label(RichText::new("Master").color(theme::faint(ui)));
    response.labelled_by(label.id);
}

/// Minutes, seconds and tenths.
pub fn clock(secs: f64) -> String {
    let tenths = (secs.max(0.0) * 10.0).floor() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

pub fn section_name(label: SectionLabel) -> &'static str {
    match label {
        SectionLabel::Intro => "Intro",
        SectionLabel::Verse => "Verse",
        SectionLabel::Build => "Build",
        SectionLabel::Drop => "Drop",
        SectionLabel::Break => "Break",
        SectionLabel::Outro => "Outro",
    }
}

#[cfg(test)]
mod tests;
