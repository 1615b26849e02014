//! A venue file, `*.luma`: its fixtures, and what its venue makes of the library's patterns.

use uuid::Uuid;

use super::pose::Frame;
use super::record::derived;
use super::{Import, rig};
use crate::registry::{Row, TableId, Value};

pub(super) fn import(import: &mut Import, name: &str) {
    let scope = format!("venue/{name}");
    let venue = derived("venue", "venues", name);
    let shown = if name.is_empty() { "Venue" } else { name };
    match Row::new(TableId::Venues, [("id", venue.into()), ("name", shown.chars().take(200).collect::<String>().into())]) {
        Ok(row) => import.rows.push(row),
        Err(bad) => return import.report.say(bad.to_string()),
    }
    import.each(&["fixtures"], |import, record| rig::fixture(import, record, venue, Frame::YUp, &scope));
    import.each(&["implementations"], |import, record| {
        let Some(pattern) = record.id("pattern_id", "", "patterns") else {
            return import.lost(record, "it does not say of which pattern it is");
        };
        let number = record.text("pattern_id").unwrap_or_default();
        known(import, pattern, &number, shown);
        let id = record.id("id", &scope, "implementations").unwrap_or_else(|| derived(&scope, "implementations", &number));
        let graph = rig::json(import, record, "graph_json", r#"{"nodes":[],"edges":[]}"#);
        let called = record.text("name").unwrap_or_else(|| shown.to_owned());
        let set = [("id", id.into()), ("pattern_id", pattern.into()), ("name", called.into()), ("graph_json", graph.into())];
        import.take(record, Row::new(TableId::Implementations, set));
        if !import.made.contains(&(TableId::Implementations, id)) {
            return;
        }
        let key = [venue.into(), pattern.into()];
        let choice = TableId::VenueImplementationOverrides.natural_id(&key);
        let [venue, pattern] = key;
        let set = [("id", choice.into()), ("venue_id", venue), ("pattern_id", pattern), ("implementation_id", id.into())];
        import.take(record, Row::new(TableId::VenueImplementationOverrides, set));
    });
}

/// The pattern that a number stands for: the library's, or a stand-in until that is imported.
fn known(import: &mut Import, pattern: Uuid, number: &str, venue: &str) {
    if import.ground.get(TableId::Patterns, pattern).is_some() || !import.made.insert((TableId::Patterns, pattern)) {
        return;
    }
    import.report.say(format!(
        "pattern {number} is known by its number alone: it is called \"Pattern {number} of {venue}\"; to have its name and scores, undo, import the old luma.db first, then this file"
    ));
    let name = format!("Pattern {number} of {venue}").chars().take(200).collect::<String>();
    let set = [("id", pattern.into()), ("name", Value::from(name))];
    match Row::new(TableId::Patterns, set) {
        Ok(row) => import.rows.push(row),
        Err(bad) => import.report.say(bad.to_string()),
    }
}
