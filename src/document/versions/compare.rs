//! What differs between two contents of one subject, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Content;
use super::words::{self, Names};
use crate::document::ground::{Ground, Key};
use crate::registry::{ColumnKind, Row, TableId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    Added,
    Removed,
    /// In time, on the stage, or to another address.
    Moved,
    Changed,
}

/// One row that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub table: TableId,
    pub id: Uuid,
    pub what: What,
    /// "Par 3: address 12 -> 40".
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From `before` to `after`, by table, then as they stand in the score, then id.  `at` writes an instant of the track:
/// "12.5 s", or with its bar where a beat grid is at hand.
pub fn compare(ground: &Ground, before: &Content, after: &Content, at: &dyn Fn(f64) -> String) -> Vec<Difference> {
    let context = Context { names: Names::new(ground, before, after), at };
    let keys: BTreeSet<Key> = before.rows.keys().chain(after.rows.keys()).copied().collect();
    let mut found: Vec<(TableId, u64, Difference)> = keys
        .into_iter()
        .filter_map(|key| {
            let (old, new) = (before.rows.get(&key), after.rows.get(&key));
            let start = old.or(new).and_then(|row| row.real("start_time").ok()).unwrap_or(0.0);
            Some((key.0, order(start), context.difference(key, old, new)?))
        })
        .collect();
    found.sort_by_key(|(table, start, difference)| (*table, *start, difference.id));
    found.into_iter().map(|(.., difference)| difference).collect()
}

/// Sorts as the number does.
fn order(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

struct Context<'a> {
    names: Names<'a>,
    at: &'a dyn Fn(f64) -> String,
}

impl Context<'_> {
    fn difference(&self, (table, id): Key, old: Option<&Row>, new: Option<&Row>) -> Option<Difference> {
        let (what, text) = match (old, new) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => self.changed(old, new)?,
            (None, Some(row)) => (What::Added, format!("{} added{}", self.title(row), self.to_where(row, "to"))),
            (Some(row), None) => (What::Removed, format!("{} removed{}", self.title(row), self.to_where(row, "from"))),
            (None, None) => return None,
        };
        Some(Difference { table, id, what, text })
    }

    fn title(&self, row: &Row) -> String {
        let name = self.names.name(row);
        match row.real("start_time") {
            Ok(start) if row.table() == TableId::TrackScores => format!("{name} at {}", (self.at)(start)),
            _ => name,
        }
    }

    fn to_where(&self, row: &Row, word: &str) -> String {
        match row.table() {
            TableId::FixtureGroupMembers => {
                format!(" {word} {}", uncapital(&self.names.of(row, "group_id", TableId::FixtureGroups)))
            }
            _ => String::new(),
        }
    }

    fn changed(&self, old: &Row, new: &Row) -> Option<(What, String)> {
        let mut told = Vec::new();
        let mut moved = false;
        let mut said: BTreeSet<&str> = BTreeSet::new();
        if old.table() == TableId::TrackScores {
            moved |= self.timing(old, new, &mut told);
            said.extend(["start_time", "end_time"]);
        }
        for (name, columns, unit) in [("position", ["pos_x", "pos_y", "pos_z"], "m"), ("rotation", ["rot_x", "rot_y", "rot_z"], "deg")] {
            if columns.iter().any(|column| old.get(column) != new.get(column)) {
                told.push(format!("{name} {} -> {} {unit}", triple(old, columns), triple(new, columns)));
                moved = true;
            }
            said.extend(columns);
        }
        let columns = old.table().def().columns.iter().zip(old.values().iter().zip(new.values()));
        for (column, (from, to)) in columns.filter(|(column, (from, to))| from != to && !said.contains(column.name)) {
            let name = words::column(column.name);
            moved |= matches!(column.name, "universe" | "address");
            if let Some(reference) = &column.references {
                let called = |row: &Row| match row.uuid(column.name) {
                    Ok(_) => self.names.of(row, column.name, reference.table),
                    Err(_) => "none".into(),
                };
                told.push(format!("{name} {} -> {}", called(old), called(new)));
            } else if column.kind == ColumnKind::Json {
                told.push(json_difference(&name, old, new, column.name));
            } else {
                told.push(format!("{name} {} -> {}", words::value(column.kind, from), words::value(column.kind, to)));
            }
        }
        if told.is_empty() {
            return None;
        }
        let only_moved = moved && told.len() == 1 && told[0].starts_with("moved to");
        let separator = if only_moved { " " } else { ": " };
        let what = if moved { What::Moved } else { What::Changed };
        Some((what, format!("{}{}{separator}{}", self.title(old), self.of_group(old), told.join(", "))))
    }

    fn of_group(&self, row: &Row) -> String {
        match row.table() {
            TableId::FixtureGroupMembers => self.to_where(row, "in"),
            _ => String::new(),
        }
    }

    /// Whether the placement is elsewhere in time, said in `told`.
    fn timing(&self, old: &Row, new: &Row, told: &mut Vec<String>) -> bool {
        let time = |row: &Row, column: &str| row.real(column).unwrap_or(0.0);
        let (start, end) = (time(old, "start_time"), time(old, "end_time"));
        let (new_start, new_end) = (time(new, "start_time"), time(new, "end_time"));
        let moved = start != new_start;
        if moved {
            told.push(format!("moved to {}", (self.at)(new_start)));
        }
        let (length, new_length) = (end - start, new_end - new_start);
        // Moving shifts both ends by one number, which rounds differently at either.
        if (length - new_length).abs() > 1e-9 * end.abs().max(new_end.abs()).max(1.0) || !moved && end != new_end {
            told.push(format!("length {} -> {} s", words::number(length), words::number(new_length)));
        }
        moved || end != new_end
    }
}

fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn triple(row: &Row, columns: [&str; 3]) -> String {
    let numbers = columns.map(|column| row.real(column).map_or_else(|_| "none".to_owned(), words::number));
    format!("({})", numbers.join(", "))
}

fn json_difference(name: &str, old: &Row, new: &Row, column: &str) -> String {
    let parse = |row: &Row| row.json::<Json>(column).ok();
    let (Some(from), Some(to)) = (parse(old), parse(new)) else {
        return format!("{name} changed");
    };
    match (&from, &to) {
        _ if from == to => format!("{name} written differently, meaning the same"),
        (Json::Object(from), Json::Object(to)) if from.contains_key("nodes") || to.contains_key("nodes") => graph(from, to),
        (Json::Object(from), Json::Object(to)) => {
            let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
            let shown = |map: &Map<String, Json>, key: &str| map.get(key).map_or_else(|| "none".to_owned(), words::json);
            let changed = keys.into_iter().filter(|key| from.get(*key) != to.get(*key));
            changed.map(|key| format!("{key} {} -> {}", shown(from, key), shown(to, key))).collect::<Vec<_>>().join(", ")
        }
        _ => format!("{name} {} -> {}", words::json(&from), words::json(&to)),
    }
}

/// Nodes by kind, wires by number.
fn graph(from: &Map<String, Json>, to: &Map<String, Json>) -> String {
    let by_id = |map: &Map<String, Json>, list: &str| -> BTreeMap<String, Json> {
        let items = map.get(list).and_then(Json::as_array).into_iter().flatten();
        items.map(|item| (item.get("id").map_or_else(|| item.to_string(), words::json), item.clone())).collect()
    };
    let kind = |node: &Json| node.get("typeId").and_then(Json::as_str).unwrap_or("node").to_owned();
    let (old, new) = (by_id(from, "nodes"), by_id(to, "nodes"));
    let mut told = Vec::new();
    let mut say = |word: &str, kinds: Vec<String>| {
        if !kinds.is_empty() {
            told.push(format!("{} {word} ({})", count(kinds.len(), "node"), kinds.join(", ")));
        }
    };
    say("added", new.iter().filter(|(id, _)| !old.contains_key(*id)).map(|(_, node)| kind(node)).collect());
    say("removed", old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(_, node)| kind(node)).collect());
    let changed = new.iter().filter(|(id, node)| old.get(*id).is_some_and(|was| was != *node));
    say("changed", changed.map(|(_, node)| kind(node)).collect());
    let (old, new) = (by_id(from, "edges"), by_id(to, "edges"));
    let n_wires =
        new.iter().filter(|(id, wire)| old.get(*id) != Some(wire)).count() + old.keys().filter(|id| !new.contains_key(*id)).count();
    if n_wires > 0 {
        told.push(format!("{} different", count(n_wires, "wire")));
    }
    if from.get("args") != to.get("args") {
        told.push("arguments different".into());
    }
    if told.is_empty() { "graph changed".into() } else { told.join(", ") }
}

fn count(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
