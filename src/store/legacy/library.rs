//! The library, `luma.db`: venues with what hangs and is played in them.  Patterns, tracks and scores are in [`super::music`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::pose::{self, Frame};
use super::record::{Record, derived};
use super::{Import, music, rig};
use crate::registry::{Row, TableId, Value};

/// The change of the predecessor's schema that put Y and Z, and the angles about them, in each other's columns.
const SWAPPED_BY: i64 = 20_260_130_100_000;

pub(super) fn import(import: &mut Import) {
    import.each(&["venues"], |import, record| {
        let Some(id) = record.id("id", "", "venues") else { return import.lost(record, "it has no id") };
        let name = name(import, record, "Venue");
        let set = [("id", id.into()), ("name", name.into()), ("description", record.text("description").into())];
        import.take(record, Row::new(TableId::Venues, set));
    });
    let frame = frame(import);
    import.each(&["fixtures"], |import, record| {
        let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
        rig::fixture(import, record, venue, frame, "");
    });
    groups(import, frame);
    music::patterns(import);
    music::scores(import);
    import.each(&["venue_implementation_overrides"], choice);
    import.each(&["cues"], cue);
    import.each(&["midi_modifiers"], modifier);
    import.each(&["midi_bindings"], binding);
}

/// A file that counts its changes says so; one that does not is taken for a later one, as all of them are by now.
fn frame(import: &mut Import) -> Frame {
    match import.tables.migrated(SWAPPED_BY) {
        Some(true) => Frame::Swapped,
        Some(false) => {
            import.report.say("poses are read as in venue files (Y up): the file is older than the change to Z up");
            Frame::YUp
        }
        None => Frame::Swapped,
    }
}

/// A name of at most 200 letters; never none.
pub(super) fn name(import: &mut Import, record: &Record, what: &str) -> String {
    let given = record.text("name").filter(|name| !name.trim().is_empty());
    let name = given.unwrap_or_else(|| {
        let name = format!("{what} {}", record.text("id").unwrap_or_default());
        import.changed(record, &format!("it has no name and is called \"{name}\""));
        name
    });
    if name.chars().count() <= 200 {
        return name;
    }
    import.changed(record, "its name is longer than 200 letters and was cut");
    name.chars().take(200).collect()
}

/// What a column points to, where that was carried over; else the row is lost, and why is said.
pub(super) fn parent(import: &mut Import, record: &Record, column: &str, table: &str, id: TableId) -> Option<Uuid> {
    let found = record.id(column, "", table);
    match found {
        Some(parent) if import.made.contains(&(id, parent)) => Some(parent),
        Some(_) => {
            import.lost(record, &format!("its {column} {} is not in the file, or was left out", record.get(column)));
            None
        }
        None => {
            import.lost(record, &format!("it has no {column}"));
            None
        }
    }
}

fn groups(import: &mut Import, frame: Frame) {
    let mut taken: BTreeSet<(Uuid, String)> = BTreeSet::new();
    import.each(&["fixture_groups"], |import, record| {
        let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
        let Some(id) = record.id("id", "", "fixture_groups") else { return import.lost(record, "it has no id") };
        let given = record.text("name").unwrap_or_default();
        let plain = rig::group_name(&given);
        let numbered = (2..).map(|n| format!("{plain}_{n}"));
        let name = std::iter::once(plain.clone()).chain(numbered).find(|name| taken.insert((venue, name.clone()))).unwrap_or_default();
        if name != given {
            import.changed(record, &format!("the group \"{given}\" is called \"{name}\" from now on, as selections write it"));
        }
        let mut set = vec![
            ("id", id.into()),
            ("venue_id", venue.into()),
            ("name", name.into()),
            ("tags_json", tags(import, record).into()),
            ("movement_config", movement(import, record, frame).into()),
            ("display_order", Value::Int(record.int("display_order").unwrap_or(0))),
        ];
        for axis in ["axis_lr", "axis_fb", "axis_ab"] {
            set.push((axis, record.real(axis).map(|value| value.clamp(-1.0, 1.0)).into()));
        }
        import.take(record, Row::new(TableId::FixtureGroups, set));
    });
    import.each(&["fixture_group_members"], |import, record| {
        // Where a member's id would be worn out, its group, fixture and head are what it is.
        record.get("id");
        let Some(group) = parent(import, record, "group_id", "fixture_groups", TableId::FixtureGroups) else { return };
        let Some(fixture) = parent(import, record, "fixture_id", "fixtures", TableId::Fixtures) else { return };
        let head = record.int("head_index").or_else(|| record.int("head_idx")).filter(|head| *head >= 0);
        let key = [group.into(), fixture.into(), head.into()];
        let id = TableId::FixtureGroupMembers.natural_id(&key);
        let [group, fixture, head] = key;
        let order = Value::Int(record.int("display_order").unwrap_or(0));
        let set = [("id", id.into()), ("group_id", group), ("fixture_id", fixture), ("head_idx", head), ("display_order", order)];
        import.take(record, Row::new(TableId::FixtureGroupMembers, set));
    });
}

/// A JSON list of words, or words with commas between them.
fn tags(import: &mut Import, record: &Record) -> String {
    let column = if record.is_set("tags") { "tags" } else { "tags_json" };
    let Some(text) = record.text(column) else { return "[]".into() };
    let words: Vec<String> = match serde_json::from_str(&text) {
        Ok(words) => words,
        Err(_) if text.trim_start().starts_with(['[', '{']) => {
            import.changed(record, "its tags are no list of words and were left out");
            Vec::new()
        }
        Err(_) => text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
    };
    json!(words).to_string()
}

/// Base direction and half-extents, by whatever names are plain enough to be sure of.
fn movement(import: &mut Import, record: &Record, frame: Frame) -> Option<String> {
    let text = record.text("movement_config")?;
    let read = || {
        let map: Json = serde_json::from_str(&text).ok()?;
        let number = |names: &[&str]| names.iter().find_map(|name| map.get(name)).and_then(Json::as_f64);
        let base = ["base", "baseDirection", "base_direction", "direction"].iter().find_map(|name| map.get(name))?;
        let part = |at: usize, name: &str| base.get(at).or_else(|| base.get(name)).and_then(Json::as_f64);
        let base = [part(0, "x")?, part(1, "y")?, part(2, "z")?];
        let length = base.iter().map(|part| part * part).sum::<f64>().sqrt();
        if !(length.is_finite() && length > 1e-9) {
            return None;
        }
        let base = pose::direction(frame, base).map(|part| part / length);
        let u = number(&["halfUDeg", "half_u_deg", "halfU", "half_u", "extentU", "extent_u", "uExtent", "u_extent"])?;
        let v = number(&["halfVDeg", "half_v_deg", "halfV", "half_v", "extentV", "extent_v", "vExtent", "v_extent"])?;
        let rotation = number(&["rotationDeg", "rotation_deg", "rotation"]).unwrap_or(0.0);
        Some(json!({ "base": base, "halfUDeg": u, "halfVDeg": v, "rotationDeg": rotation }).to_string())
    };
    let movement = read();
    if movement.is_none() {
        import.changed(record, &format!("its movement settings could not be read and must be set anew: {text}"));
    }
    movement
}

fn choice(import: &mut Import, record: &Record) {
    let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
    let Some(pattern) = parent(import, record, "pattern_id", "patterns", TableId::Patterns) else { return };
    let Some(implementation) = parent(import, record, "implementation_id", "implementations", TableId::Implementations) else { return };
    let key = [venue.into(), pattern.into()];
    let id = TableId::VenueImplementationOverrides.natural_id(&key);
    let [venue, pattern] = key;
    let set = [("id", id.into()), ("venue_id", venue), ("pattern_id", pattern), ("implementation_id", implementation.into())];
    import.take(record, Row::new(TableId::VenueImplementationOverrides, set));
}

fn cue(import: &mut Import, record: &Record) {
    let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
    let Some(pattern) = parent(import, record, "pattern_id", "patterns", TableId::Patterns) else { return };
    let id = record.id("id", "", "cues").unwrap_or_else(|| derived("", "cues", &record.name()));
    let name = name(import, record, "Cue");
    for (column, usual, what) in [("default_target_json", "\"All\"", "its target"), ("execution_mode_json", "\"Loop\"", "how it runs")] {
        if let Some(text) = record.text(column).filter(|text| text != usual) {
            import.changed(record, &format!("{what} ({text}) is not carried over: it runs as a loop on the whole venue"));
        }
    }
    let order = match (record.int("display_x"), record.int("display_y")) {
        (Some(x), Some(y)) if (x, y) != (0, 0) => y.saturating_mul(1000).saturating_add(x),
        _ => record.int("display_order").unwrap_or(0),
    };
    let args = rig::json(import, record, "args_json", "{}");
    let set = [
        ("id", id.into()),
        ("venue_id", venue.into()),
        ("pattern_id", pattern.into()),
        ("name", name.into()),
        ("args_json", args.into()),
        ("z_index", Value::Int(record.int("z_index").unwrap_or(0))),
        ("blend_mode", music::blend_mode(import, record).into()),
        ("display_order", Value::Int(order)),
    ];
    import.take(record, Row::new(TableId::Cues, set));
}

fn modifier(import: &mut Import, record: &Record) {
    let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
    let id = record.id("id", "", "midi_modifiers").unwrap_or_else(|| derived("", "midi_modifiers", &record.name()));
    let name = name(import, record, "Modifier");
    let input = rig::json(import, record, "input_json", "{}");
    let order = Value::Int(record.int("display_order").unwrap_or(0));
    let set =
        [("id", id.into()), ("venue_id", venue.into()), ("name", name.into()), ("input_json", input.into()), ("display_order", order)];
    import.take(record, Row::new(TableId::MidiModifiers, set));
}

/// Triggers and actions stay as they were written; what had columns of its own stands beside the action.
fn binding(import: &mut Import, record: &Record) {
    let Some(venue) = parent(import, record, "venue_id", "venues", TableId::Venues) else { return };
    let id = record.id("id", "", "midi_bindings").unwrap_or_else(|| derived("", "midi_bindings", &record.name()));
    let trigger = if record.is_set("trigger_json") { "trigger_json" } else { "input_json" };
    let input = rig::json(import, record, trigger, "{}");
    let modifiers = if record.is_set("required_modifiers_json") { "required_modifiers_json" } else { "modifiers_json" };
    let modifiers = rig::json(import, record, modifiers, "[]");
    let action: Json = serde_json::from_str(&rig::json(import, record, "action_json", "{}")).unwrap_or_default();
    let cue = record.id("cue_id", "", "cues").into_iter().chain(ids(&action)).find(|id| import.made.contains(&(TableId::Cues, *id)));
    let mut extra = BTreeMap::new();
    for (column, key) in [("mode_json", "mode"), ("target_override_json", "target")] {
        if let Some(value) = record.text(column).and_then(|text| serde_json::from_str::<Json>(&text).ok()) {
            extra.insert(key, value);
        }
    }
    if record.int("exclusive").is_some_and(|flag| flag != 0) {
        extra.insert("exclusive", Json::Bool(true));
    }
    let action = if extra.is_empty() { action } else { json!({ "action": action, "with": extra }) };
    let set = [
        ("id", id.into()),
        ("venue_id", venue.into()),
        ("cue_id", cue.into()),
        ("input_json", input.into()),
        ("action_json", action.to_string().into()),
        ("modifiers_json", modifiers.into()),
        ("display_order", Value::Int(record.int("display_order").unwrap_or(0))),
    ];
    import.take(record, Row::new(TableId::MidiBindings, set));
}

/// Every id that stands anywhere in a value.
fn ids(json: &Json) -> Vec<Uuid> {
    match json {
        Json::String(text) => Uuid::try_parse(text).into_iter().collect(),
        Json::Array(list) => list.iter().flat_map(ids).collect(),
        Json::Object(map) => map.values().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}
