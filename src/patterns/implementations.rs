//! The implementations of a pattern: several graphs of one idea, of which a venue plays one.

use serde_json::json;
use uuid::Uuid;

use super::rows;
use crate::document::ground::Ground;
use crate::document::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId, Value};

/// One of a pattern's graphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    pub id: Uuid,
    pub name: String,
    pub is_default: bool,
    /// This venue asks for it by name.
    pub is_of_venue: bool,
    /// It is what plays here.
    pub plays: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// With nothing in it.
    Add,
    Duplicate(Uuid),
    Rename(Uuid, String),
    Default(Uuid),
    /// Here, or `None`: what the pattern says.
    Here(Option<Uuid>),
    Delete(Uuid),
}

/// All of a pattern's implementations: the one it came with, then by age.
pub fn of(ground: &Ground, pattern: Uuid, venue: Uuid) -> Vec<Implementation> {
    let Some(row) = ground.get(TableId::Patterns, pattern) else { return Vec::new() };
    let over = over(ground, pattern, venue).map(|(_, implementation)| implementation);
    let mut all: Vec<&Row> = ground.children(pattern, TableId::Implementations).collect();
    // What a pattern came with has an id of its name; what people add begins with the time it was added.
    all.sort_by_key(|row| (row.id().get_version_num() == 7, row.id()));
    let plays = rows::chosen(row, over, all.iter().copied()).map(Row::id);
    let default = rows::chosen(row, None, all.iter().copied()).map(Row::id);
    let read = |(nth, row): (usize, &&Row)| Implementation {
        id: row.id(),
        name: row.text("name").ok().filter(|name| !name.is_empty()).map_or_else(|| unnamed(nth), str::to_owned),
        is_default: default == Some(row.id()),
        is_of_venue: over == Some(row.id()),
        plays: plays == Some(row.id()),
    };
    all.iter().enumerate().map(read).collect()
}

fn unnamed(nth: usize) -> String {
    if nth == 0 { "Main".into() } else { format!("Version {}", nth + 1) }
}

/// The row of the venue's choice, and what it chooses.
fn over(ground: &Ground, pattern: Uuid, venue: Uuid) -> Option<(Uuid, Uuid)> {
    let ours = |row: &&Row| row.uuid("venue_id").is_ok_and(|of| of == venue);
    let row = ground.children(pattern, TableId::VenueImplementationOverrides).find(ours)?;
    Some((row.id(), row.uuid("implementation_id").ok()?))
}

/// The edit that a wish means, and the implementation it makes; words where it cannot be.
pub fn edit(ground: &Ground, (pattern, venue): (Uuid, Uuid), wanted: &Wanted) -> Result<(Transaction, Option<Uuid>), String> {
    let all = of(ground, pattern, venue);
    let name = |id: Uuid| all.iter().find(|one| one.id == id).map_or("a version", |one| &one.name);
    let bad = |bad: BadRow| bad.to_string();
    Ok(match wanted {
        Wanted::Add => {
            let id = Uuid::now_v7();
            let row = new(pattern, id, &format!("Version {}", all.len() + 1), empty()).map_err(bad)?;
            (keep_default(Transaction::new("Add a version"), &all, pattern).put(row), Some(id))
        }
        Wanted::Duplicate(from) => {
            let original = ground.get(TableId::Implementations, *from).ok_or("This version is no longer there")?;
            let id = Uuid::now_v7();
            let row = new(pattern, id, &format!("{} copy", name(*from)), original.get("graph_json").clone()).map_err(bad)?;
            (keep_default(Transaction::new(format!("Duplicate {}", name(*from))), &all, pattern).put(row), Some(id))
        }
        Wanted::Rename(id, to) => {
            let edit = Transaction::new(format!("Rename {}", name(*id))).set(TableId::Implementations, *id, [("name", to.as_str().into())]);
            (edit.grouped(format!("rename {id}")), None)
        }
        Wanted::Default(id) => {
            let edit = Transaction::new(format!("Make {} the default", name(*id)));
            (edit.set(TableId::Patterns, pattern, [("default_implementation_id", (*id).into())]), None)
        }
        Wanted::Here(choice) => (choose(ground, (pattern, venue), *choice, name)?, None),
        Wanted::Delete(id) => {
            if all.len() < 2 {
                return Err("A pattern keeps at least one version: delete the pattern, or add another version first".into());
            }
            // What pointed to it points to what plays next, and not to nothing.
            let mut edit = Transaction::new(format!("Delete {}", name(*id))).delete(TableId::Implementations, *id);
            let next = all.iter().find(|one| one.id != *id).map(|one| one.id);
            if let Some(next) = next.filter(|_| all.iter().any(|one| one.id == *id && one.is_default)) {
                edit = edit.set(TableId::Patterns, pattern, [("default_implementation_id", next.into())]);
            }
            (edit, None)
        }
    })
}

/// The first implementation plays by its age alone; once there are others it is named the default, so that nothing changes.
fn keep_default(edit: Transaction, all: &[Implementation], pattern: Uuid) -> Transaction {
    match all.iter().find(|one| one.is_default) {
        Some(now) => edit.set(TableId::Patterns, pattern, [("default_implementation_id", now.id.into())]),
        None => edit,
    }
}

fn choose<'a>(
    ground: &Ground,
    (pattern, venue): (Uuid, Uuid),
    choice: Option<Uuid>,
    name: impl Fn(Uuid) -> &'a str,
) -> Result<Transaction, String> {
    let known = over(ground, pattern, venue).map(|(row, _)| row);
    let Some(choice) = choice else {
        let edit = Transaction::new("Play what the pattern says here");
        return Ok(match known {
            Some(row) => edit.delete(TableId::VenueImplementationOverrides, row),
            None => edit,
        });
    };
    let edit = Transaction::new(format!("Play {} in this venue", name(choice)));
    if let Some(row) = known {
        return Ok(edit.set(TableId::VenueImplementationOverrides, row, [("implementation_id", choice.into())]));
    }
    let id = TableId::VenueImplementationOverrides.natural_id(&[venue.into(), pattern.into()]);
    let columns = [("id", id.into()), ("venue_id", venue.into()), ("pattern_id", pattern.into()), ("implementation_id", choice.into())];
    Ok(edit.put(Row::new(TableId::VenueImplementationOverrides, columns).map_err(|bad| bad.to_string())?))
}

fn empty() -> Value {
    Value::from(json!({ "nodes": [], "edges": [], "args": [] }).to_string())
}

fn new(pattern: Uuid, id: Uuid, name: &str, graph: Value) -> Result<Row, BadRow> {
    let columns = [("id", id.into()), ("pattern_id", pattern.into()), ("name", name.into()), ("graph_json", graph)];
    Row::new(TableId::Implementations, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;
    use crate::document::record;
    use crate::patterns::builtin;
    use crate::patterns::model::Pattern;

    const VENUE: Uuid = Uuid::from_u128(0x5e);

    fn begun() -> (Document, Pattern) {
        let pattern = builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap();
        let mut document = Document::default();
        let venue = Row::new(TableId::Venues, [("id", VENUE.into()), ("name", "Club".into())]).unwrap();
        let all = rows::rows(&pattern).unwrap();
        document.edit(&Transaction::new("Begin").put(venue).put_all(all)).unwrap();
        (document, pattern)
    }

    fn done(document: &mut Document, pattern: &Pattern, wanted: &Wanted) -> Option<Uuid> {
        let (transaction, made) = edit(document.ground(), (pattern.id, VENUE), wanted).unwrap();
        document.edit(&transaction).unwrap();
        made
    }

    fn playing(document: &Document, pattern: &Pattern, venue: Uuid) -> usize {
        record::pattern(document.ground(), pattern.id, venue).unwrap().unwrap().graph.nodes.len()
    }

    #[test]
    fn a_venue_plays_its_own_version_and_every_other_the_default() {
        let (mut document, pattern) = begun();
        let n = pattern.graph.nodes.len();
        let empty = done(&mut document, &pattern, &Wanted::Add).unwrap();
        assert_eq!(playing(&document, &pattern, VENUE), n, "a new version changes nothing by itself");
        done(&mut document, &pattern, &Wanted::Here(Some(empty)));
        assert_eq!((playing(&document, &pattern, VENUE), playing(&document, &pattern, Uuid::from_u128(1))), (0, n));
        let first = of(document.ground(), pattern.id, VENUE)[0].id;
        let copy = done(&mut document, &pattern, &Wanted::Duplicate(first)).unwrap();
        done(&mut document, &pattern, &Wanted::Here(Some(copy)));
        assert_eq!(playing(&document, &pattern, VENUE), n);
        done(&mut document, &pattern, &Wanted::Default(empty));
        assert_eq!((playing(&document, &pattern, VENUE), playing(&document, &pattern, Uuid::from_u128(1))), (n, 0));
        done(&mut document, &pattern, &Wanted::Here(None));
        assert_eq!(playing(&document, &pattern, VENUE), 0);
        while document.undo().unwrap().is_some() {}
        assert_eq!(document.ground().n_rows(TableId::Implementations), 0);
    }

    #[test]
    fn the_last_version_stays_and_a_deleted_default_hands_over() {
        let (mut document, pattern) = begun();
        let first = of(document.ground(), pattern.id, VENUE)[0].id;
        assert!(edit(document.ground(), (pattern.id, VENUE), &Wanted::Delete(first)).is_err());
        let second = done(&mut document, &pattern, &Wanted::Duplicate(first)).unwrap();
        done(&mut document, &pattern, &Wanted::Here(Some(first)));
        done(&mut document, &pattern, &Wanted::Delete(first));
        let left = of(document.ground(), pattern.id, VENUE);
        assert_eq!(left.iter().map(|one| (one.id, one.is_default, one.plays)).collect::<Vec<_>>(), [(second, true, true)]);
        assert_eq!(playing(&document, &pattern, VENUE), pattern.graph.nodes.len());
    }

    #[test]
    fn versions_have_names() {
        let (mut document, pattern) = begun();
        let first = of(document.ground(), pattern.id, VENUE)[0].id;
        let copy = done(&mut document, &pattern, &Wanted::Duplicate(first)).unwrap();
        done(&mut document, &pattern, &Wanted::Rename(copy, "For rings".into()));
        let names: Vec<String> = of(document.ground(), pattern.id, VENUE).into_iter().map(|one| one.name).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"Main".to_owned()) && names.contains(&"For rings".to_owned()), "{names:?}");
    }
}
