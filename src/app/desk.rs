//! The desk: jobs above, the transport and how things go below, and in between the panels of the job at hand.
//!
//! Gathers what the bars show and hands on what they ask for; decides nothing.

use bevy::diagnostic::{DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align, CentralPanel, Context, Frame, LayerId, Layout, Margin, Panel, RichText, Ui, UiBuilder};
use bevy_egui::{EguiContext, EguiPrimaryContextPass, PrimaryEguiContext};

use super::incoming::{self, AskFile, Incoming};
use super::opening::Opening;
use super::{layouts, tour};
use crate::document::plugin::{Doc, Saved, Told, Travel, VenueHeader};
use crate::engine::{BeatGrid, Rig};
use crate::output::plugin::Outlet;
use crate::output::stats::OutputStats;
use crate::playback::panel::{self, BarState};
use crate::playback::plugin::{Playback, Wanted};
use crate::show::plugin::{CurrentLive, Part, Playhead};
use crate::store::plugin::Keeper;
use crate::tracks::model::Track;
use crate::ui::actions::{self, Actions, Palette};
use crate::ui::shell::{self, Layouts};
use crate::ui::status::{self, Line};
use crate::ui::theme;
use crate::ui::toasts::Toasts;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Actions>()
        .init_resource::<Palette>()
        .init_resource::<Toasts>()
        .insert_resource(layouts::delivered())
        .add_systems(Update, hear_of_edits)
        .add_systems(EguiPrimaryContextPass, draw);
}

fn hear_of_edits(mut told: MessageReader<Told>, mut toasts: ResMut<Toasts>) {
    for told in told.read() {
        match told {
            Told::Done(words) => toasts.say(words),
            Told::Refused(words) => toasts.trouble(words),
        }
    }
}

const STATUS_HEIGHT: f32 = 24.0;

fn draw(world: &mut World, mut dressed: Local<bool>) -> Result {
    let mut context = world.query_filtered::<&mut EguiContext, With<PrimaryEguiContext>>();
    let Ok(mut context) = context.single_mut(world) else {
        return Ok(());
    };
    let ctx: Context = context.get_mut().clone();
    if !*dressed {
        theme::apply(&ctx);
        *dressed = true;
    }
    actions::press(world, &ctx);
    let builder = UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx.clone(), "desk".into(), builder);
    let bar = |vertical| Frame::new().fill(ctx.global_style().visuals.panel_fill).inner_margin(Margin::symmetric(10, vertical));
    let top = Panel::top("jobs").exact_size(34.0).frame(bar(3));
    top.show(&mut root, |ui| world.run_system_cached_with(jobs_ui, ui)).inner?;
    let foot = Panel::bottom("status").exact_size(STATUS_HEIGHT).frame(bar(0));
    foot.show(&mut root, |ui| world.run_system_cached_with(status_ui, ui)).inner?;
    let transport = Panel::bottom("transport").exact_size(panel::HEIGHT).frame(bar(6));
    transport.show(&mut root, |ui| world.run_system_cached_with(transport_ui, ui)).inner?;
    CentralPanel::default().frame(Frame::NONE).show(&mut root, |ui| shell::dock_ui(world, ui));
    actions::palette(world, &ctx);
    world.run_system_cached_with(incoming::dialog_ui, ctx.clone())?;
    world.run_system_cached_with(tour::tour_ui, (ctx.clone(), STATUS_HEIGHT + panel::HEIGHT + 14.0))?;
    world.resource_scope(|_, mut toasts: Mut<Toasts>| toasts.bypass_change_detection().show(&ctx, STATUS_HEIGHT + panel::HEIGHT + 14.0));
    Ok(())
}

fn jobs_ui(
    InMut(ui): InMut<Ui>,
    mut layouts: ResMut<Layouts>,
    saved: Res<Saved>,
    mut palette: ResMut<Palette>,
    mut travel: MessageWriter<Travel>,
    mut ask: MessageWriter<AskFile>,
) {
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("Luma").strong().color(theme::accent(ui)));
        ui.add_space(8.0);
        let current = layouts.current();
        let jobs: Vec<String> = layouts.jobs().map(str::to_owned).collect();
        for (at, job) in jobs.iter().enumerate() {
            if ui.selectable_label(at == current, job).on_hover_text(format!("The desk for this job (F{})", at + 1)).clicked() {
                layouts.choose(at);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Commands").on_hover_text("Everything that can be done, by name (Ctrl+K)").clicked() {
                palette.open();
            }
            if ui.button("Import…").on_hover_text("Songs, shows, venues; dropping them on the window does the same (Ctrl+O)").clicked() {
                ask.write(AskFile::Import);
            }
            let mut step = |ui: &mut Ui, name: &str, label: Option<&str>, way: Travel| {
                let button = ui.add_enabled(label.is_some(), egui::Button::new(name));
                if button
                    .on_hover_text(label.map_or_else(|| format!("Nothing to {}", name.to_lowercase()), |what| format!("{name}: {what}")))
                    .clicked()
                {
                    travel.write(way);
                }
            };
            step(ui, "Redo", saved.document().redo_label(), Travel::Redo);
            step(ui, "Undo", saved.document().undo_label(), Travel::Undo);
        });
    });
}

fn transport_ui(
    InMut(ui): InMut<Ui>,
    track: Query<&Doc<Track>>,
    playback: Option<Res<Playback>>,
    playhead: Res<Playhead>,
    live: Res<CurrentLive>,
    mut wanted: MessageWriter<Wanted>,
) {
    let (Some(track), Some(playback)) = (track.iter().next(), playback) else {
        return;
    };
    let transport = playback.player.transport();
    let state = BarState {
        title: &track.title,
        artist: &track.artist,
        at_secs: playhead.at_secs,
        end_secs: transport.end_secs(),
        playing: playhead.playing,
        rate: transport.rate(),
        region: transport.loop_region().map(|region| (region.start_secs(), region.end_secs())),
        offset_ms: playback.offset.secs() * 1000.0,
        grand_master: live.0.grand_master,
        blackout: live.0.blackout,
        track: &track.analysis,
        waveform: &track.waveform,
    };
    wanted.write_batch(panel::bar_ui(ui, &state).into_iter().map(Wanted));
}

fn status_ui(
    InMut(ui): InMut<Ui>,
    diagnostics: Res<DiagnosticsStore>,
    outlet: Option<Res<Outlet>>,
    rig: Res<Part<Rig>>,
    venue: Query<&Doc<VenueHeader>>,
    track: Query<&Doc<Track>>,
    playhead: Res<Playhead>,
    keeper: Option<Res<Keeper>>,
    mut incoming: ResMut<Incoming>,
    opening: Res<Opening>,
) {
    let fps = diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(|fps| fps.smoothed()).unwrap_or(0.0);
    let mut lines = vec![Line::new("picture", format!("{fps:.0} fps"))];
    if let Some(venue) = venue.iter().next() {
        lines.push(Line::new("venue", format!("{} · {} heads", venue.name, rig.get().heads.len())));
    }
    if let Some(track) = track.iter().next() {
        lines.push(Line::new("place", place(&track.analysis.grid, playhead.at_secs)));
    }
    if let Some(outlet) = outlet {
        lines.extend(output_lines(&outlet.0.stats()));
    }
    lines.push(library_line(keeper.as_deref()));
    if opening.is_on() {
        lines.push(Line::new("desk", "being opened"));
    }
    ui.horizontal_centered(|ui| {
        status::bar_ui(ui, &lines);
        if let Some(words) = incoming.words() {
            ui.separator();
            ui.spinner();
            ui.label(RichText::new(words).small());
            if ui.small_button("Stop").on_hover_text("Give up what is being read and what waits; nothing of it is kept").clicked() {
                incoming.cancel();
            }
        }
    });
}

fn library_line(keeper: Option<&Keeper>) -> Line {
    match keeper.and_then(Keeper::status) {
        None => Line::new("library", "nothing is kept").trouble_if(true),
        Some(status) => match (&status.trouble, status.waiting) {
            (Some(trouble), waiting) => Line::new("library", format!("{waiting} edits wait: {trouble}")).trouble_if(true),
            (None, 0) => Line::new("library", "saved"),
            (None, waiting) => Line::new("library", format!("{waiting} being saved")),
        },
    }
}

fn place(grid: &BeatGrid, secs: f64) -> String {
    let place = grid.bar_beat_at(secs);
    format!("bar {}.{} · {:.1} bpm", place.bar, place.beat, grid.bpm)
}

fn output_lines(stats: &OutputStats) -> Vec<Line> {
    let universes = format!("{:.0} packets/s · {} universes", stats.packets_per_sec, stats.frames_sent.len());
    let late = format!("{:.1} ms late (p99) · {:.1} worst", stats.lateness_ms.p99, stats.lateness_ms.max);
    let mut lines = vec![Line::new("Art-Net", universes), Line::new("beat", late).trouble_if(stats.lateness_ms.p99 > 10.0)];
    if let Some(loss) = stats.loss {
        lines.push(Line::new("lost", format!("{} · {:.0} s", loss.cause.words(), loss.secs)).trouble_if(true));
    }
    if let Some(error) = &stats.last_error {
        lines.push(Line::new("network", format!("{} errors: {error}", stats.errors)).trouble_if(true));
    }
    lines
}
