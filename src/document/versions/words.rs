//! Rows and values as people call them.

use serde_json::Value as Json;
use uuid::Uuid;

use super::Content;
use crate::document::ground::Ground;
use crate::document::subject;
use crate::registry::{ColumnKind, Row, TableId, Value};

/// Looks names up in both contents, then in the library.
pub(super) struct Names<'a> {
    ground: &'a Ground,
    contents: [&'a Content; 2],
}

impl<'a> Names<'a> {
    pub(super) fn new(ground: &'a Ground, before: &'a Content, after: &'a Content) -> Self {
        Self { ground, contents: [after, before] }
    }

    fn find(&self, table: TableId, id: Uuid) -> Option<&Row> {
        let held = self.contents.iter().find_map(|content| content.rows.get(&(table, id)));
        held.or_else(|| self.ground.get(table, id))
    }

    /// What the row that a column points to is called.
    pub(super) fn of(&self, row: &Row, column: &str, table: TableId) -> String {
        let found = row.uuid(column).ok().and_then(|id| self.find(table, id));
        found.map_or_else(|| format!("a {} that is gone", subject::one(table)), |row| self.name(row))
    }

    /// What a row is called, short enough to begin a sentence.
    pub(super) fn name(&self, row: &Row) -> String {
        match row.table() {
            TableId::TrackScores => self.of(row, "pattern_id", TableId::Patterns),
            TableId::Fixtures => row.text("label").ok().filter(|label| !label.is_empty()).map_or_else(
                || format!("{} at {}.{}", row.get("model").plain(), row.get("universe").plain(), row.get("address").plain()),
                str::to_owned,
            ),
            TableId::FixtureGroupMembers => {
                let head = row.int("head_idx").map(|head| format!(" head {}", head + 1)).unwrap_or_default();
                format!("{}{head}", self.of(row, "fixture_id", TableId::Fixtures))
            }
            TableId::MidiBindings => match row.uuid("cue_id") {
                Ok(_) => format!("MIDI binding of {}", self.of(row, "cue_id", TableId::Cues)),
                Err(_) => format!("MIDI binding {}", row.get("action_json").plain()),
            },
            TableId::VenueImplementationOverrides => {
                format!("The choice for pattern {}", self.of(row, "pattern_id", TableId::Patterns))
            }
            TableId::FixtureGroups | TableId::Cues | TableId::MidiModifiers => {
                format!("{} {}", capital(subject::one(row.table())), subject::title(row))
            }
            TableId::Implementations => match row.text("name") {
                Ok(name) => format!("Implementation {name}"),
                Err(_) => "The graph".into(),
            },
            TableId::Patterns => format!("Pattern {}", subject::title(row)),
            TableId::Venues => format!("Venue {}", subject::title(row)),
            TableId::Scores => format!("Score {}", subject::title(row)),
            _ => subject::title(row),
        }
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A column's name without its table's jargon.
pub(super) fn column(name: &str) -> String {
    let words = match name {
        "mode_name" => "mode",
        "fixture_path" => "definition",
        "definition_sha256" => "contents of the definition",
        "num_channels" => "number of channels",
        "args_json" => "arguments",
        "axis_lr" => "left/right axis",
        "axis_fb" => "front/back axis",
        "axis_ab" => "below/above axis",
        "movement_config" => "movement",
        "display_order" => "place in the order",
        "z_index" => "z-index",
        "max_level" => "highest level",
        "category_id" => "category",
        "default_implementation_id" => "default implementation",
        "implementation_id" => "implementation",
        "pattern_id" => "pattern",
        "venue_id" => "venue",
        "track_id" => "track",
        "cue_id" => "cue",
        "forked_from_id" => "origin",
        name => return name.trim_end_matches("_json").trim_end_matches("_deg").replace('_', " "),
    };
    words.to_owned()
}

/// A value as a person would write it.
pub(super) fn value(kind: ColumnKind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => "none".into(),
        (ColumnKind::Bool, Value::Int(flag)) => if *flag == 0 { "no" } else { "yes" }.into(),
        (_, Value::Real(real)) => number(*real),
        (_, Value::Text(text)) if text.is_empty() => "empty".into(),
        (_, Value::Text(text)) => short(text),
        (_, value) => value.to_string(),
    }
}

pub(super) fn json(value: &Json) -> String {
    match value {
        Json::Null => "none".into(),
        Json::String(text) => short(text),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), self::number),
        other => short(&other.to_string()),
    }
}

/// At most three decimals, none where there are none.
pub(super) fn number(number: f64) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // A tenth of a millimetre is not nothing.
    if number != 0.0 && matches!(text, "0" | "-0") { format!("{number:e}") } else { text.to_owned() }
}

fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain("...".chars()).collect() }
}

/// A value without quotes or type.
trait Plain {
    fn plain(&self) -> String;
}

impl Plain for Value {
    fn plain(&self) -> String {
        value(ColumnKind::Text, self)
    }
}
