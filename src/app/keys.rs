//! What can be done at the desk by name and by key, as far as no domain has registered it itself.

use bevy::prelude::*;
use bevy_egui::egui::{Key, Modifiers};

use crate::document::plugin::{Doc, Travel};
use crate::playback::panel::Wish;
use crate::playback::panel::strip::bars_from;
use crate::playback::plugin::{Playback, Wanted};
use crate::previz::camera::CameraPreset;
use crate::previz::orbit::LookFrom;
use crate::show::plugin::{CurrentLive, Playhead};
use crate::tracks::model::Track;
use crate::ui::actions::{AddAction, CTRL, CTRL_SHIFT, Palette};
use crate::ui::shell::Layouts;

const SEEK_SECS: f64 = 5.0;
const PLAIN: Modifiers = Modifiers::NONE;

pub(super) fn plugin(app: &mut App) {
    app.add_action("Commands", Some((CTRL, Key::K)), |mut palette: ResMut<Palette>| palette.open())
        .add_action("Undo", Some((CTRL, Key::Z)), |mut travel: MessageWriter<Travel>| {
            travel.write(Travel::Undo);
        })
        .add_action("Redo", Some((CTRL_SHIFT, Key::Z)), |mut travel: MessageWriter<Travel>| {
            travel.write(Travel::Redo);
        })
        .add_action("Play or pause", Some((PLAIN, Key::Space)), wish(|_| Wish::PlayOrPause))
        .add_action("Go to the start", Some((PLAIN, Key::Home)), wish(|_| Wish::Seek(0.0)))
        .add_action("Back five seconds", Some((PLAIN, Key::ArrowLeft)), wish(|at_secs| Wish::Seek(at_secs - SEEK_SECS)))
        .add_action("On five seconds", Some((PLAIN, Key::ArrowRight)), wish(|at_secs| Wish::Seek(at_secs + SEEK_SECS)))
        .add_action("Loop four bars, or end the loop", Some((PLAIN, Key::L)), toggle_loop)
        .add_action("Blackout", Some((PLAIN, Key::B)), |live: Res<CurrentLive>, mut wanted: MessageWriter<Wanted>| {
            wanted.write(Wanted(Wish::Blackout(!live.0.blackout)));
        });
    let views = [
        ("Look from the front", Key::Num1),
        ("Look from above", Key::Num2),
        ("Look from the side", Key::Num3),
        ("Look from the DJ's place", Key::Num4),
    ];
    for ((label, key), preset) in views.into_iter().zip(CameraPreset::ALL) {
        app.add_action(label, Some((PLAIN, key)), move |mut look: MessageWriter<LookFrom>| {
            look.write(LookFrom(preset));
        });
    }
    app.add_action("Set the desk back as delivered", None, |mut layouts: ResMut<Layouts>| layouts.reset());
    let keys = [Key::F1, Key::F2, Key::F3, Key::F4, Key::F5, Key::F6];
    let labels = ["First desk", "Second desk", "Third desk", "Fourth desk", "Fifth desk", "Sixth desk"];
    for (at, (key, label)) in keys.into_iter().zip(labels).enumerate() {
        app.add_action(label, Some((PLAIN, key)), move |mut layouts: ResMut<Layouts>| layouts.choose(at));
    }
}

fn wish(wish: impl Fn(f64) -> Wish + Send + Sync + 'static) -> impl FnMut(Res<Playhead>, MessageWriter<Wanted>) + Send + Sync + 'static {
    move |playhead, mut wanted| {
        wanted.write(Wanted(wish(playhead.at_secs)));
    }
}

fn toggle_loop(playback: Option<Res<Playback>>, playhead: Res<Playhead>, track: Query<&Doc<Track>>, mut wanted: MessageWriter<Wanted>) {
    let looping = playback.is_some_and(|playback| playback.player.transport().loop_region().is_some());
    let four = |track: &Track| bars_from(&track.analysis.grid, playhead.at_secs, track.analysis.duration_secs, 4.0);
    let region = track.iter().next().filter(|_| !looping).and_then(|track| four(track));
    if looping || region.is_some() {
        wanted.write(Wanted(Wish::Loop(region)));
    }
}
