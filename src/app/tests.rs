//! The assembled world without a screen: the order of its systems, and that it sends what it shows.

use std::collections::HashMap;
use std::net::UdpSocket;

use bevy::app::TerminalCtrlCHandlerPlugin;
use bevy::ecs::schedule::{InternedScheduleLabel, LogLevel, ScheduleBuildSettings, ScheduleLabel};
use bevy::log::LogPlugin;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::settings::{Backends, WgpuSettings};
use bevy::winit::WinitPlugin;
use uuid::Uuid;

use super::*;
use crate::document::ground::Ground;
use crate::document::lower;
use crate::document::record::Records;
use crate::engine::{self, BeatGrid, DmxFrame, Frame, Held, Live, StrobeGuard, TrackAnalysis};
use crate::output::routes::{Broadcast, Routes};
use crate::score::model::{Annotation, Score};
use crate::show::plugin::CurrentFrame;
use crate::venue::library::Library;
use crate::{patterns, venue};

/// The whole world, room included, with nothing to draw it.
fn blind_app() -> App {
    let nothing = WgpuSettings { backends: None::<Backends>, ..default() };
    let mut app = App::new();
    app.add_plugins(
        DefaultPlugins
            .set(WindowPlugin { primary_window: None, ..default() })
            .set(RenderPlugin { render_creation: RenderCreation::Automatic(Box::new(nothing)), ..default() })
            .disable::<WinitPlugin>()
            .disable::<PipelinedRenderingPlugin>()
            .disable::<TerminalCtrlCHandlerPlugin>()
            .disable::<LogPlugin>(),
    )
    .add_plugins((show_plugins, crate::previz::plugin));
    for label in [PreUpdate.intern(), Update.intern(), PostUpdate.intern()] {
        app.edit_schedule(label, |schedule| {
            schedule.set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Warn, ..default() });
        });
    }
    app.finish();
    app.cleanup();
    app
}

/// Pairs of our own systems that touch the same thing in an order that nobody has decided.
fn undecided(app: &mut App, label: InternedScheduleLabel) -> Vec<String> {
    app.world_mut().schedule_scope(label, |world, schedule| {
        schedule.initialize(world).unwrap();
        let names: HashMap<_, _> = schedule.systems().unwrap().map(|(key, system)| (key, system.name().to_string())).collect();
        let conflicts = schedule.graph().conflicting_systems().iter();
        let pairs =
            conflicts.map(|(a, b, things)| (&names[a], &names[b], things.iter().filter_map(|&thing| world.components().get_name(thing))));
        let ours = pairs.filter(|(a, b, _)| a.starts_with("luma::") && b.starts_with("luma::"));
        ours.map(|(a, b, things)| format!("{a} and {b}: {}", things.map(|thing| thing.to_string()).collect::<Vec<_>>().join(", ")))
            .collect()
    })
}

#[test]
fn nothing_in_the_shows_systems_is_ordered_by_chance() {
    let mut app = blind_app();
    for label in [PreUpdate.intern(), Update.intern(), PostUpdate.intern()] {
        assert_eq!(undecided(&mut app, label), Vec::<String>::new(), "{label:?}");
    }
}

#[test]
fn two_systems_at_odds_would_be_found() {
    let mut app = blind_app();
    let at_odds = |_: ResMut<CurrentFrame>| {};
    app.add_systems(Update, (at_odds, |_: ResMut<CurrentFrame>| {}));
    assert!(!undecided(&mut app, Update.intern()).is_empty());
}

fn opened(output: OutputConfig) -> Desktop {
    let venue = venue::builtin("club").unwrap();
    let (rig, problems) = venue::lower::rig(&venue, &Library::builtin());
    assert!(problems.is_empty());
    let rig = Arc::new(rig);
    let track = Track {
        id: Uuid::from_u128(1),
        hash: "silence".into(),
        file: None,
        title: "Silence".into(),
        artist: String::new(),
        analysis: Arc::new(TrackAnalysis::of_grid(BeatGrid::default(), 600.0)),
        correction: None,
        hearing: Arc::default(),
        sound: None,
        waveform: Arc::default(),
    };
    let patterns = patterns::builtin::builtin();
    let wash = patterns.iter().find(|pattern| pattern.name == "Colour wash").unwrap_or(&patterns[0]).id;
    let annotation = Annotation { id: Uuid::from_u128(2), pattern: wash, start: 0.0, end: 600.0, ..Annotation::default() };
    let score = Score { id: Uuid::from_u128(3), name: String::new(), annotations: vec![annotation] };
    let records = Records { venue, track, score, patterns };
    let (show, _) = lower::show(&records, rig.clone());
    let program = Arc::new(engine::compile(&show).0);
    let offset = LightOffset::default();
    let document = Document::open(Ground::load(records.rows(&Library::builtin()).unwrap()), Vec::new(), Vec::new());
    let desk = records.desk();
    let track = records.track;
    let guard = StrobeGuard::default();
    Desktop {
        document,
        store: None,
        definitions: Arc::new(Library::builtin()),
        desk,
        track,
        rig,
        program,
        guard,
        output,
        offset,
        start_secs: 0.0,
        region: None,
        rate: 1.0,
        seconds: None,
        stall_ms: 0,
        test_port: None,
    }
}

#[test]
fn the_world_shows_the_bytes_that_the_command_line_computes() {
    let mut app = blind_app();
    let desktop = opened(OutputConfig::default());
    let program = desktop.program.clone();
    open(&mut app, desktop, OutputHandle::default()).unwrap();
    for _ in 0..3 {
        app.update();
        let seen = &app.world().resource::<CurrentFrame>().0;
        let (mut frame, mut shown, mut computed) = (Frame::default(), DmxFrame::default(), DmxFrame::default());
        engine::render(&program, seen.window, &Live::default(), &mut frame);
        engine::encode(&program.rig, seen, &mut Held::default(), &mut shown);
        engine::encode(&program.rig, &frame, &mut Held::default(), &mut computed);
        assert_eq!(shown, computed);
    }
}

#[test]
fn a_world_that_hangs_does_not_hold_up_the_output() {
    let node = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = node.local_addr().unwrap().to_string();
    let routes = Routes::parse([target.as_str()], Broadcast::Refuse).unwrap();
    let output = Output::start(OutputConfig { routes, ..OutputConfig::default() }).unwrap();
    let mut app = blind_app();
    let desktop = Desktop { stall_ms: 1000, ..opened(OutputConfig::default()) };
    open(&mut app, desktop, output.handle()).unwrap();
    app.update(); // hangs for a second, and everything is handed over
    let before = output.stats().ticks;
    app.update();
    let beats = output.stats().ticks - before;
    assert!(beats >= 20, "{beats} beats while one frame of the world hung for a second");
}
