//! Keys at the window: space plays, arrows seek, digits choose a view, L loops, B blacks out.
//!
//! Typing into a panel is never taken for a command.

use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

use crate::document::plugin::Doc;
use crate::playback::panel::Wish;
use crate::playback::plugin::{Playback, Wanted};
use crate::previz::camera::CameraPreset;
use crate::previz::orbit::LookFrom;
use crate::show::plugin::{CurrentLive, Playhead};
use crate::tracks::model::Track;

const SEEK_SECS: f64 = 5.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, press.run_if(resource_exists::<Playback>));
}

fn press(
    keys: Res<ButtonInput<KeyCode>>,
    egui: Res<EguiWantsInput>,
    playback: Res<Playback>,
    playhead: Res<Playhead>,
    live: Res<CurrentLive>,
    track: Query<&Doc<Track>>,
    mut wanted: MessageWriter<Wanted>,
    mut views: MessageWriter<LookFrom>,
) {
    if egui.wants_any_keyboard_input() {
        return;
    }
    let digits = [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4];
    for (key, preset) in digits.into_iter().zip(CameraPreset::ALL) {
        if keys.just_pressed(key) {
            views.write(LookFrom(preset));
        }
    }
    let at_secs = playhead.at_secs;
    let wishes = keys.get_just_pressed().filter_map(|key| match key {
        KeyCode::Space => Some(Wish::PlayOrPause),
        KeyCode::Home => Some(Wish::Seek(0.0)),
        KeyCode::ArrowLeft => Some(Wish::Seek(at_secs - SEEK_SECS)),
        KeyCode::ArrowRight => Some(Wish::Seek(at_secs + SEEK_SECS)),
        KeyCode::KeyB => Some(Wish::Blackout(!live.0.blackout)),
        KeyCode::KeyL if playback.player.transport().loop_region().is_some() => Some(Wish::Loop(None)),
        KeyCode::KeyL => track.iter().next().and_then(|track| four_bars(track, at_secs)).map(|region| Wish::Loop(Some(region))),
        _ => None,
    });
    wanted.write_batch(wishes.map(Wanted));
}

fn four_bars(track: &Track, at_secs: f64) -> Option<(f64, f64)> {
    crate::playback::panel::strip::bars_from(&track.analysis.grid, at_secs, track.analysis.duration_secs, 4.0)
}
