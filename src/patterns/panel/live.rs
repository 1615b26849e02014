//! What flows through the graph on the canvas, looked at some ten times a second beside the frame, while the canvas shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy::window::RequestRedraw;

use crate::engine::graph::build::Inputs;
use crate::engine::graph::check::Diagnostic;
use crate::engine::graph::model::Graph;
use crate::engine::graph::plan::Arena;
use crate::engine::graph::probe::{Probe, Reading, Trace, probe};
use crate::engine::nodes::features::Features;
use crate::engine::nodes::views;
use crate::engine::{Annotation, Rig, TrackAnalysis};
use crate::patterns::previews::kept::meaning;
use crate::patterns::trial::Trial;
use crate::show::plugin::Part;

/// The least time between two looks.
const EVERY: Duration = Duration::from_millis(100);
/// Half of what a drawn curve covers.
const AROUND_SECS: f64 = 2.0;
/// What a path on the uv plane covers, up to now.
const PATH_SECS: f64 = 2.0;
const CURVE_POINTS: usize = 120;
pub(super) const SPECTRUM: (usize, usize) = (96, 40);
/// Tables that a look may make.
const TABLES: usize = 16 << 20;

/// What was seen of a graph at an instant.
#[derive(Debug, Default)]
pub struct Sight {
    pub secs: f64,
    /// By node and port.
    pub readings: BTreeMap<String, BTreeMap<String, Reading>>,
    /// What nodes that only show something show.
    pub views: BTreeMap<String, View>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Sight {
    pub fn reading(&self, node: &str, port: &str) -> Option<&Reading> {
        self.readings.get(node)?.get(port)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// A signal around the instant.
    Curve(Trace),
    /// A movement on its way to the instant.
    Path(Trace),
    /// Columns of bands.
    Spectrum { from: f64, to: f64, levels: Vec<f32> },
}

/// What the canvas wants to see, and what was seen.
#[derive(Resource, Default)]
pub struct Watch {
    wish: Option<(Trial, f64)>,
    seen: Option<(u64, Arc<Sight>)>,
    task: Option<(u64, Task<(Watcher, Sight)>)>,
    watcher: Option<SyncCell<Watcher>>,
    last: Option<Duration>,
    /// Where and what was looked at last.
    at: Option<(u64, f64)>,
}

impl Watch {
    /// What was seen of the trial's graph lately; asks for a look at `secs`.
    pub fn look(&mut self, trial: &Trial, secs: f64) -> Option<Arc<Sight>> {
        let of = subject(trial);
        self.wish = Some((trial.clone(), secs));
        self.seen.as_ref().filter(|(seen, _)| *seen == of).map(|(_, sight)| sight.clone())
    }
}

/// The pattern that is looked at: what was seen of another one is of no use.
fn subject(trial: &Trial) -> u64 {
    trial.annotation.pattern.as_u64_pair().1
}

/// What lasts from one look to the next.
#[derive(Default)]
struct Watcher {
    built: Option<Built>,
    features: Features,
    arena: Arena,
}

struct Built {
    meaning: u64,
    annotation: Annotation,
    rig: Arc<Rig>,
    track: Arc<TrackAnalysis>,
    probe: Probe,
}

pub(super) fn watch(
    rig: Res<Part<Rig>>,
    track: Res<Part<TrackAnalysis>>,
    time: Res<Time<Real>>,
    mut watch: ResMut<Watch>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if watch.wish.is_none() && watch.task.is_none() {
        return;
    }
    let watch = &mut *watch;
    if let Some((of, task)) = &mut watch.task
        && let Some((watcher, sight)) = block_on(poll_once(task))
    {
        watch.seen = Some((*of, Arc::new(sight)));
        watch.watcher = Some(SyncCell::new(watcher));
        watch.task = None;
        redraw.write(RequestRedraw);
    }
    if watch.task.is_some() {
        redraw.write(RequestRedraw);
    }
    let Some((trial, secs)) = watch.wish.take() else { return };
    let now = time.elapsed();
    let meaning = meaning(&trial.graph);
    let known = watch.watcher.as_mut().is_none_or(|watcher| watcher.get().fits(meaning, &trial.annotation, rig.get(), track.get()));
    if known && watch.at == Some((meaning, secs)) {
        return;
    }
    if watch.task.is_some() || watch.last.is_some_and(|last| now < last + EVERY) {
        // Whoever stands still would not ask again.
        redraw.write(RequestRedraw);
        return;
    }
    (watch.last, watch.at) = (Some(now), Some((meaning, secs)));
    let mut watcher = watch.watcher.take().map(SyncCell::to_inner).unwrap_or_default();
    let (rig, track, of) = (rig.get().clone(), track.get().clone(), subject(&trial));
    let task = AsyncComputeTaskPool::get_or_init(Default::default).spawn(async move {
        let sight = watcher.look(&trial, meaning, secs, (rig, track));
        (watcher, sight)
    });
    watch.task = Some((of, task));
    redraw.write(RequestRedraw);
}

impl Watcher {
    fn fits(&self, meaning: u64, annotation: &Annotation, rig: &Arc<Rig>, track: &Arc<TrackAnalysis>) -> bool {
        self.built.as_ref().is_some_and(|built| {
            let same = built.meaning == meaning && built.annotation == *annotation;
            same && Arc::ptr_eq(&built.rig, rig) && Arc::ptr_eq(&built.track, track)
        })
    }

    fn look(&mut self, trial: &Trial, meaning: u64, secs: f64, (rig, track): (Arc<Rig>, Arc<TrackAnalysis>)) -> Sight {
        let Trial { annotation, graph, .. } = trial;
        if !self.fits(meaning, annotation, &rig, &track) {
            let inputs = Inputs {
                rig: &rig,
                track: &track,
                features: &self.features,
                args: &annotation.args,
                start: annotation.start,
                end: annotation.end,
                seed: annotation.seed(),
                tables: TABLES,
            };
            let probe = probe(graph, &inputs);
            self.built = Some(Built { meaning, annotation: annotation.clone(), rig, track: track.clone(), probe });
        }
        let Some(Built { probe, .. }) = &self.built else { return Sight::default() };
        Sight {
            secs,
            readings: probe.read(secs, &track, &mut self.arena),
            views: views(graph, probe, secs, &track),
            diagnostics: probe.diagnostics.clone(),
        }
    }
}

/// What the nodes that only show something show.
fn views(graph: &Graph, probe: &Probe, secs: f64, track: &TrackAnalysis) -> BTreeMap<String, View> {
    let mut found = BTreeMap::new();
    for node in &graph.nodes {
        let Some(edge) = graph.edges.iter().find(|edge| edge.to_node == node.id && edge.to_port == "in") else { continue };
        let wire = (edge.from_node.as_str(), edge.from_port.as_str());
        let around = (secs - AROUND_SECS, secs + AROUND_SECS);
        let view = match node.type_id.as_str() {
            id if id == views::VIEW_SIGNAL.type_id => probe.trace(wire, around, CURVE_POINTS).map(View::Curve),
            id if id == views::VIEW_UV.type_id => probe.trace(wire, (secs - PATH_SECS, secs), CURVE_POINTS).map(View::Path),
            id if id == views::MEL_SPEC_VIEWER.type_id => {
                let levels = probe.spectrum(wire, around, SPECTRUM, track);
                levels.map(|levels| View::Spectrum { from: around.0, to: around.1, levels })
            }
            _ => None,
        };
        found.extend(view.map(|view| (node.id.clone(), view)));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::engine::BeatGrid;
    use crate::patterns::builtin;
    use crate::patterns::trial::by_itself;
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn a_look_is_taken_beside_the_frame_and_again_when_the_playhead_moved() {
        let mut app = App::new();
        app.init_resource::<Watch>().init_resource::<Time<Real>>().add_message::<RequestRedraw>();
        app.init_resource::<Part<Rig>>().init_resource::<Part<TrackAnalysis>>().add_systems(Update, watch);
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        app.world_mut().resource_mut::<Part<TrackAnalysis>>().set(TrackAnalysis::of_grid(grid.clone(), 32.0));
        let club = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0;
        app.world_mut().resource_mut::<Part<Rig>>().set(club);
        let chase = builtin().into_iter().find(|pattern| pattern.name == "Linear chase").unwrap();
        let trial = by_itself(&chase, &grid, 1.0, "");
        let mut seen_at = |secs: f64| {
            let deadline = Instant::now() + Duration::from_secs(30);
            loop {
                let sight = app.world_mut().resource_mut::<Watch>().look(&trial, secs);
                if let Some(sight) = sight.filter(|sight| sight.secs == secs) {
                    return sight;
                }
                assert!(Instant::now() < deadline, "nothing was seen at {secs}");
                app.world_mut().resource_mut::<Time<Real>>().advance_by(EVERY);
                app.update();
                std::thread::yield_now();
            }
        };
        let (first, second) = (seen_at(1.0), seen_at(1.3));
        assert_eq!(first.readings.len(), chase.graph.nodes.len());
        assert!(first.readings != second.readings, "a chase moves");
    }

    #[test]
    fn view_nodes_show_what_is_wired_into_them() {
        let graph: Graph = serde_json::from_value(serde_json::json!({
            "nodes": [{"id": "wave", "typeId": "sine_wave"}, {"id": "see", "typeId": "view_signal"}, {"id": "round", "typeId": "circle"},
                {"id": "clock", "typeId": "beat_clock"}, {"id": "where", "typeId": "view_uv"}, {"id": "loose", "typeId": "view_signal"}],
            "edges": [{"id": "1", "fromNode": "wave", "fromPort": "out", "toNode": "see", "toPort": "in"},
                {"id": "2", "fromNode": "round", "fromPort": "uv", "toNode": "where", "toPort": "in"},
                {"id": "3", "fromNode": "clock", "fromPort": "grid_out", "toNode": "round", "toPort": "grid"}]
        }))
        .unwrap();
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        let track = Arc::new(TrackAnalysis::of_grid(grid.clone(), 32.0));
        let pattern = crate::patterns::model::Pattern { graph, ..Default::default() };
        let trial = by_itself(&pattern, &grid, 4.0, "");
        let sight = Watcher::default().look(&trial, 0, 4.0, (Arc::default(), track));
        let Some(View::Curve(curve)) = sight.views.get("see") else { panic!("{:?}", sight.views) };
        assert_eq!((curve.from, curve.to, curve.lanes[0].len()), (2.0, 6.0, CURVE_POINTS));
        let Some(View::Path(path)) = sight.views.get("where") else { panic!("{:?}", sight.views) };
        let radius = |point: &Vec<f32>| point[0].hypot(point[1]);
        assert!(path.lanes[0].iter().all(|point| (radius(point) - 1.0).abs() < 1e-3), "a circle has one radius");
        assert!(!sight.views.contains_key("loose"));
    }
}
