//! Any bytes as a venue: patched or told why not, its selections and spatial attributes resolved, its lamps lit and moved.
//!
//! Nothing may panic, and whatever is patched must lie inside its universe without overlapping another.

use std::sync::Arc;

use luma::engine::composite::blend::BlendMode;
use luma::engine::rig::select::{SPATIAL, parse, select};
use luma::engine::{
    Annotation, BeatGrid, DmxFrame, Frame, Held, Live, PatternGraph, Rig, Show, TrackAnalysis, Window, compile, encode, render,
};
use luma::venue::library::Library;
use luma::venue::lower;
use luma::venue::model::Venue;
use serde_json::{Map, json};
use uuid::Uuid;

/// Attributes that are computed from where lamps hang.
const PLACES: [&str; 4] = ["angular_position", "rel_major_span", "rel_z", "distance_to_center"];

pub(crate) fn run(data: &[u8]) {
    let Ok(venue) = serde_json::from_slice::<Venue>(data) else { return };
    let (rig, problems) = lower::rig(&venue, &Library::builtin());
    assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
    let mut taken = std::collections::BTreeSet::new();
    for fixture in &rig.fixtures {
        let channels = fixture.address..fixture.address + fixture.kind.footprint;
        assert!(fixture.address >= 1 && channels.end <= 513, "{} leaves its universe", fixture.label);
        assert!(channels.into_iter().all(|channel| taken.insert((fixture.universe, channel))), "{} overlaps", fixture.label);
    }
    for tag in SPATIAL {
        let (heads, warnings) = select(&rig, &parse(tag).expect("a word"), 0);
        assert!(warnings.is_empty() || rig.groups.iter().any(|group| group.name == tag), "{tag}");
        assert!(heads.iter().all(|&head| (head as usize) < rig.heads.len()));
    }
    let rig = Arc::new(rig);
    for attribute in PLACES {
        light(&rig, attribute);
    }
}

/// Light, colour and movement by an attribute, through the whole engine.
fn light(rig: &Arc<Rig>, attribute: &str) {
    let graph = json!({
        "nodes": [
            {"id": "heads", "typeId": "select", "params": {"spatial_reference": "group_local"}},
            {"id": "place", "typeId": "get_attribute", "params": {"attribute": attribute}},
            {"id": "path", "typeId": "circle"},
            {"id": "hue", "typeId": "rainbow"},
            {"id": "tint", "typeId": "apply_color"},
            {"id": "move", "typeId": "apply_movement"},
        ],
        "edges": [
            {"id": "1", "fromNode": "heads", "fromPort": "out", "toNode": "place", "toPort": "selection"},
            {"id": "2", "fromNode": "place", "fromPort": "out", "toNode": "hue", "toPort": "in"},
            {"id": "3", "fromNode": "hue", "fromPort": "out", "toNode": "tint", "toPort": "signal"},
            {"id": "4", "fromNode": "heads", "fromPort": "out", "toNode": "tint", "toPort": "selection"},
            {"id": "5", "fromNode": "place", "fromPort": "out", "toNode": "path", "toPort": "phase"},
            {"id": "6", "fromNode": "path", "fromPort": "uv", "toNode": "move", "toPort": "uv"},
            {"id": "7", "fromNode": "heads", "fromPort": "out", "toNode": "move", "toPort": "selection"},
        ],
    });
    let graph = Arc::new(serde_json::from_value(graph).expect("a graph"));
    let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let show = Show {
        rig: rig.clone(),
        annotations: Arc::new(vec![Annotation { id, pattern, start: 0.0, end: 4.0, z: 0, blend: BlendMode::Replace, args: Map::new() }]),
        patterns: Arc::new([(pattern, PatternGraph { name: "places".into(), graph })].into()),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 9), 4.0)),
        ..Show::default()
    };
    let (program, _) = compile(&show);
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    for to in [0.0, 1.3] {
        render(&program, Window::instant(to), &Live::default(), &mut frame);
        assert!(frame.pan.iter().chain(&frame.tilt).all(|degrees| degrees.is_finite()));
        assert!(frame.color.iter().chain([&frame.dimmer]).flatten().all(|level| (0.0..=1.0).contains(level)));
        encode(&program.rig, &frame, &mut Held::default(), &mut dmx);
    }
}
