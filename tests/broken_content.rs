//! A show with something broken in it: what is broken is told and stays dark, the rest plays as if it were not there.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::sync::Arc;

use harness::shows;
use luma::document::{lower, record::Records};
use luma::engine::{Severity, Window, compile};
use luma::patterns::model::Pattern;
use luma::score::model::Annotation;
use luma::venue::library::Library;
use luma::{demo, patterns, venue};
use uuid::Uuid;

const ROUND_AND_ROUND: &str = r#"{"nodes":[{"id":"a","typeId":"round"},{"id":"b","typeId":"round"},{"id":"all","typeId":"select"},{"id":"out","typeId":"apply_dimmer"}],
    "edges":[{"id":"1","fromNode":"a","fromPort":"out","toNode":"b","toPort":"in"},{"id":"2","fromNode":"b","fromPort":"out","toNode":"a","toPort":"in"},
    {"id":"3","fromNode":"b","fromPort":"out","toNode":"out","toPort":"signal"},{"id":"4","fromNode":"all","fromPort":"out","toNode":"out","toPort":"selection"}]}"#;

#[test]
fn a_graph_with_a_cycle_darkens_itself_and_nothing_else() {
    let mut patterns = patterns::builtin::builtin();
    let track = demo::track();
    let mut score = demo::score::score(&track.analysis, &patterns);
    let broken = Uuid::from_u128(1);
    let graph = serde_json::from_str(ROUND_AND_ROUND).unwrap();
    patterns.push(Pattern { id: broken, name: "Round and round".into(), graph, ..Pattern::default() });
    score.annotations.push(Annotation {
        id: Uuid::from_u128(2),
        pattern: broken,
        start: 30.0,
        end: 60.0,
        z_index: 99,
        ..Annotation::default()
    });
    // And one whose pattern is nowhere, and one that ends before it starts.
    score.annotations.push(Annotation {
        id: Uuid::from_u128(3),
        pattern: Uuid::from_u128(9),
        start: 30.0,
        end: 60.0,
        ..Annotation::default()
    });
    score.annotations.push(Annotation { id: Uuid::from_u128(4), pattern: broken, start: 60.0, end: 30.0, ..Annotation::default() });

    let club = venue::builtin("club").unwrap();
    let (rig, _) = venue::lower::rig(&club, &Library::builtin());
    let (show, problems) = lower::show(&Records { venue: club, track, score, patterns }, Arc::new(rig));
    assert_eq!(problems.len(), 2, "{problems:?}");
    let (program, diagnostics) = compile(&show);
    let errors: Vec<String> = diagnostics.iter().filter(|found| found.severity == Severity::Error).map(ToString::to_string).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|error| error.contains("part of a cycle")), "{errors:?}");

    let whole = shows::demo_program();
    for secs in [31.0, 40.0, 45.5, 59.0] {
        let window = Window::ending(secs, 1.0 / 44.0);
        assert_eq!(shows::bytes(&program, window), shows::bytes(&whole, window), "at {secs} s");
    }
}
