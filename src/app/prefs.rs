//! How this device is set: looks, limits, sound, keys.  Kept with the library, on this device alone.

use bevy::prelude::*;
use bevy_egui::egui::{self, Button, Color32, DragValue, Grid, RichText, Sense, Slider, Ui, WidgetInfo, vec2};
use bevy_egui::{EguiContext, PrimaryEguiContext};
use serde::{Deserialize, Serialize};

use crate::document::plugin::Doc;
use crate::engine::StrobeGuard;
use crate::engine::live::Manual;
use crate::engine::{BeatGrid, Rgb, Rig};
use crate::output::plugin::Routing;
use crate::playback::audio;
use crate::playback::panel::Wish;
use crate::playback::panel::beats::GridDesk;
use crate::playback::plugin::{Playback, Wanted};
use crate::show::plugin::{CurrentLive, Part, Playhead};
use crate::store::plugin::{Closing, Keeper};
use crate::tracks::model::Track;
use crate::ui::actions::Actions;
use crate::ui::theme;

use super::sound_in::{self, HearingIn};

const KEY: &str = "preferences";
/// How long a calibrating flash lasts.
const FLASH_SECS: f64 = 0.06;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Look {
    #[default]
    Dark,
    Light,
    /// As the system has it.
    System,
}

/// What is kept.  A field that is missing has its default.
#[derive(Resource, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Prefs {
    look: Look,
    /// Size of everything, 1 = as designed.
    scale: f32,
    /// No dimmer goes above this.
    max_dimmer: f32,
    /// Flashes a second at most; none = no limit.
    strobe_cap_hz: Option<f32>,
    /// How far light runs ahead of the sound.
    offset_ms: f64,
    /// The sound device; none = the system's own.
    device: Option<String>,
    /// The track goes by the beat of the sound that comes in.
    pub(super) follows_input: bool,
    /// Where it comes in; none = the system's own.
    pub(super) input: Option<String>,
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            look: Look::Dark,
            scale: 1.0,
            max_dimmer: 1.0,
            strobe_cap_hz: None,
            offset_ms: 0.0,
            device: None,
            follows_input: false,
            input: None,
        }
    }
}

impl Prefs {
    pub(super) fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// What was kept by hand or by another version may be anything.
    fn sane(self) -> Self {
        let within = |value: f32, low: f32, high: f32, usual: f32| if value.is_finite() { value.clamp(low, high) } else { usual };
        Self {
            scale: within(self.scale, 0.6, 2.5, 1.0),
            max_dimmer: within(self.max_dimmer, 0.0, 1.0, 1.0),
            strobe_cap_hz: self.strobe_cap_hz.map(|cap| within(cap, 0.5, 25.0, 4.0)),
            offset_ms: if self.offset_ms.is_finite() { self.offset_ms.clamp(-500.0, 500.0) } else { 0.0 },
            ..self
        }
    }
}

/// The calibrator: clicks in the sound and flashes in the light, to be brought together by the offset.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calibrating {
    on: bool,
    lamps: bool,
}

/// Sound devices of this machine, once they were asked for.
#[derive(Resource, Default)]
pub(super) struct Devices(Option<Vec<String>>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Prefs>()
        .init_resource::<Calibrating>()
        .init_resource::<Devices>()
        .add_systems(Startup, recall)
        .add_systems(Update, (limit.run_if(resource_changed::<Prefs>), dress))
        .add_systems(Update, sound.run_if(resource_changed::<Prefs>.or_else(resource_exists_and_changed::<Routing>)))
        .add_systems(Update, flash.in_set(crate::schedule::ShowSystems::Transport))
        .add_systems(Last, keep.before(Closing).run_if(resource_exists::<Keeper>.and_then(resource_changed::<Prefs>)));
}

fn recall(keeper: Option<Res<Keeper>>, playback: Option<Res<Playback>>, guard: Res<Part<StrobeGuard>>, mut prefs: ResMut<Prefs>) {
    let kept = keeper.and_then(|keeper| keeper.setting(KEY)).and_then(|text| serde_json::from_str::<Prefs>(&text).ok());
    let mut wanted = kept.unwrap_or_default().sane();
    // What the command line says holds for this run.
    if guard.get().cap_hz.is_some() {
        wanted.strobe_cap_hz = guard.get().cap_hz;
    }
    if let Some(playback) = playback.filter(|playback| playback.offset.secs() != 0.0) {
        wanted.offset_ms = playback.offset.secs() * 1000.0;
    }
    *prefs = wanted;
}

fn keep(keeper: Res<Keeper>, prefs: Res<Prefs>) {
    if !prefs.is_added() {
        keeper.set_setting(KEY, serde_json::to_string(&*prefs).unwrap_or_default());
    }
}

fn dress(prefs: Res<Prefs>, mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>) {
    for mut context in &mut contexts {
        let look = match prefs.look {
            Look::Dark => egui::ThemePreference::Dark,
            Look::Light => egui::ThemePreference::Light,
            Look::System => egui::ThemePreference::System,
        };
        let context = context.bypass_change_detection().get_mut();
        if context.options(|options| options.theme_preference) != look {
            context.set_theme(look);
        }
        if context.zoom_factor() != prefs.scale {
            context.set_zoom_factor(prefs.scale);
        }
    }
}

fn limit(prefs: Res<Prefs>, mut live: ResMut<CurrentLive>, mut guard: ResMut<Part<StrobeGuard>>) {
    if live.0.max_dimmer != prefs.max_dimmer {
        live.0.max_dimmer = prefs.max_dimmer;
    }
    if guard.get().cap_hz != prefs.strobe_cap_hz {
        guard.set(StrobeGuard { cap_hz: prefs.strobe_cap_hz });
    }
}

fn sound(
    prefs: Res<Prefs>,
    routing: Option<Res<Routing>>,
    playback: Option<ResMut<Playback>>,
    track: Query<&Doc<Track>>,
    mut device: Local<Option<String>>,
    mut was_outside: Local<bool>,
) {
    let Some(mut playback) = playback else { return };
    if let Ok(offset) = crate::playback::transport::LightOffset::new(prefs.offset_ms / 1000.0)
        && playback.offset != offset
    {
        playback.offset = offset;
    }
    // While the track follows a timecode or a band the sound is somebody else's; then it is ours again.
    let outside = prefs.follows_input || routing.is_some_and(|routing| routing.options.follow_timecode);
    let ours_again = std::mem::replace(&mut *was_outside, outside) && !outside;
    if (*device != prefs.device || ours_again) && !outside {
        device.clone_from(&prefs.device);
        if let Some(sound) = track.iter().next().and_then(|track| track.sound.clone()) {
            playback.player.set_clock(std::time::Instant::now(), super::clock(Some(&sound), prefs.device.as_deref()));
        }
    }
}

/// How long ago the last beat was.
fn since_beat(grid: &BeatGrid, secs: f64) -> f64 {
    secs - grid.secs_at((grid.beat_at(secs) + 1e-9).floor())
}

/// All lamps at full for a moment on every beat, dark in between.
fn flash(
    calibrating: Res<Calibrating>,
    playhead: Res<Playhead>,
    track: Query<&Doc<Track>>,
    rig: Res<Part<Rig>>,
    mut live: ResMut<CurrentLive>,
    mut was_on: Local<bool>,
) {
    let on = calibrating.on && calibrating.lamps;
    if !on {
        if std::mem::take(&mut *was_on) {
            live.0.programmer.clear();
        }
        return;
    }
    *was_on = true;
    let lit = track.iter().next().is_some_and(|track| since_beat(&track.analysis.grid, playhead.at_secs) < FLASH_SECS);
    let level = Manual { dimmer: Some(f32::from(u8::from(lit))), color: Some(Rgb([1.0; 3])), strobe: Some(0.0), ..Manual::default() };
    if live.0.programmer.first().map(|(_, manual)| manual.dimmer) != Some(level.dimmer) {
        live.0.programmer = (0..rig.get().heads.len() as u32).map(|head| (head, level)).collect();
    }
}

/// The tab.
pub(super) fn panel(
    InMut(ui): InMut<Ui>,
    mut prefs: ResMut<Prefs>,
    mut calibrating: ResMut<Calibrating>,
    mut devices: ResMut<Devices>,
    mut grid: ResMut<GridDesk>,
    mut hearing: ResMut<HearingIn>,
    playback: Option<Res<Playback>>,
    playhead: Res<Playhead>,
    track: Query<&Doc<Track>>,
    mut wanted: MessageWriter<Wanted>,
) {
    let mut changed = prefs.clone();
    // The transport bar sets it too.
    if let Some(playback) = playback {
        changed.offset_ms = (playback.offset.secs() * 100_000.0).round() / 100.0;
    }
    let lit = track.iter().next().is_some_and(|track| since_beat(&track.analysis.grid, playhead.at_secs) < FLASH_SECS);
    let before = *calibrating;
    let mut now = before;
    let found = devices.0.get_or_insert_with(audio::devices);
    settings_ui(ui, &mut changed, found, &mut now, playhead.playing && lit);
    sound_in::settings_ui(ui, &mut changed.follows_input, &mut changed.input, hearing.bypass_change_detection());
    if now != before {
        *calibrating = now;
        grid.click = now.on;
    }
    if changed.offset_ms != prefs.offset_ms {
        wanted.write(Wanted(Wish::OffsetMs(changed.offset_ms)));
    }
    prefs.set_if_neq(changed.sane());
}

/// Draws it.  Knows no world.
fn settings_ui(ui: &mut Ui, prefs: &mut Prefs, devices: &[String], calibrating: &mut Calibrating, lit: bool) {
    ui.label(RichText::new("Looks").strong());
    Grid::new("looks").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        ui.label("Theme");
        ui.horizontal(|ui| {
            for (look, name) in [(Look::Dark, "Dark"), (Look::Light, "Light"), (Look::System, "As the system")] {
                ui.selectable_value(&mut prefs.look, look, name);
            }
        });
        ui.end_row();
        let label = ui.label("Size");
        ui.horizontal(|ui| {
            let mut percent = (prefs.scale * 100.0).round();
            // Dragging would move the handle away from under the pointer.
            let field = DragValue::new(&mut percent).range(60.0..=250.0).suffix(" %").speed(1.0).update_while_editing(false);
            if ui.add(field).labelled_by(label.id).changed() {
                prefs.scale = percent / 100.0;
            }
            for (name, scale) in [("90", 0.9), ("100", 1.0), ("125", 1.25), ("150", 1.5)] {
                if ui.button(name).clicked() {
                    prefs.scale = scale;
                }
            }
        });
        ui.end_row();
    });
    ui.add_space(8.0);
    ui.label(RichText::new("Limits").strong());
    Grid::new("limits").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        let label = ui.label("Highest dimmer");
        let mut percent = prefs.max_dimmer * 100.0;
        let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
        if ui.add(slider).labelled_by(label.id).on_hover_text("No lamp is ever brighter, whatever the show says").changed() {
            prefs.max_dimmer = percent / 100.0;
        }
        ui.end_row();
        let mut guarded = prefs.strobe_cap_hz.is_some();
        let check = ui.checkbox(&mut guarded, "Strobe guard");
        check.on_hover_text(
            "Light that flashes faster than this is known to be dangerous for some people: 3 to 4 a second is a usual limit",
        );
        ui.horizontal(|ui| {
            let mut cap = prefs.strobe_cap_hz.unwrap_or(4.0);
            let slider = Slider::new(&mut cap, 0.5..=25.0).fixed_decimals(1).suffix(" flashes a second");
            let response = ui.add_enabled(guarded, slider);
            response.widget_info(|| WidgetInfo::slider(guarded, cap.into(), "Flashes a second"));
            prefs.strobe_cap_hz = guarded.then_some(cap);
        });
        ui.end_row();
    });
    ui.add_space(8.0);
    ui.label(RichText::new("Sound").strong());
    Grid::new("sound").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        ui.label("Device");
        let shown = prefs.device.clone().unwrap_or_else(|| "The system's own".into());
        egui::ComboBox::from_id_salt("device").width(220.0).selected_text(shown).show_ui(ui, |ui| {
            ui.selectable_value(&mut prefs.device, None, "The system's own");
            for device in devices {
                ui.selectable_value(&mut prefs.device, Some(device.clone()), device);
            }
        });
        ui.end_row();
        let label = ui.label("Light ahead of sound");
        let field = DragValue::new(&mut prefs.offset_ms).range(-500.0..=500.0).speed(0.5).suffix(" ms").max_decimals(1);
        ui.add(field)
            .labelled_by(label.id)
            .on_hover_text("Lamps, networks and loudspeakers are all late; this brings light and sound together");
        ui.end_row();
        ui.label("Calibrate");
        ui.horizontal(|ui| {
            let words = if calibrating.on { "Stop" } else { "Click and flash" };
            if ui.add(Button::new(words).min_size(vec2(110.0, 24.0))).on_hover_text("On every beat of the track, while it plays").clicked()
            {
                calibrating.on = !calibrating.on;
            }
            ui.checkbox(&mut calibrating.lamps, "with the lamps").on_hover_text("All lamps flash too");
            let (rect, _) = ui.allocate_exact_size(vec2(64.0, 24.0), Sense::hover());
            let color = if calibrating.on && lit { Color32::WHITE } else { theme::WELL };
            ui.painter().rect_filled(rect, 4.0, color);
        });
        ui.end_row();
    });
    if calibrating.on {
        ui.weak("Play the track. Change the milliseconds until click and flash come together.");
    }
    if devices.is_empty() {
        ui.weak("This machine has no sound device that can be opened; shows play on in silence.");
    }
}

/// Every action with its keys.
pub(super) fn keys_panel(InMut(ui): InMut<Ui>, actions: Res<Actions>, mut search: Local<String>) {
    ui.add(egui::TextEdit::singleline(&mut *search).hint_text("Search the keys").desired_width(f32::INFINITY));
    let wanted = search.to_lowercase();
    let list = actions.list(ui.ctx());
    Grid::new("keys").num_columns(2).striped(true).spacing([18.0, 4.0]).show(ui, |ui| {
        for (label, keys) in list.iter().filter(|(label, keys)| format!("{label} {keys}").to_lowercase().contains(&wanted)) {
            ui.label(RichText::new(keys).monospace());
            ui.label(*label);
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn settings_are_set_by_their_names() {
        type State = (Prefs, Calibrating);
        let draw = |ui: &mut Ui, (prefs, calibrating): &mut State| settings_ui(ui, prefs, &["Line out".to_owned()], calibrating, true);
        let mut harness = Harness::builder().with_size([640.0, 460.0]).build_ui_state(draw, State::default());
        for label in ["Light", "125", "Strobe guard", "Click and flash", "with the lamps"] {
            harness.get_by_label(label).click();
            harness.run_steps(2);
        }
        let (prefs, calibrating) = harness.state();
        assert_eq!((prefs.look, prefs.scale, prefs.strobe_cap_hz), (Look::Light, 1.25, Some(4.0)));
        assert!(calibrating.on && calibrating.lamps);
        assert!(harness.query_by_label_contains("come together").is_some());
    }

    #[test]
    fn settings_that_were_broken_by_hand_are_put_right() {
        let broken = r#"{"scale": 90.0, "max_dimmer": -3, "strobe_cap_hz": 1e9, "offset_ms": -1e9, "look": "light", "unknown": 1}"#;
        let prefs = serde_json::from_str::<Prefs>(broken).unwrap().sane();
        assert_eq!((prefs.scale, prefs.max_dimmer, prefs.strobe_cap_hz, prefs.offset_ms), (2.5, 0.0, Some(25.0), -500.0));
        assert_eq!(prefs.look, Look::Light);
    }

    #[test]
    fn a_flash_begins_on_the_beat() {
        let grid = BeatGrid::steady(120.0, 4, 0.0, 8);
        assert!(since_beat(&grid, 1.0) < 1e-9 && (since_beat(&grid, 1.49) - 0.49).abs() < 1e-9);
    }
}
