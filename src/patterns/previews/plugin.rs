//! Draws small pictures of annotations and patterns beside the frame, some at a time, and keeps a bounded number of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bevy::asset::RenderAssetUsages;
use bevy::image::ImageSampler;
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy::window::RequestRedraw;
use bevy_egui::egui::{self, TextureId};
use bevy_egui::{EguiTextureHandle, EguiUserTextures};
use serde_json::Map;
use uuid::Uuid;

use super::kept::{Kept, Key, Size, Versions, meaning};
use crate::engine::composite::blend::BlendMode;
use crate::engine::composite::program::Compiler;
use crate::engine::graph::model::Graph;
use crate::engine::preview::{Heatmap, heatmap};
use crate::engine::{Annotation, PatternGraph, Rig, Show, TrackAnalysis};
use crate::patterns::trial::{Trial, lowered};
use crate::schedule::ShowSystems;
use crate::score::model::Annotation as Placed;
use crate::show::plugin::{Part, PatternGraphs};

/// Of an annotation on the timeline.
pub const THUMBNAIL: Size = (64, 16);
/// Of the pattern that is edited.
pub const LARGE: Size = (192, 48);
/// Pictures that are kept: a large one takes 36 KiB.
const MOST_KEPT: usize = 512;
/// Pictures asked for in one frame that are remembered; the others are asked for again.
const MOST_WANTED: usize = 128;
/// A go ends with the first picture after so long.
const GO: Duration = Duration::from_millis(60);
/// Frames after which pictures that nobody asks for any more are given up.
const PATIENCE: u32 = 10;

/// What is drawn, and what is wanted next.
#[derive(Resource)]
pub struct Previews {
    kept: Kept<Picture>,
    wanted: Vec<Wish>,
    versions: Versions,
    meanings: BTreeMap<Uuid, (Arc<Graph>, u64)>,
    running: Option<Running>,
    /// Keeps spectra between pictures.
    compiler: SyncCell<Option<Compiler>>,
}

struct Picture {
    map: Arc<Heatmap>,
    /// A Bevy image: egui's own textures were seen to stay dark in the window.  Gone with the picture.
    card: Option<(Handle<Image>, TextureId)>,
}

struct Wish {
    key: Key,
    annotation: Annotation,
    graph: Arc<Graph>,
    size: Size,
}

/// Pictures that are drawn in one go: one by one, each would wait for a frame, and frames may be slow.
struct Running {
    keys: Vec<Key>,
    task: Task<(Compiler, Vec<(Key, Heatmap)>)>,
    stop: Arc<AtomicBool>,
    unwanted: u32,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            kept: Kept::new(MOST_KEPT),
            wanted: Vec::new(),
            versions: Versions::default(),
            meanings: BTreeMap::new(),
            running: None,
            compiler: SyncCell::new(Some(Compiler::default())),
        }
    }
}

impl Previews {
    /// What a saved annotation does: heads from top to bottom, time from left to right.  While it is drawn, what it did
    /// before; `None` before that.  To be asked in every frame in which it is visible.
    pub fn thumbnail(&mut self, annotation: &Placed) -> Option<Arc<Heatmap>> {
        self.of_placed(annotation).map(|picture| picture.map.clone())
    }

    /// The same, on the graphics card.  `None` also where it does nothing.
    pub fn texture(&mut self, _: &egui::Context, annotation: &Placed) -> Option<TextureId> {
        self.of_placed(annotation)?.card.as_ref().map(|(_, id)| *id)
    }

    /// What a saved pattern does by itself between two instants of the track, on the graphics card.
    pub fn of_pattern(&mut self, pattern: Uuid, (start, end): (f64, f64)) -> Option<TextureId> {
        let (graph, meaning) = self.meanings.get(&pattern)?.clone();
        let annotation = Annotation { id: pattern, pattern, start, end, z: 0, blend: BlendMode::Replace, args: Map::new() };
        let of = Uuid::new_v5(&pattern, b"by itself");
        self.ask(of, annotation, meaning, THUMBNAIL, || graph)?.card.as_ref().map(|(_, id)| *id)
    }

    /// What a pattern does as it is tried out, and its picture on the graphics card.
    pub fn of_trial(&mut self, trial: &Trial, size: Size) -> Option<(Arc<Heatmap>, Option<TextureId>)> {
        let meaning = meaning(&trial.graph);
        // A trial of a placement is another thing than its thumbnail.
        let of = Uuid::new_v5(&trial.annotation.pattern, b"trial");
        let picture = self.ask(of, trial.annotation.clone(), meaning, size, || Arc::new(trial.graph.clone()))?;
        Some((picture.map.clone(), picture.card.as_ref().map(|(_, id)| *id)))
    }

    fn of_placed(&mut self, annotation: &Placed) -> Option<&mut Picture> {
        let (graph, meaning) = self.meanings.get(&annotation.pattern)?.clone();
        self.ask(annotation.id, lowered(annotation), meaning, THUMBNAIL, || graph)
    }

    fn ask(
        &mut self,
        of: Uuid,
        annotation: Annotation,
        meaning: u64,
        size: Size,
        graph: impl FnOnce() -> Arc<Graph>,
    ) -> Option<&mut Picture> {
        let key = Key::of(&annotation, meaning, self.versions, size);
        if self.kept.has(&key) {
            return self.kept.get(of, key);
        }
        if self.wanted.len() < MOST_WANTED && self.wanted.iter().all(|wish| wish.key != key) {
            self.wanted.push(Wish { key, annotation, graph: graph(), size });
        }
        self.kept.stale(of)
    }
}

/// Puts a picture on the graphics card; nothing where there is none, or nothing to see.
fn on_card(map: &Heatmap, images: &mut Assets<Image>, textures: &mut EguiUserTextures) -> Option<(Handle<Image>, TextureId)> {
    if map.rgba.is_empty() {
        return None;
    }
    let size = Extent3d { width: map.n_cols as u32, height: map.n_rows as u32, depth_or_array_layers: 1 };
    let bytes = map.rgba.iter().flatten().copied().collect();
    let mut image = Image::new(size, TextureDimension::D2, bytes, TextureFormat::Rgba8UnormSrgb, RenderAssetUsages::RENDER_WORLD);
    image.sampler = ImageSampler::nearest();
    let image = images.add(image);
    let id = textures.add_image(EguiTextureHandle::Weak(image.id()));
    Some((image, id))
}

pub fn plugin(app: &mut App) {
    app.init_resource::<Previews>().add_message::<RequestRedraw>().add_systems(Update, (know, work).chain().after(ShowSystems::Render));
}

/// Keeps the versions of what pictures depend on.
fn know(rig: Res<Part<Rig>>, track: Res<Part<TrackAnalysis>>, patterns: Res<Part<PatternGraphs>>, mut previews: ResMut<Previews>) {
    if !(rig.is_changed() || track.is_changed() || patterns.is_changed()) {
        return;
    }
    previews.versions.rig += u64::from(rig.is_changed());
    previews.versions.track += u64::from(track.is_changed());
    if patterns.is_changed() {
        let old = std::mem::take(&mut previews.meanings);
        let known = |id: &Uuid, graph: &Arc<Graph>| old.get(id).filter(|(old, _)| old == graph).map(|(_, meaning)| *meaning);
        let of = |(id, pattern): (&Uuid, &PatternGraph)| {
            (*id, (pattern.graph.clone(), known(id, &pattern.graph).unwrap_or_else(|| meaning(&pattern.graph))))
        };
        previews.meanings = patterns.get().iter().map(of).collect();
    }
}

fn work(
    rig: Res<Part<Rig>>,
    track: Res<Part<TrackAnalysis>>,
    mut previews: ResMut<Previews>,
    (images, textures): (Option<ResMut<Assets<Image>>>, Option<ResMut<EguiUserTextures>>),
    mut redraw: MessageWriter<RequestRedraw>,
) {
    // Nothing wanted and nothing under way: the resource is not touched.
    if previews.wanted.is_empty() && previews.running.is_none() {
        return;
    }
    // A window at rest would not look again.
    redraw.write(RequestRedraw);
    let previews = &mut *previews;
    let wanted = std::mem::take(&mut previews.wanted);
    if let Some(running) = &mut previews.running {
        running.unwanted = if wanted.iter().any(|wish| running.keys.contains(&wish.key)) { 0 } else { running.unwanted + 1 };
        if running.unwanted > PATIENCE {
            running.stop.store(true, Ordering::Relaxed);
        }
        let Some((compiler, maps)) = block_on(poll_once(&mut running.task)) else { return };
        let mut there = images.zip(textures);
        for (key, map) in maps {
            let card = there.as_mut().and_then(|(images, textures)| on_card(&map, images, textures));
            previews.kept.put(key, Picture { map: Arc::new(map), card });
        }
        *previews.compiler.get() = Some(compiler);
        previews.running = None;
    }
    let wishes: Vec<Wish> = wanted.into_iter().filter(|wish| !previews.kept.has(&wish.key)).collect();
    if wishes.is_empty() {
        return;
    }
    let (rig, track) = (rig.get().clone(), track.get().clone());
    let mut compiler = previews.compiler.get().take().unwrap_or_default();
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, keys) = (stop.clone(), wishes.iter().map(|wish| wish.key).collect());
    let task = AsyncComputeTaskPool::get_or_init(Default::default).spawn(async move {
        let until = Instant::now() + GO;
        let mut maps = Vec::new();
        for wish in wishes {
            let key = wish.key;
            maps.extend(draw(&mut compiler, wish, (rig.clone(), track.clone()), &stopped).map(|map| (key, map)));
            if Instant::now() > until || stopped.load(Ordering::Relaxed) {
                break;
            }
        }
        (compiler, maps)
    });
    previews.running = Some(Running { keys, task, stop, unwanted: 0 });
}

fn draw(compiler: &mut Compiler, wish: Wish, (rig, track): (Arc<Rig>, Arc<TrackAnalysis>), stop: &AtomicBool) -> Option<Heatmap> {
    let Wish { annotation, graph, size, .. } = wish;
    let patterns = [(annotation.pattern, PatternGraph { name: String::new(), graph })].into();
    let show = Show { rig, track, annotations: Arc::new(vec![annotation]), patterns: Arc::new(patterns), ..Show::default() };
    let (program, _) = compiler.compile(&show);
    heatmap(&program, size, &|| stop.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::BeatGrid;
    use crate::engine::preview::Shows;
    use crate::patterns::builtin;
    use crate::venue;
    use crate::venue::library::Library;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((crate::schedule::plugin, crate::show::plugin::plugin, plugin));
        let world = app.world_mut();
        let club = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0;
        world.resource_mut::<Part<Rig>>().set(club);
        world.resource_mut::<Part<TrackAnalysis>>().set(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 64), 32.0));
        let graph =
            |pattern: crate::patterns::model::Pattern| (pattern.id, PatternGraph { name: pattern.name, graph: Arc::new(pattern.graph) });
        world.resource_mut::<Part<PatternGraphs>>().set(builtin().into_iter().map(graph).collect::<PatternGraphs>());
        app
    }

    fn placed(name: &str, start: f64) -> Placed {
        let pattern = builtin().into_iter().find(|pattern| pattern.name == name).unwrap();
        Placed { id: Uuid::from_u128(9), pattern: pattern.id, start, end: start + 4.0, ..Placed::default() }
    }

    fn wait(app: &mut App, what: &str, mut there: impl FnMut(&mut App) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !there(app) {
            assert!(Instant::now() < deadline, "{what}");
            app.update();
            std::thread::yield_now();
        }
    }

    fn thumbnail(app: &mut App, placed: &Placed) -> Option<Arc<Heatmap>> {
        app.world_mut().resource_mut::<Previews>().thumbnail(placed)
    }

    #[test]
    fn a_thumbnail_is_drawn_beside_the_frame_and_the_old_one_stays_while_it_is_drawn_anew() {
        let mut app = app();
        app.update();
        let wash = placed("Colour wash", 0.0);
        assert_eq!(thumbnail(&mut app, &wash), None);
        wait(&mut app, "the thumbnail was never drawn", |app| thumbnail(app, &wash).is_some());
        let first = thumbnail(&mut app, &wash).unwrap();
        assert_eq!((first.n_cols, first.shows), (THUMBNAIL.0, Shows::Light));
        let mut red = wash.clone();
        red.args.insert("color".into(), serde_json::json!({"r": 255, "g": 0, "b": 0, "a": 1}));
        assert!(Arc::ptr_eq(&thumbnail(&mut app, &red).unwrap(), &first), "the last picture is shown until the next one is there");
        wait(&mut app, "the red one was never drawn", |app| thumbnail(app, &red).is_some_and(|map| map.rgba[0][2] == 0));
        // Back to what was: it is still there.
        assert!(Arc::ptr_eq(&thumbnail(&mut app, &wash).unwrap(), &first));
    }

    #[test]
    fn a_picture_that_nobody_asks_for_any_more_is_given_up() {
        let mut app = app();
        app.update();
        let wash = placed("Colour wash", 0.0);
        thumbnail(&mut app, &wash);
        wait(&mut app, "work never came to rest", |app| {
            let previews = app.world().resource::<Previews>();
            previews.wanted.is_empty() && previews.running.is_none()
        });
        assert!(app.world_mut().resource_mut::<Previews>().compiler.get().is_some());
    }
}
