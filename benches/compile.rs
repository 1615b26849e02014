//! From a changed argument to a new program, in a score of 500 annotations on the club.
//!
//! `cargo bench --no-default-features --bench compile`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot find its venue has no figure to give")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::sync::Arc;
use std::time::Instant;

use luma::engine::composite::program::Compiler;
use luma::engine::{Annotation, PatternGraph, Show};
use luma::venue::library::Library;
use luma::{demo, patterns, venue};
use serde_json::{Map, json};
use uuid::Uuid;

const ANNOTATIONS: usize = 500;
const EDITS: usize = 400;

fn main() {
    let show = show();
    let mut compiler = Compiler::default();
    let begun = Instant::now();
    let (program, diagnostics) = compiler.compile(&show);
    println!(
        "from nothing: {} annotations on {} heads in {:.1} ms, {} warnings",
        program.layers.len(),
        show.rig.heads.len(),
        begun.elapsed().as_secs_f64() * 1e3,
        diagnostics.len()
    );
    let mut annotations = (*show.annotations).clone();
    let mut times = Vec::with_capacity(EDITS);
    for edit in 0..EDITS {
        let at = edit * 37 % annotations.len();
        annotations[at].args.insert("level".into(), json!(0.1 + edit as f64 / 1000.0));
        let begun = Instant::now();
        // The copy of the list is part of an edit.
        let changed = Show { annotations: Arc::new(annotations.clone()), ..show.clone() };
        let (program, _) = compiler.compile(&changed);
        times.push((begun.elapsed().as_secs_f64() * 1e3, at));
        assert_eq!(program.layers.len(), ANNOTATIONS);
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize].0;
    println!("one argument changed, {EDITS} times: median {:.3} ms, 95 % {:.3} ms, slowest {:.3} ms", share(0.5), share(0.95), share(1.0));
    let slowest = &annotations[times.last().unwrap().1];
    println!("the slowest was {}", show.patterns[&slowest.pattern].name);
}

/// Every built-in pattern in turn, each over two bars, four above one another.
fn show() -> Show {
    let (rig, problems) = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin());
    assert!(problems.is_empty(), "{problems:?}");
    let library = patterns::builtin::builtin();
    let track = demo::track().analysis;
    let n_bars = track.grid.bar_at(track.duration_secs) as usize;
    let annotations = (0..ANNOTATIONS).map(|at| {
        let bar = (at / 4 * 2 % (n_bars - 2)) as f64;
        Annotation {
            id: Uuid::from_u128(at as u128 + 1),
            pattern: library[at % library.len()].id,
            start: track.grid.secs_at_bar(bar),
            end: track.grid.secs_at_bar(bar + 2.0),
            z: (at % 4) as i32,
            blend: Default::default(),
            args: Map::new(),
        }
    });
    let graphs = library.iter().map(|pattern| {
        let graph = Arc::new(pattern.graph.clone());
        (pattern.id, PatternGraph { name: pattern.name.clone(), graph })
    });
    Show {
        rig: Arc::new(rig),
        annotations: Arc::new(annotations.collect()),
        patterns: Arc::new(graphs.collect()),
        track,
        ..Show::default()
    }
}
