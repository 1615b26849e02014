//! The desks as they are delivered: which panels stand where for which job.

use crate::ui::shell::{Layout, Layouts, Side, Split};

pub(super) const STAGE: &str = "Stage";
pub(super) const SECOND: &str = "Second view";
pub(super) const PLAN: &str = "Plan";
pub(super) const UNIVERSE: &str = "Universe";
pub(super) const FADERS: &str = "Faders";
pub(super) const ARRANGE: &str = "Arrange";
pub(super) const TIMELINE: &str = "Timeline";
pub(super) const PATTERNS: &str = "Patterns";
pub(super) const ANNOTATION: &str = "Annotation";
pub(super) const SETTINGS: &str = "Settings";
pub(super) const KEYS: &str = "Keys";
pub(super) const OUTPUTS: &str = "Outputs";
pub(super) const BEATS: &str = "Beat grid";
pub(super) const GRAPH: &str = "Graph";
pub(super) const SHOW_CHECK: &str = "Show check";
pub(super) const PATCH: &str = "Patch";
pub(super) const FIXTURE: &str = "Fixture";
pub(super) const GROUPS: &str = "Groups";
pub(super) const MANY: &str = "Patch many";
pub(super) const CHECKS: &str = "Checks";
pub(super) const ADD_FIXTURES: &str = "Add fixtures";
pub(super) const LIBRARY: &str = "Library";
pub(super) const TRACKS: &str = "Tracks";
pub(super) const LISTENING: &str = "Listening";
pub(super) const SOUND: &str = "Sound";
pub(super) const CUES: &str = "Cues";
pub(super) const MASTERS: &str = "Masters";
pub(super) const VERSIONS: &str = "Versions";
pub(super) const BACKUPS: &str = "Backups";

pub(super) fn delivered() -> Layouts {
    let right = |tabs, keep| Split { at: Side::Right, keep, tabs };
    let left = |tabs, keep| Split { at: Side::Left, keep, tabs };
    let below = |tabs, keep| Split { at: Side::Below, keep, tabs };
    Layouts::new(vec![
        Layout::new(
            "Score",
            &[STAGE],
            &[below(&[TIMELINE, SOUND], 0.52), left(&[PATTERNS], 0.8), right(&[ANNOTATION, BEATS, SHOW_CHECK], 0.74)],
        ),
        Layout::new(
            "Venue",
            &[STAGE, PLAN, UNIVERSE, SECOND],
            &[below(&[PATCH, ADD_FIXTURES], 0.55), right(&[FIXTURE, ARRANGE, MANY, FADERS, GROUPS, CHECKS], 0.68)],
        ),
        Layout::new("Patterns", &[GRAPH], &[left(&[PATTERNS], 0.82), right(&[STAGE, ANNOTATION], 0.66), below(&[TIMELINE], 0.72)]),
        Layout::new("Perform", &[STAGE], &[below(&[CUES], 0.55), left(&[PATTERNS], 0.82), right(&[MASTERS], 0.74)]),
        Layout::new("Library", &[TRACKS], &[right(&[VERSIONS, BACKUPS], 0.68), right(&[LIBRARY, LISTENING], 0.55)]),
        Layout::new("Settings", &[OUTPUTS], &[right(&[SETTINGS, KEYS], 0.6)]),
    ])
}
