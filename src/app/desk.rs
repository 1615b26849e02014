//! The desk: the transport bar below, how things are going above, and the views to choose from.
//!
//! Gathers what panels show and hands on what they ask for; decides nothing.

use bevy::diagnostic::{DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::prelude::*;
use bevy_egui::egui::{Frame, LayerId, Margin, Panel, Rect, Ui, UiBuilder};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

use crate::document::plugin::{Doc, VenueHeader};
use crate::engine::{BeatGrid, Rig};
use crate::output::plugin::Outlet;
use crate::output::stats::OutputStats;
use crate::playback::panel::{self, BarState};
use crate::playback::plugin::{Playback, Wanted};
use crate::previz::camera::CameraPreset;
use crate::previz::coarse::DrawBackdrop;
use crate::previz::orbit::{CurrentView, LookFrom, PointerOverPanel};
use crate::show::plugin::{CurrentLive, Part, Playhead};
use crate::tracks::model::Track;
use crate::ui::status::{self, Line};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(EguiPrimaryContextPass, (dress, draw_bar, draw_status, draw_views).chain().after(DrawBackdrop));
}

fn dress(mut contexts: EguiContexts, mut dressed: Local<bool>) -> Result {
    if !*dressed {
        theme::apply(contexts.ctx_mut()?);
        *dressed = true;
    }
    Ok(())
}

fn draw_bar(
    mut contexts: EguiContexts,
    track: Query<&Doc<Track>>,
    playback: Option<Res<Playback>>,
    playhead: Res<Playhead>,
    live: Res<CurrentLive>,
    mut over_panel: ResMut<PointerOverPanel>,
    mut wanted: MessageWriter<Wanted>,
) -> Result {
    let (Some(track), Some(playback)) = (track.iter().next(), playback) else {
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?.clone();
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
    let builder = UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx.clone(), "desk".into(), builder);
    let frame = Frame::new().fill(theme::PANEL).inner_margin(Margin::symmetric(10, 6));
    let bar = Panel::bottom("transport").exact_size(panel::HEIGHT).frame(frame).show(&mut root, |ui| panel::bar_ui(ui, &state));
    over_panel.0 = is_over(&ctx, bar.response.rect);
    wanted.write_batch(bar.inner.into_iter().map(Wanted));
    Ok(())
}

fn is_over(ctx: &bevy_egui::egui::Context, rect: Rect) -> bool {
    ctx.pointer_latest_pos().is_some_and(|at| rect.contains(at))
}

fn draw_status(
    mut contexts: EguiContexts,
    diagnostics: Res<DiagnosticsStore>,
    outlet: Option<Res<Outlet>>,
    rig: Res<Part<Rig>>,
    venue: Query<&Doc<VenueHeader>>,
    track: Query<&Doc<Track>>,
    playhead: Res<Playhead>,
) -> Result {
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
    status::overlay(contexts.ctx_mut()?, &lines);
    Ok(())
}

fn place(grid: &BeatGrid, secs: f64) -> String {
    let place = grid.bar_beat_at(secs);
    format!("bar {}.{} · {:.1} bpm", place.bar, place.beat, grid.bpm)
}

fn output_lines(stats: &OutputStats) -> Vec<Line> {
    let universes = format!("{:.0} packets/s · {} universes", stats.packets_per_sec, stats.frames_sent.len());
    let late = format!("{:.1} ms late (p99) · {:.1} worst", stats.lateness_ms.p99, stats.lateness_ms.max);
    let mut lines = vec![Line::new("Art-Net", universes), Line::new("beat", late).trouble_if(stats.lateness_ms.p99 > 10.0)];
    if let Some(error) = &stats.last_error {
        lines.push(Line::new("network", format!("{} errors: {error}", stats.errors)).trouble_if(true));
    }
    lines
}

fn draw_views(mut contexts: EguiContexts, view: Res<CurrentView>, mut wanted: MessageWriter<LookFrom>) -> Result {
    let names = CameraPreset::ALL.map(CameraPreset::label);
    let chosen = view.0.and_then(|preset| CameraPreset::ALL.iter().position(|&other| other == preset));
    if let Some(at) = status::corner_choice(contexts.ctx_mut()?, &names, chosen) {
        wanted.write(LookFrom(CameraPreset::ALL[at]));
    }
    Ok(())
}
