//! A band leads the light: the track on the desk is played by the beat that the sound input is heard to have.
//!
//! Off until somebody turns it on in Settings.  While it is on the track makes no sound of its own, its beats fall on the band's,
//! and score and pads run with it; where nothing has been heard yet it stands.

use std::time::Instant;

use bevy::prelude::*;
use bevy_egui::egui::{self, Grid, RichText, Ui};

use crate::analysis::follow::input::{self, SoundIn};
use crate::analysis::follow::station::{Order, Said};
use crate::document::plugin::Doc;
use crate::engine::BeatGrid;
use crate::playback::beat_chase;
use crate::playback::clock::OutsideClock;
use crate::playback::plugin::Playback;
use crate::schedule::ShowSystems;
use crate::tracks::model::Track;

use super::prefs::Prefs;

/// A nudge of the buttons.
const NUDGE_SECS: f64 = 0.01;
/// A rate that differs by less is left.
const SAME_RATE: f64 = 0.002;

/// What is listened to, and the devices once they were asked for.
#[derive(Resource, Default)]
pub(super) struct HearingIn {
    input: Option<SoundIn>,
    /// The device that `input` was opened with.
    device: Option<String>,
    trouble: Option<String>,
    devices: Option<Vec<String>>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<HearingIn>()
        .add_systems(Update, (open.run_if(resource_exists_and_changed::<Prefs>), lead).chain().before(ShowSystems::Transport));
}

fn open(prefs: Res<Prefs>, mut hearing: ResMut<HearingIn>, playback: Option<ResMut<Playback>>) {
    if !prefs.follows_input {
        (hearing.input, hearing.trouble) = (None, None);
        return;
    }
    if hearing.input.is_some() && hearing.device == prefs.input {
        return;
    }
    hearing.device.clone_from(&prefs.input);
    (hearing.input, hearing.trouble) = match SoundIn::open(prefs.input.clone()) {
        Ok(input) => (Some(input), None),
        Err(error) => (None, Some(format!("The sound input cannot be listened to: {error}"))),
    };
    if let Some(mut playback) = playback {
        // Two clocks would pull at one track.
        playback.player.set_clock(Instant::now(), Box::new(OutsideClock));
    }
}

fn lead(hearing: Res<HearingIn>, playback: Option<ResMut<Playback>>, track: Query<&Doc<Track>>) {
    let (Some(input), Some(mut playback)) = (&hearing.input, playback) else { return };
    let now = Instant::now();
    let Some((said, beat)) = input.said().and_then(|said| Some((said, said.beat_at(now)?))) else { return };
    let free = BeatGrid::default();
    let grid = track.iter().next().map_or(&free, |track| &track.analysis.grid);
    if let Err(error) = led(&mut playback, grid, said, beat, now) {
        warn!("{error}");
    }
}

fn led(
    playback: &mut Playback,
    grid: &BeatGrid,
    said: Said,
    beat: f64,
    now: Instant,
) -> Result<(), crate::playback::transport::TransportError> {
    let Some(clock) = said.clock else { return Ok(()) };
    let player = &mut playback.player;
    let transport = player.transport();
    let chase = beat_chase::chase(grid, transport.position_at(now), transport.end_secs(), beat, clock.period_secs);
    if (transport.rate() / chase.rate - 1.0).abs() > SAME_RATE {
        player.set_rate(now, chase.rate)?;
    }
    player.chase(now, chase.at_secs, true)
}

/// Draws its settings: knows no world.
pub(super) fn settings_ui(ui: &mut Ui, follows: &mut bool, input: &mut Option<String>, hearing: &mut HearingIn) {
    ui.add_space(8.0);
    ui.label(RichText::new("Sound input").strong());
    ui.checkbox(follows, "Follow the sound input")
        .on_hover_text("The track on the desk goes by the beat of the band or the decks that come in, and is silent itself");
    if !*follows {
        return;
    }
    let devices = hearing.devices.get_or_insert_with(input::devices);
    Grid::new("sound in").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        ui.label("Input");
        let shown = input.clone().unwrap_or_else(|| "The system's own".into());
        egui::ComboBox::from_id_salt("input").width(220.0).selected_text(shown).show_ui(ui, |ui| {
            ui.selectable_value(input, None, "The system's own");
            for device in devices.iter() {
                ui.selectable_value(input, Some(device.clone()), device);
            }
        });
        ui.end_row();
        let Some(open) = &hearing.input else { return };
        ui.label("Beat");
        ui.horizontal(|ui| {
            for (words, hover, order) in [
                ("Tap", "The beat is now; after three taps the tempo is yours", Order::Tap(Instant::now())),
                ("Earlier", "Beats ten milliseconds earlier, and they stay there", Order::Nudge(-NUDGE_SECS)),
                ("Later", "Beats ten milliseconds later, and they stay there", Order::Nudge(NUDGE_SECS)),
                ("By ear", "Taps and nudges are forgotten: what is heard counts alone", Order::LetGo),
            ] {
                if ui.button(words).on_hover_text(hover).clicked() {
                    open.order(order);
                }
            }
            ui.monospace(words(open.said()));
        });
        ui.end_row();
    });
    if let Some(trouble) = hearing.trouble.clone().or_else(|| hearing.input.as_ref().and_then(SoundIn::trouble)) {
        ui.label(trouble);
    }
}

fn words(said: Option<Said>) -> String {
    match said {
        None => "opening".into(),
        Some(Said { clock: Some(clock), is_held, is_fed, .. }) => {
            let ends = if !is_fed {
                ", no sound comes in"
            } else if is_held {
                ", by hand"
            } else {
                ""
            };
            format!("{:.1} BPM{ends}", clock.bpm())
        }
        Some(Said { is_fed: false, .. }) => "no sound comes in".into(),
        Some(_) => "listening".into(),
    }
}
