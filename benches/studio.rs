//! What a frame of the studio costs: every desk drawn and tessellated, with 2,000 fixtures and 5,000 annotations, while the
//! track plays.
//!
//! `cargo bench --bench studio`.  The 3D view is not in it: that is the picture's cost, not the panels'.

#![expect(clippy::unwrap_used, reason = "a bench that cannot open its show has no figure to give")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::sync::Arc;
use std::time::Instant;

use bevy_egui::egui::{Context, Event, RawInput, Rect, pos2, vec2};
use luma::app::Desktop;
use luma::app::offscreen::Offscreen;
use luma::document::ground::Ground;
use luma::document::history::Document;
use luma::document::lower;
use luma::document::record::Records;
use luma::engine::{self, BeatGrid, StrobeGuard, TrackAnalysis};
use luma::output::worker::{OutputConfig, OutputHandle};
use luma::playback::transport::LightOffset;
use luma::score::model::{Annotation, Score};
use luma::tracks::model::{Track, Waveform, WaveformColumn};
use luma::ui::shell::Layouts;
use luma::venue::library::Library;
use luma::{patterns, venue};
use uuid::Uuid;

const N_FIXTURES: usize = 2000;
const N_ANNOTATIONS: usize = 5000;
const FRAMES: usize = 200;
const SCREEN: [f32; 2] = [1920.0, 1080.0];

fn main() {
    let mut studio = Offscreen::new(desktop(), OutputHandle::default()).unwrap();
    let ctx = Context::default();
    println!("{N_FIXTURES} fixtures, {N_ANNOTATIONS} annotations, {} x {} points, {FRAMES} frames each", SCREEN[0], SCREEN[1]);
    println!("| desk | panels, median | 95 % | tessellation, median | systems, median |");
    println!("|---|---|---|---|---|");
    let jobs: Vec<String> = studio.world().resource::<Layouts>().jobs().map(str::to_owned).collect();
    // Every desk as it is delivered, then with a costly tab on top that lies behind another.
    let desks = jobs.iter().enumerate().map(|(at, job)| (at, job.clone(), None));
    let behind = ["Plan", "Universe", "Faders", "Groups"].map(|tab| (1, tab.to_owned(), Some(tab)));
    for (at, job, tab) in desks.chain(behind) {
        let mut layouts = studio.world().resource_mut::<Layouts>();
        layouts.choose(at);
        tab.into_iter().for_each(|tab| layouts.show(tab));
        // What is drawn for the first time is laid out and cached.
        for n in 0..20 {
            frame(&mut studio, &ctx, n);
        }
        let times: Vec<[f64; 3]> = (0..FRAMES).map(|n| frame(&mut studio, &ctx, n)).collect();
        let column = |at: usize, share: f64| {
            let mut all: Vec<f64> = times.iter().map(|times| times[at]).collect();
            all.sort_by(f64::total_cmp);
            all[((all.len() - 1) as f64 * share) as usize]
        };
        println!("| {job} | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms |", column(1, 0.5), column(1, 0.95), column(2, 0.5), column(0, 0.5));
    }
}

/// Milliseconds of the systems, the panels, and the tessellation of one frame, with the pointer moving over it.
fn frame(studio: &mut Offscreen, ctx: &Context, n: usize) -> [f64; 3] {
    let begun = Instant::now();
    studio.update();
    let systems = begun.elapsed();
    let pointer = pos2(300.0 + (n * 7 % 1200) as f32, 700.0 + (n % 100) as f32);
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(SCREEN[0], SCREEN[1]))),
        events: vec![Event::PointerMoved(pointer)],
        ..RawInput::default()
    };
    let begun = Instant::now();
    ctx.begin_pass(input);
    studio.draw(ctx);
    let mut output = ctx.end_pass();
    output.textures_delta.clear();
    let panels = begun.elapsed();
    let begun = Instant::now();
    let meshes = ctx.tessellate(output.shapes, output.pixels_per_point);
    assert!(!meshes.is_empty());
    [systems, panels, begun.elapsed()].map(|time| time.as_secs_f64() * 1e3)
}

/// The club fifty times over, and a score as dense as a long night's.
fn desktop() -> Desktop {
    let mut venue = venue::builtin("club").unwrap();
    let lamps = venue.fixtures.clone();
    venue.fixtures = (0..N_FIXTURES)
        .map(|n| {
            let mut lamp = lamps[n % lamps.len()].clone();
            lamp.id = Uuid::from_u128(1000 + n as u128);
            lamp.universe = 1 + (n / 12) as u16;
            lamp.address = 1 + (n % 12 * 40) as u16;
            lamp.position[0] += (n / lamps.len()) as f32 * 0.5;
            lamp
        })
        .collect();
    venue.groups.iter_mut().for_each(|group| group.members.clear());
    let (rig, _) = venue::lower::rig(&venue, &Library::builtin());
    let rig = Arc::new(rig);
    let duration_secs = 600.0;
    let columns = (0..60_000).map(|n| WaveformColumn { peak: (n % 100) as f32 / 100.0, bands: [0.5, 0.3, 0.2] }).collect();
    let track = Track {
        id: Uuid::from_u128(1),
        hash: "bench".into(),
        file: None,
        title: "Bench".into(),
        artist: String::new(),
        analysis: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(126.0, 4, 0.2, 1200), duration_secs)),
        correction: None,
        hearing: Arc::default(),
        sound: None,
        waveform: Arc::new(Waveform { secs_per_column: 0.01, columns }),
    };
    let patterns = patterns::builtin::builtin();
    let annotation = |n: usize| {
        let start = (n / 20) as f64 * 2.0;
        let id = Uuid::from_u128(50_000 + n as u128);
        Annotation {
            id,
            pattern: patterns[n % patterns.len()].id,
            start,
            end: start + 4.0,
            z_index: (n % 20) as i32,
            ..Annotation::default()
        }
    };
    let score = Score { id: Uuid::from_u128(2), name: "Bench".into(), annotations: (0..N_ANNOTATIONS).map(annotation).collect() };
    let records = Records { venue, track, score, patterns };
    let (show, _) = lower::show(&records, rig.clone());
    let program = Arc::new(engine::compile(&show).0);
    let document = Document::open(Ground::load(records.rows(&Library::builtin()).unwrap()), Vec::new(), Vec::new());
    let desk = records.desk();
    Desktop {
        document,
        store: None,
        definitions: Arc::new(Library::builtin()),
        desk,
        track: records.track,
        rig,
        program,
        guard: StrobeGuard::default(),
        output: OutputConfig::default(),
        offset: LightOffset::default(),
        start_secs: 60.0,
        region: None,
        rate: 1.0,
        seconds: None,
        stall_ms: 0,
        test_port: None,
    }
}
