//! A picture of every built-in pattern: each alone on the club's rig, over the demo's first drop, where it is brightest.
//!
//! Patterns that bring no light of their own stand over plain white light.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use uuid::Uuid;

use super::args::Size;
use super::{open, refused, status};
use crate::engine::composite::blend::BlendMode;
use crate::engine::graph::model::Graph;
use crate::engine::track::SectionLabel;
use crate::engine::{Annotation, Frame, Live, PatternGraph, Program, Rig, Show, TrackAnalysis, Window, compile, render};
use crate::files::write_atomic;
use crate::patterns;
use crate::patterns::model::Pattern;
use crate::previz::camera::CameraPreset;
use crate::previz::darkroom::Darkroom;
use crate::previz::stage::Room;
use crate::venue::library::Library;

/// Instants that are looked at for the brightest one, over so many bars.
const LOOKS: usize = 64;
const BARS: f64 = 4.0;

pub(super) fn take(out: &Path, size: Size) -> Result<()> {
    fs::create_dir_all(out).map_err(|error| refused(format!("{} cannot be made: {error}", out.display())))?;
    let (venue, rig, _) = open::rig("club")?;
    let track = open::analysis("demo")?;
    let start = track.sections.iter().find(|section| section.label == SectionLabel::Drop).map_or(0.0, |section| section.start);
    let end = track.grid.secs_at_bar(track.grid.bar_at(start).round() + BARS);
    let mut darkroom = Darkroom::open(size.width, size.height)?;
    let room = Room::of(&venue, &Library::builtin());
    let mut index = String::from("<!doctype html><meta charset=\"utf-8\"><title>Luma's patterns</title>");
    index += "<style>body{background:#111;color:#ddd;font:14px sans-serif;display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:12px}";
    index += "img{width:100%}figure{margin:0}</style>\n";
    for (slug, pattern) in patterns::builtin::slugs_and_patterns() {
        let program = Arc::new(alone(&pattern, &rig, &track, (start, end)));
        let at = brightest(&program, start, end);
        darkroom.hang(program, room.clone());
        let picture = darkroom.take(Window::ending(at, 1.0 / 44.0), &Live::default(), CameraPreset::FrontOfHouse)?;
        let path = out.join(format!("{slug}.png"));
        picture.save(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        index +=
            &format!("<figure><img src=\"{slug}.png\"><figcaption><b>{}</b> {}</figcaption></figure>\n", pattern.name, pattern.description);
        status::say(&format!("{slug}.png at {at:.2} s"));
    }
    let path = out.join("index.html");
    write_atomic(&path, index.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}

/// The pattern with its defaults and nothing else, unless it brings no light.
fn alone(pattern: &Pattern, rig: &Arc<Rig>, track: &Arc<TrackAnalysis>, (start, end): (f64, f64)) -> Program {
    let (light, shown) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let place =
        |pattern: Uuid, z| Annotation { id: pattern, pattern, start, end, z, blend: BlendMode::Replace, args: serde_json::Map::new() };
    let graph = |name: &str, graph: Graph| PatternGraph { name: name.to_owned(), graph: Arc::new(graph) };
    let patterns = [(light, graph("Plain light", plain_light())), (shown, graph(&pattern.name, pattern.graph.clone()))];
    let mut show = Show {
        rig: rig.clone(),
        annotations: Arc::new(vec![place(shown, 1)]),
        patterns: Arc::new(patterns.into()),
        track: track.clone(),
        ..Show::default()
    };
    let program = compile(&show).0;
    if program.layers.iter().any(|layer| !layer.plan.outputs.light.is_empty()) {
        return program;
    }
    show.annotations = Arc::new(vec![place(light, 0), place(shown, 1)]);
    compile(&show).0
}

/// White at two thirds on everything.
fn plain_light() -> Graph {
    let node = |id: &str, params: serde_json::Value| json!({"id": id, "typeId": id, "params": params});
    let wire =
        |id: &str, from: &str, to: &str| json!({"id": id, "fromNode": from, "fromPort": "out", "toNode": "apply_dimmer", "toPort": to});
    let nodes = json!([node("select", json!({})), node("scalar", json!({"value": 0.66})), node("apply_dimmer", json!({}))]);
    let graph = json!({"nodes": nodes, "edges": [wire("e1", "select", "selection"), wire("e2", "scalar", "signal")]});
    serde_json::from_value(graph).unwrap_or_default()
}

fn brightest(program: &Program, start: f64, end: f64) -> f64 {
    let mut frame = Frame::default();
    let mut best = (start, -1.0);
    for look in 0..LOOKS {
        // From within the second bar on: light that stays the same is then seen while heads are under way.
        let at = start + (end - start) * (((look + 21) % LOOKS) as f64 + 0.5) / LOOKS as f64;
        render(program, Window::ending(at, 1.0 / 44.0), &Live::default(), &mut frame);
        let light: f32 = frame.dimmer.iter().sum();
        if light > best.1 {
            best = (at, light);
        }
    }
    best.0
}
