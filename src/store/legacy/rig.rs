//! Fixtures of either file.

use uuid::Uuid;

use super::Import;
use super::pose::{self, Frame};
use super::record::{Record, derived};
use crate::registry::{BadRow, Row, TableId, Value};

/// A fixture's row in this venue.
pub(super) fn fixture(import: &mut Import, record: &Record, venue: Uuid, frame: Frame, scope: &str) {
    let id = record.id("id", scope, "fixtures").unwrap_or_else(|| derived(scope, "fixtures", &record.name()));
    let path = path(import, record);
    let pose = placed(import, record, frame);
    let row = fixture_row(record, id, venue, &path, pose);
    import.take(record, row);
}

fn fixture_row(record: &Record, id: Uuid, venue: Uuid, path: &str, pose: pose::Pose) -> Result<Row, BadRow> {
    let text = |column: &str| Value::from(record.text(column).unwrap_or_default());
    let [x, y, z] = pose.position;
    let [rx, ry, rz] = pose.rotation_deg;
    let universe = if record.is_set("universe") { record.get("universe").clone() } else { Value::Int(1) };
    let universe = record.int("universe").map_or(universe, Value::Int);
    let whole = |column: &str| record.int(column).map_or_else(|| record.get(column).clone(), Value::Int);
    let row = Row::new(
        TableId::Fixtures,
        [
            ("id", id.into()),
            ("venue_id", venue.into()),
            ("universe", universe),
            ("address", whole("address")),
            ("num_channels", whole("num_channels")),
            ("manufacturer", text("manufacturer")),
            ("model", text("model")),
            ("mode_name", text("mode_name")),
            ("fixture_path", path.into()),
            ("label", record.text("label").into()),
            ("pos_x", x.into()),
            ("pos_y", y.into()),
            ("pos_z", z.into()),
            ("rot_x", rx.into()),
            ("rot_y", ry.into()),
            ("rot_z", rz.into()),
            ("display_order", Value::Int(record.int("display_order").unwrap_or(0))),
        ],
    )?;
    let last = row.int("address")? + row.int("num_channels")? - 1;
    if last > 512 { Err(row.bad("address", format!("the last channel would be {last}, beyond 512: patch it anew"))) } else { Ok(row) }
}

fn placed(import: &mut Import, record: &Record, frame: Frame) -> pose::Pose {
    let mut number = |column: &str| {
        record.real(column).unwrap_or_else(|| {
            if record.is_set(column) {
                import.changed(record, &format!("{column} is no number ({}) and became 0", record.get(column)));
            }
            0.0
        })
    };
    let position = ["pos_x", "pos_y", "pos_z"].map(&mut number);
    let rotation = ["rot_x", "rot_y", "rot_z"].map(&mut number);
    pose::pose(frame, position, rotation)
}

/// The definition's path below the library, as ours has it: forward slashes, never up, never from the root.
fn path(import: &mut Import, record: &Record) -> String {
    let given = record.text("fixture_path").unwrap_or_default();
    let slashed = given.replace('\\', "/");
    let parts: Vec<&str> = slashed.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let absolute = slashed.starts_with('/') || parts.first().is_some_and(|part| part.ends_with(':'));
    if !absolute && !parts.contains(&"..") {
        return parts.join("/");
    }
    // Make and model: the two last parts are what a path below the library consists of.
    let kept: Vec<&str> = parts.iter().filter(|part| **part != ".." && !part.ends_with(':')).copied().collect();
    let kept = kept[kept.len().saturating_sub(2)..].join("/");
    import.changed(record, &format!("the definition \"{given}\" does not lie below a library; looked for as \"{kept}\" from now on"));
    kept
}

/// A group's name as selections write it.  Names that differ only in what they lose are told apart by the caller.
pub(super) fn group_name(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
    }
    let plain = plain.trim_end_matches('_');
    match plain.bytes().next() {
        Some(first) if first.is_ascii_lowercase() && plain != "all" => plain.chars().take(100).collect(),
        Some(_) => format!("group_{}", plain.chars().take(100).collect::<String>()),
        None => "group".into(),
    }
}

/// JSON as it stands; what is none is kept as a JSON text of it, so that nothing is lost and the graph says what it is.
pub(super) fn json(import: &mut Import, record: &Record, column: &str, empty: &str) -> String {
    match record.text(column) {
        Some(text) if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() => text,
        Some(text) => {
            import.changed(record, &format!("{column} is no JSON: it is kept as it was written, but does nothing"));
            serde_json::Value::String(text).to_string()
        }
        None => {
            if record.is_set(column) && record.get(column) != &Value::from("") {
                import.changed(record, &format!("{column} is no text, or longer than 16 MiB, and was left out"));
            }
            empty.to_owned()
        }
    }
}
