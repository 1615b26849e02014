//! The engine in the world: the parts that domains write, the program they add up to, and this frame's light.
//!
//! The world renders for the eye alone; the output thread renders for the wire, from the same program and with the
//! same function.  Compiling runs beside the frame; until it is done the old program plays on.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use uuid::Uuid;

use crate::engine::{
    self, Annotation, Cue, Diagnostic, DmxFrame, Frame, Held, Live, PatternGraph, Program, Rig, Show, StrobeGuard, TrackAnalysis,
};
use crate::output::window::Windows;
use crate::schedule::ShowSystems;

/// A part of the show; written by its domain, read by everybody.
#[derive(Resource, Debug, Default)]
pub struct Part<T: Send + Sync + 'static>(Arc<T>);

impl<T: Send + Sync + 'static> Part<T> {
    pub fn set(&mut self, part: impl Into<Arc<T>>) {
        self.0 = part.into();
    }

    pub fn get(&self) -> &Arc<T> {
        &self.0
    }
}

/// The patterns of a show, by id.
pub type PatternGraphs = BTreeMap<Uuid, PatternGraph>;

/// What plays.  `None` until the first show has been compiled.
#[derive(Resource, Default)]
pub struct CurrentProgram {
    pub program: Option<Arc<Program>>,
    pub diagnostics: Vec<Diagnostic>,
    /// It is what the parts of this frame compile to: whoever opened them compiled them too.
    fresh: bool,
}

impl CurrentProgram {
    /// The program of a show that is being opened in this very frame.
    pub fn of_what_is_open(program: Arc<Program>) -> Self {
        Self { program: Some(program), diagnostics: Vec::new(), fresh: true }
    }
}

/// Where light is in the track.  Written by `playback/` alone.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Playhead {
    pub at_secs: f64,
    /// Differs from the last frame's when what lies between was not played.
    pub flow: (u64, u64),
    pub playing: bool,
    pub rate: f64,
}

impl Default for Playhead {
    fn default() -> Self {
        Self { at_secs: 0.0, flow: (0, 0), playing: false, rate: 1.0 }
    }
}

/// What performers hold now.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct CurrentLive(pub Live);

/// The light of this moment.
#[derive(Resource, Debug, Default)]
pub struct CurrentFrame(pub Frame);

/// The bytes of this moment as they leave, for whoever looks at them.  Made only in frames in which somebody does.
#[derive(Resource, Default)]
pub struct CurrentBytes {
    wanted: bool,
    held: Held,
    dmx: DmxFrame,
}

impl CurrentBytes {
    /// Those of the last frame; to be asked in every frame in which they are shown.
    pub fn look(&mut self) -> &DmxFrame {
        self.wanted = true;
        &self.dmx
    }
}

#[derive(Resource, Default)]
struct Compiling(Option<Task<(Program, Vec<Diagnostic>)>>);

pub fn plugin(app: &mut App) {
    app.init_resource::<Part<Rig>>()
        .init_resource::<CurrentProgram>()
        .init_resource::<Playhead>()
        .init_resource::<CurrentLive>()
        .init_resource::<CurrentFrame>()
        .init_resource::<CurrentBytes>()
        .init_resource::<Part<Vec<Annotation>>>()
        .init_resource::<Part<PatternGraphs>>()
        .init_resource::<Part<TrackAnalysis>>()
        .init_resource::<Part<Vec<Cue>>>()
        .init_resource::<Part<StrobeGuard>>()
        .init_resource::<Compiling>()
        .add_systems(Update, compile.in_set(ShowSystems::Compile))
        .add_systems(Update, (render, encode).chain().in_set(ShowSystems::Render));
}

fn compile(
    rig: Res<Part<Rig>>,
    annotations: Res<Part<Vec<Annotation>>>,
    patterns: Res<Part<PatternGraphs>>,
    track: Res<Part<TrackAnalysis>>,
    cues: Res<Part<Vec<Cue>>>,
    guard: Res<Part<StrobeGuard>>,
    mut stale: Local<bool>,
    mut compiling: ResMut<Compiling>,
    mut current: ResMut<CurrentProgram>,
) {
    *stale |= rig.is_changed() || annotations.is_changed() || patterns.is_changed() || track.is_changed();
    *stale |= cues.is_changed() || guard.is_changed();
    if current.fresh {
        current.fresh = false;
        *stale = false;
    }
    if let Some(task) = &mut compiling.0
        && let Some((program, diagnostics)) = block_on(poll_once(task))
    {
        *current = CurrentProgram { program: Some(Arc::new(program)), diagnostics, fresh: false };
        compiling.0 = None;
    }
    if !*stale || compiling.0.is_some() {
        return;
    }
    *stale = false;
    let show = Show {
        rig: rig.get().clone(),
        annotations: annotations.get().clone(),
        patterns: patterns.get().clone(),
        track: track.get().clone(),
        cues: cues.get().clone(),
        guard: **guard.get(),
    };
    if current.program.is_none() {
        // Nothing plays yet: there is nothing to keep going meanwhile.
        let (program, diagnostics) = engine::compile(&show);
        *current = CurrentProgram { program: Some(Arc::new(program)), diagnostics, fresh: false };
    } else {
        compiling.0 = Some(AsyncComputeTaskPool::get_or_init(Default::default).spawn(async move { engine::compile(&show) }));
    }
}

/// Windows follow the rule that the output thread uses, and what was left live is held as it holds it, so the world shows
/// what is sent.
fn render(
    current: Res<CurrentProgram>,
    playhead: Res<Playhead>,
    live: Res<CurrentLive>,
    mut windows: Local<Windows<(u64, u64)>>,
    mut held: Local<Held>,
    mut frame: ResMut<CurrentFrame>,
) {
    if let Some(program) = &current.program {
        engine::render(program, windows.next(playhead.flow, playhead.at_secs), &live.0, &mut frame.0);
        held.settle(&program.rig, &mut frame.0);
    }
}

fn encode(current: Res<CurrentProgram>, frame: Res<CurrentFrame>, live: Res<CurrentLive>, mut bytes: ResMut<CurrentBytes>) {
    let bytes = bytes.bypass_change_detection();
    if let (true, Some(program)) = (std::mem::take(&mut bytes.wanted), &current.program) {
        engine::encode(&program.rig, &frame.0, &mut bytes.held, &mut bytes.dmx);
        live.0.hold_raw(&mut bytes.dmx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((crate::schedule::plugin, plugin));
        app
    }

    #[test]
    fn the_first_show_plays_at_once_and_a_changed_one_replaces_it_when_compiled() {
        let mut app = app();
        app.update();
        let first = app.world().resource::<CurrentProgram>().program.clone().unwrap();
        app.world_mut().resource_mut::<Part<TrackAnalysis>>().set(TrackAnalysis { duration_secs: 5.0, ..TrackAnalysis::default() });
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            app.update();
            let playing = app.world().resource::<CurrentProgram>().program.clone().unwrap();
            if !Arc::ptr_eq(&playing, &first) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "the changed show was never compiled");
        }
    }

    /// One head whose pan stands at home.
    fn rig() -> Rig {
        use crate::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
        use crate::engine::rig::{PatchOptions, Pose, RigFixture};
        let drive = Drive::Pan { channel: Channel { coarse: 0, fine: Some(1) }, range_deg: (-270.0, 270.0) };
        let kind = FixtureKind {
            footprint: 2,
            defaults: vec![0; 2],
            functions: vec![Function { heads: 0..1, drive }],
            head_offsets: vec![Vec3::ZERO],
            ..FixtureKind::default()
        };
        let fixture = RigFixture {
            id: Uuid::from_u128(1),
            label: String::new(),
            kind: Arc::new(kind),
            universe: 1,
            address: 1,
            pose: Pose::default(),
            options: PatchOptions::default(),
            first_head: 0,
        };
        Rig::new(vec![fixture], Vec::new())
    }

    #[test]
    fn what_the_programmer_turned_stays_turned_in_the_world_as_on_the_wire() {
        use crate::engine::live::Manual;
        let mut app = app();
        app.world_mut().resource_mut::<Part<Rig>>().set(rig());
        let (mut held, mut wire, mut world) = (Held::default(), DmxFrame::default(), DmxFrame::default());
        for (pan_deg, want) in [(None, 0.0), (Some(40.0), 40.0), (None, 40.0), (None, 40.0)] {
            let manual = Manual { pan_deg, ..Manual::default() };
            app.world_mut().resource_mut::<CurrentLive>().0.programmer = vec![(0, manual)];
            app.update();
            let program = app.world().resource::<CurrentProgram>().program.clone().unwrap();
            let seen = &app.world().resource::<CurrentFrame>().0;
            assert_eq!(seen.head(0).pan_deg, Some(want));
            let mut frame = Frame::default();
            engine::render(&program, seen.window, &app.world().resource::<CurrentLive>().0, &mut frame);
            engine::encode(&program.rig, &frame, &mut held, &mut wire);
            engine::encode(&program.rig, seen, &mut Held::default(), &mut world);
            assert_eq!(wire, world);
        }
    }

    #[test]
    fn a_channel_held_at_a_byte_has_it_but_in_a_blackout() {
        let mut app = app();
        app.world_mut().resource_mut::<Part<Rig>>().set(rig());
        let mut sent = |blackout: bool| {
            let raw = vec![(1, 400, 77), (1, 512, 5), (1, 513, 9), (1, 0, 9), (900, 1, 9)];
            app.world_mut().resource_mut::<CurrentLive>().0 = Live { raw, blackout, ..Live::default() };
            app.world_mut().resource_mut::<CurrentBytes>().look();
            app.update();
            let bytes = app.world_mut().resource_mut::<CurrentBytes>().look().universe(1).map(|bytes| (bytes[399], bytes[511]));
            bytes.unwrap()
        };
        assert_eq!(sent(false), (77, 5));
        assert_eq!(sent(true), (0, 0));
    }

    #[test]
    fn a_frame_covers_what_was_played_since_the_last_one_and_an_instant_after_a_jump() {
        let mut app = app();
        for (at_secs, jump, want) in [(1.0, 0, (1.0, 1.0)), (1.5, 0, (1.0, 1.5)), (0.5, 1, (0.5, 0.5))] {
            *app.world_mut().resource_mut::<Playhead>() = Playhead { at_secs, flow: (jump, 0), playing: true, rate: 1.0 };
            app.update();
            let window = app.world().resource::<CurrentFrame>().0.window;
            assert_eq!((window.from, window.to), want);
        }
    }
}
