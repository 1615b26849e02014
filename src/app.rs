//! Assembles the window: the show's systems, the room, the panels, and the thread that sends.
//!
//! Light comes first: the output runs before the window opens, and goes on while it is slow.

mod chords;
mod desk;
mod encore;
mod incoming;
mod keys;
mod layouts;
mod listening;
pub mod offscreen;
mod opening;
mod pacing;
mod prefs;
mod remember;
mod remote;
mod room;
mod sound_in;
mod tour;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::app::TaskPoolPlugin;
use bevy::diagnostic::FrameTimeDiagnosticsPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::error_handler::{ErrorType, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::settings::RenderCreation;
use bevy::window::PresentMode;
use bevy_egui::{EguiGlobalSettings, EguiPlugin};
use thiserror::Error;

use crate::document::history::Document;
use crate::document::plugin::OpenDocument;
use crate::document::record::Desk;
use crate::engine::{Program, Rig, StrobeGuard};
use crate::output::identity::{self, Role};
use crate::output::options::{self, OutputOptions};
use crate::output::plugin::Outlet;
use crate::output::worker::{Output, OutputConfig, OutputError, OutputHandle};
use crate::playback::audio::{AudioClock, AudioError};
use crate::playback::clock::{Clock, SilentClock};
use crate::playback::player::Player;
use crate::playback::plugin::Playback;
use crate::playback::transport::{LightOffset, LoopRegion, Transport, TransportError};
use crate::previz::driver::{self, NoDriver, find_driver};
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentProgram, Part};
use crate::store::Store;
use crate::store::plugin::Keeper;
use crate::tracks::model::{Sound, Track};
use crate::ui::shell::AddPanel;
use crate::venue::library::Library;
use crate::venue::plugin::Definitions;

/// What the window opens with.
pub struct Desktop {
    pub document: Document,
    pub desk: Desk,
    /// Where the document is kept; `None` where nothing is.
    pub store: Option<Store>,
    /// Where fixture definitions come from.
    pub definitions: Arc<Library>,
    /// The desk's track, with its sound.
    pub track: Track,
    pub rig: Arc<Rig>,
    /// What the desk compiles to, under `guard`.
    pub program: Arc<Program>,
    pub guard: StrobeGuard,
    pub output: OutputConfig,
    pub offset: LightOffset,
    pub start_secs: f64,
    pub region: Option<(f64, f64)>,
    pub rate: f64,
    /// Close after so many seconds.
    pub seconds: Option<f64>,
    /// Debug: the world sleeps so long in every frame.
    pub stall_ms: u64,
    /// Debug: a script may drive the window through this port of 127.0.0.1.
    pub test_port: Option<u16>,
}

#[derive(Debug, Error)]
pub enum DesktopError {
    #[error(transparent)]
    NoDriver(#[from] NoDriver),
    #[error("There is no screen to open a window on: give --headless to demo or play, or set DISPLAY or WAYLAND_DISPLAY")]
    NoScreen,
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Opens the window and plays; returns when it is closed.
pub fn desktop(desktop: Desktop) -> Result<(), DesktopError> {
    if !has_screen() {
        return Err(DesktopError::NoScreen);
    }
    find_driver()?;
    let mut config = desktop.output.clone();
    if let Some(store) = &desktop.store {
        // The lamps are looked after from the first packet on.
        let options = OutputOptions::read(store.setting(options::KEY).as_deref());
        config.loss = options.loss;
        config.source = identity::source(Some(&identity::path(store.path())), Role::Studio);
    }
    let output = Output::start(config)?;
    let mut app = App::new();
    app.add_plugins((window_plugins(), show_plugins, window_systems));
    if let Some(port) = desktop.test_port {
        app.add_plugins(remote::plugin(port));
    }
    open(&mut app, desktop, output.handle())?;
    app.run();
    output.stop()?;
    Ok(())
}

/// Everything that makes light, and nothing that needs a screen.
pub fn show_plugins(app: &mut App) {
    app.add_plugins((
        crate::schedule::plugin,
        crate::document::plugin::plugin,
        crate::store::plugin::plugin,
        crate::venue::plugin::plugin,
        crate::tracks::plugin::plugin,
        crate::patterns::plugin::plugin,
        crate::score::plugin::plugin,
        crate::playback::plugin::plugin,
        crate::perform::plugin::plugin,
        crate::show::plugin::plugin,
        crate::output::plugin::plugin,
    ))
    .init_resource::<Stall>()
    .add_systems(Update, stall.after(ShowSystems::Transport).before(ShowSystems::Lower));
}

/// Debug: sleeps in every frame, to show that light does not care.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Stall(pub Duration);

fn stall(stall: Res<Stall>) {
    if !stall.0.is_zero() {
        std::thread::sleep(stall.0);
    }
}

fn window_plugins() -> impl PluginGroup {
    let window = Window {
        title: "Luma".into(),
        name: Some("luma".into()),
        resolution: (1280, 760).into(),
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    // A core stays free for the thread that sends.
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get().saturating_sub(1).max(2));
    DefaultPlugins
        .set(WindowPlugin { primary_window: Some(window), ..default() })
        .set(RenderPlugin { render_creation: RenderCreation::Automatic(Box::new(driver::settings())), ..default() })
        .set(LogPlugin { level: bevy::log::Level::WARN, ..default() })
        .set(TaskPoolPlugin { task_pool_options: TaskPoolOptions::with_num_threads(threads) })
}

fn window_systems(app: &mut App) {
    app.add_plugins((EguiPlugin::default(), FrameTimeDiagnosticsPlugin::default(), crate::previz::plugin, crate::previz::orbit::plugin))
        .add_plugins((studio, pacing::plugin, chords::plugin))
        .add_canvas(layouts::STAGE, crate::previz::view::panel)
        .add_canvas(layouts::SECOND, crate::previz::second::panel)
        .insert_resource(RenderErrorHandler(keep_the_show))
        .add_systems(Update, (close_in_time, remote::listen));
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
}

/// Everything that is drawn by egui alone: desks, panels, actions, dialogs.
fn studio(app: &mut App) {
    app.add_plugins((
        desk::plugin,
        encore::plugin,
        keys::plugin,
        incoming::plugin,
        listening::plugin,
        opening::plugin,
        prefs::plugin,
        sound_in::plugin,
        remember::plugin,
        room::plugin,
        tour::plugin,
    ))
    .init_resource::<crate::score::panel::Timeline>()
    .init_resource::<crate::score::panel::deeds::Clipboard>()
    .init_resource::<crate::score::panel::sheet::Sheet>()
    .add_message::<crate::score::panel::deeds::Deed>()
    .add_message::<crate::score::panel::scores::ScoreDeed>()
    .add_systems(Update, (crate::score::panel::deeds::perform, crate::score::panel::scores::perform).before(ShowSystems::Edit))
    .add_systems(Update, crate::score::panel::sheet::gather.in_set(ShowSystems::Lower))
    .init_resource::<crate::playback::panel::beats::GridDesk>()
    .add_message::<crate::playback::panel::beats::Correct>()
    .add_systems(Update, crate::playback::panel::beats::perform.before(ShowSystems::Edit))
    .add_systems(
        Update,
        crate::playback::panel::beats::click.after(ShowSystems::Transport).before(ShowSystems::Lower).run_if(resource_exists::<Playback>),
    )
    .add_panel(layouts::BEATS, crate::playback::panel::beats::panel)
    .add_canvas(layouts::TIMELINE, crate::score::panel::panel)
    .add_panel(layouts::PATTERNS, crate::patterns::panel::list::panel)
    .add_plugins(crate::patterns::panel::plugin)
    .add_canvas(layouts::GRAPH, crate::patterns::panel::graph::panel)
    .add_canvas(layouts::PATCH, crate::venue::panel::patch::panel)
    .init_resource::<crate::venue::panel::highlight::Highlight>()
    .add_systems(Update, crate::venue::panel::highlight::apply.in_set(ShowSystems::Transport))
    .init_resource::<crate::venue::panel::library::Definable>()
    .add_systems(Startup, crate::venue::panel::library::begin)
    .add_systems(Update, crate::venue::panel::library::arrive)
    .add_canvas(layouts::ADD_FIXTURES, crate::venue::panel::library::panel)
    .add_panel(layouts::MANY, crate::venue::panel::bulk::panel)
    .add_panel(layouts::CHECKS, crate::venue::panel::checks::panel)
    .add_panel(layouts::FIXTURE, crate::venue::panel::fixture::panel)
    .add_panel(layouts::GROUPS, crate::venue::panel::groups::panel)
    .add_panel(layouts::SHOW_CHECK, crate::score::panel::check::panel)
    .init_resource::<crate::document::panel::cover::Cover>()
    .add_panel(layouts::TRACKS, crate::document::panel::tracks::panel)
    .add_panel(layouts::LISTENING, crate::analysis::panel::panel)
    .add_canvas(layouts::SOUND, crate::analysis::panel::sound::panel)
    .add_panel(layouts::LIBRARY, crate::document::panel::library::panel)
    .add_panel(layouts::VERSIONS, crate::document::panel::versions::panel)
    .add_panel(layouts::BACKUPS, crate::store::panel::panel)
    .add_panel(layouts::CUES, crate::perform::panel::panel)
    .add_panel(layouts::MASTERS, crate::perform::panel::masters_panel)
    .add_panel(layouts::SETTINGS, prefs::panel)
    .add_panel(layouts::KEYS, prefs::keys_panel)
    .add_systems(PostStartup, crate::output::panel::recall)
    .add_panel(layouts::OUTPUTS, crate::output::panel::panel)
    .add_panel(layouts::ANNOTATION, crate::score::panel::inspector::panel);
}

/// The default quits.  A show must not end because a driver was reset; light goes on in any case.
fn keep_the_show(error: &bevy::render::error_handler::RenderError, _: &mut World, _: &mut World) -> RenderErrorPolicy {
    match error.ty {
        ErrorType::DeviceLost => RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::new(driver::settings()))),
        // The picture stands still; retrying at once would flash it.
        _ => RenderErrorPolicy::StopRendering,
    }
}

#[derive(Resource)]
struct CloseAt(Instant);

fn close_in_time(close: Option<Res<CloseAt>>, mut exit: MessageWriter<AppExit>) {
    if close.is_some_and(|close| Instant::now() >= close.0) {
        exit.write(AppExit::Success);
    }
}

/// Puts the show into the world and starts it.
pub fn open(app: &mut App, desktop: Desktop, handle: OutputHandle) -> Result<(), DesktopError> {
    let now = Instant::now();
    let mut player = player(&desktop, now)?;
    player.play(now);
    // The first light leaves before the window has drawn anything.
    handle.set_offset(desktop.offset);
    handle.set_program(desktop.program.clone());
    handle.set_transport(player.transport());
    let world = app.world_mut();
    world.insert_resource(Outlet(handle));
    world.insert_resource(Playback { player, offset: desktop.offset });
    world.insert_resource(Stall(Duration::from_millis(desktop.stall_ms)));
    world.resource_mut::<Part<Rig>>().set(desktop.rig);
    world.resource_mut::<Part<StrobeGuard>>().set(desktop.guard);
    world.insert_resource(CurrentProgram::of_what_is_open(desktop.program));
    if let Some(seconds) = desktop.seconds {
        world.insert_resource(CloseAt(now + Duration::from_secs_f64(seconds.clamp(0.0, 1e6))));
    }
    let Desktop { document, desk, track, store, definitions, .. } = desktop;
    world.insert_resource(Definitions(definitions));
    if let Some(store) = store {
        world.insert_resource(Keeper::new(store));
    }
    world.write_message(OpenDocument { document: Some(document), desk, track });
    Ok(())
}

fn player(desktop: &Desktop, now: Instant) -> Result<Player, TransportError> {
    let transport = Transport::new(now, desktop.track.analysis.duration_secs)?;
    let mut player = Player::new(transport, clock(desktop.track.sound.as_ref(), None));
    player.set_rate(now, desktop.rate)?;
    if let Some((from, to)) = desktop.region {
        player.set_loop(now, Some(LoopRegion::new(from, to)?))?;
    }
    player.seek(now, desktop.start_secs)?;
    Ok(player)
}

/// Sound where there is a device for it, else the machine's own time.
fn clock(sound: Option<&Arc<Sound>>, device: Option<&str>) -> Box<dyn Clock> {
    match sound.ok_or(AudioError::Empty).and_then(|sound| AudioClock::open(sound, device)) {
        Ok(clock) => Box::new(clock),
        Err(error) => {
            warn!("{error}");
            Box::new(SilentClock::default())
        }
    }
}

/// Bevy ends the process where it finds none, so it is asked for first.
fn has_screen() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(all(unix, not(target_os = "macos")))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

#[cfg(test)]
mod listening_tests;
#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod studio_tests;
#[cfg(test)]
mod tests;
