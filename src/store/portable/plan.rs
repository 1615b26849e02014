//! What an import would do, before it does it: one transaction, whole or not at all.
//!
//! Things are compared as people see them, a whole venue, score or pattern at a time: what is here already and equal is
//! left alone; what is here and differs becomes a copy beside it, or replaces it.  A copy's ids are `UUIDv5` of the old id and
//! a hash of the content, so that importing the same file again finds the copy and adds nothing.  What has a natural key
//! (a track's sound, a category's name, a definition's hash) is never there twice: ours is kept, or replaced.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::PortableError;
use super::manifest::What;
use super::read::{Bundle, SoundEntry};
use super::repoint::{Ids, copy_id, natural_id};
use super::write::hex;
use crate::document::ground::Ground;
use crate::document::image;
use crate::document::subject::{self, Subject};
use crate::document::transaction::{Op, Transaction};
use crate::registry::{Row, TableId, Value};

/// What becomes of what is here already and differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    #[default]
    Copy,
    Replace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Added,
    /// Here already, and equal.
    Same,
    /// Here already, and different: added beside it.
    Copied,
    /// Here already, and different: made what the file says.
    Replaced,
    /// Here already, and different, but there can be only one: ours stays.
    Kept,
}

/// One thing of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub table: TableId,
    /// In this library.
    pub id: Uuid,
    pub name: String,
    pub outcome: Outcome,
    pub n_rows: usize,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.outcome {
            Outcome::Added => "added",
            Outcome::Same => "here already, the same",
            Outcome::Copied => "here already and different: added as a copy",
            Outcome::Replaced => "here already and different: replaced",
            Outcome::Kept => "here already and different: yours is kept",
        };
        write!(f, "{} \"{}\": {said}", subject::one(self.table), self.name)?;
        if self.n_rows > 1 { write!(f, " ({} rows)", self.n_rows) } else { Ok(()) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub transaction: Transaction,
    pub items: Vec<Item>,
    pub notes: Vec<String>,
    /// Sounds whose track has none here: the track's id in this library, and where the sound lies in the file.
    pub sounds: Vec<(Uuid, SoundEntry)>,
}

/// Tables whose rows are compared in this order, since the later ones use the earlier; others follow as listed, versions last.
const FIRST: [TableId; 6] =
    [TableId::PatternCategories, TableId::FixtureDefinitions, TableId::Tracks, TableId::Patterns, TableId::Venues, TableId::Scores];

/// Plans an import and tries it on a copy of the ground: a plan that is answered is one that can be done.
pub fn plan(bundle: &Bundle, ground: &Ground, choice: Choice, label: &str) -> Result<Plan, PortableError> {
    let mut work = Work::new(bundle, ground, choice, label);
    let rest = TableId::all().filter(|table| !FIRST.contains(table) && *table != TableId::NamedVersions);
    for table in FIRST.into_iter().chain(rest).chain([TableId::NamedVersions]) {
        for row in bundle.rows.get(&table).into_iter().flatten().filter(|row| subject::owner(row.table()).is_none()) {
            work.thing(row)?;
        }
    }
    work.strays()?;
    let (mut plan, ids) = work.done();
    ground.clone().apply(&plan.transaction).map_err(|refused| {
        PortableError::broken("records", format!("what it holds does not fit together or into this library ({refused})"))
    })?;
    for sound in &bundle.sounds {
        let id = ids.get(TableId::Tracks, sound.track);
        let has_sound = ground.get(TableId::Tracks, id).is_some_and(|track| track.text("file_path").is_ok_and(|path| !path.is_empty()));
        if !has_sound {
            plan.sounds.push((id, sound.clone()));
        }
    }
    Ok(plan)
}

struct Work<'a> {
    bundle: &'a Bundle,
    ground: &'a Ground,
    choice: Choice,
    transaction: Transaction,
    items: Vec<Item>,
    ids: Ids,
    /// Rows of the file by what they belong to.
    belongings: HashMap<(TableId, Uuid), Vec<&'a Row>>,
    /// Rows of this library by their table's first unique key.
    twins: HashMap<TableId, HashMap<String, Uuid>>,
    seen: BTreeSet<(TableId, Uuid)>,
    deletes: Vec<(TableId, Uuid)>,
}

impl<'a> Work<'a> {
    fn new(bundle: &'a Bundle, ground: &'a Ground, choice: Choice, label: &str) -> Self {
        let mut belongings: HashMap<(TableId, Uuid), Vec<&Row>> = HashMap::new();
        for row in bundle.rows.values().flatten() {
            if let Some((column, table)) = subject::owner(row.table())
                && let Ok(owner) = row.uuid(column)
            {
                belongings.entry((table, owner)).or_default().push(row);
            }
        }
        Self {
            bundle,
            ground,
            choice,
            transaction: Transaction::new(label),
            items: Vec::new(),
            ids: Ids::default(),
            belongings,
            twins: HashMap::new(),
            seen: BTreeSet::new(),
            deletes: Vec::new(),
        }
    }

    /// A row that belongs to itself, with all that belongs to it.
    fn thing(&mut self, row: &'a Row) -> Result<(), PortableError> {
        let rows = self.whole(row);
        if row.table().def().natural_key.is_empty() { self.subject(&rows) } else { self.natural(row, &rows[1..]) }
    }

    /// The row first, then all that belongs to it.
    fn whole(&mut self, row: &'a Row) -> Vec<&'a Row> {
        let mut rows = vec![row];
        let mut at = 0;
        while let Some(row) = rows.get(at) {
            at += 1;
            self.seen.insert((row.table(), row.id()));
            rows.extend(self.belongings.get(&(row.table(), row.id())).into_iter().flatten());
        }
        rows
    }

    /// A venue, score, pattern or anything else without a natural key.
    fn subject(&mut self, rows: &[&Row]) -> Result<(), PortableError> {
        let rows: Vec<Row> = rows.iter().map(|row| self.led(row)).collect::<Result<_, _>>()?;
        let root = Subject { table: rows[0].table(), id: rows[0].id() };
        let rows = self.with_its_venue(rows)?;
        let here = root.rows(self.ground);
        let taken = rows.iter().find(|row| self.ground.get(row.table(), row.id()).is_some());
        if here.is_empty() && taken.is_none() {
            return self.put(Outcome::Added, rows.clone(), &rows);
        }
        if self.same(&rows, &here) {
            return self.put(Outcome::Same, Vec::new(), &rows);
        }
        if self.choice == Choice::Replace && !here.is_empty() {
            return self.replace(rows, &here);
        }
        self.copy(root, &rows)
    }

    /// A score alone does not say where it was written: one that is here keeps its venue.
    fn with_its_venue(&self, mut rows: Vec<Row>) -> Result<Vec<Row>, PortableError> {
        if let (What::Alone(subject), Some(here)) = (self.bundle.what, self.ground.get(rows[0].table(), rows[0].id()))
            && subject.table == TableId::Scores
            && rows[0].table() == TableId::Scores
        {
            rows[0] = with(&rows[0], [("venue_id", here.get("venue_id").clone())])?;
        }
        Ok(rows)
    }

    fn same(&self, rows: &[Row], here: &[Row]) -> bool {
        let all_here = rows.iter().all(|row| self.ground.get(row.table(), row.id()).is_some_and(|here| equal(row, here)));
        // What the predecessor's venue files added to a pattern is no difference from its library.
        all_here && (rows.len() == here.len() || self.bundle.loose)
    }

    fn replace(&mut self, rows: Vec<Row>, here: &[Row]) -> Result<(), PortableError> {
        let own: BTreeSet<(TableId, Uuid)> = here.iter().map(|row| (row.table(), row.id())).collect();
        let new: BTreeSet<(TableId, Uuid)> = rows.iter().map(|row| (row.table(), row.id())).collect();
        let foreign = |row: &&Row| !own.contains(&(row.table(), row.id())) && self.ground.get(row.table(), row.id()).is_some();
        if let Some(row) = rows.iter().find(foreign) {
            let reason = format!("{} \"{}\" belongs to something else here", subject::one(row.table()), subject::title(row));
            return Err(PortableError::Clash { entry: entry_of(row.table()), reason });
        }
        self.deletes.extend(own.difference(&new));
        let changed = rows.iter().filter(|row| self.ground.get(row.table(), row.id()).is_none_or(|here| !equal(row, here)));
        let changed = changed.cloned().collect();
        self.put(Outcome::Replaced, changed, &rows)
    }

    fn copy(&mut self, root: Subject, rows: &[Row]) -> Result<(), PortableError> {
        let mut hash = Sha256::new();
        for row in rows {
            hash.update(serde_json::to_vec(&image::to_json(row)).map_err(|error| PortableError::broken(entry_of(row.table()), error))?);
        }
        let hash = hex(&hash.finalize());
        // The first copy may have been edited since; then this import is another one.
        for attempt in 0_u32.. {
            let key = if attempt == 0 { hash.clone() } else { format!("{hash}/{attempt}") };
            let copy = copied(rows, &key)?;
            let here = Subject { table: root.table, id: copy[0].id() }.rows(self.ground);
            if here.is_empty() || self.same(&copy, &here) {
                for (from, to) in rows.iter().zip(&copy) {
                    self.ids.insert(from.table(), from.id(), to.id());
                }
                self.ids.copied(root, key);
                let outcome = if here.is_empty() { Outcome::Copied } else { Outcome::Same };
                let put = if here.is_empty() { copy.clone() } else { Vec::new() };
                return self.put(outcome, put, &copy);
            }
        }
        Ok(())
    }

    /// A row of which there can be only one, and rows that belong to it, each for itself.
    fn natural(&mut self, row: &Row, belongings: &[&Row]) -> Result<(), PortableError> {
        let row = self.led(row)?;
        let outcome = self.one(&row)?;
        let id = self.ids.get(row.table(), row.id());
        let mut n_rows = 1;
        for row in belongings {
            let row = self.led(row)?;
            n_rows += usize::from(self.one(&row)? == Outcome::Added);
        }
        self.items.push(Item { table: row.table(), id, name: subject::title(&row), outcome, n_rows });
        Ok(())
    }

    /// Merges a single row into this library.
    fn one(&mut self, row: &Row) -> Result<Outcome, PortableError> {
        let table = row.table();
        let twin = self.twin(row).or_else(|| Some(row.id()).filter(|id| self.ground.get(table, *id).is_some_and(|here| alike(row, here))));
        let Some(here) = twin.and_then(|id| self.ground.get(table, id)) else {
            // Its id may be taken by something else altogether.
            let id = match self.ground.get(table, row.id()) {
                Some(_) => natural_id(row).filter(|id| self.ground.get(table, *id).is_none()).unwrap_or_else(|| copy_id(row.id(), "twin")),
                None => row.id(),
            };
            self.ids.insert(table, row.id(), id);
            self.transaction.ops.push(Op::Put(with(row, [("id", id.into())])?));
            return Ok(Outcome::Added);
        };
        self.ids.insert(table, row.id(), here.id());
        let row = with(row, [("id", here.id().into())])?;
        if equal(&row, here) {
            return Ok(Outcome::Same);
        }
        if self.choice == Choice::Copy {
            return Ok(Outcome::Kept);
        }
        let local = table.def().columns.iter().filter(|column| column.local).map(|column| (column.name, here.get(column.name).clone()));
        let row = row.with(local).map_err(|bad| PortableError::broken(entry_of(table), bad))?;
        self.transaction.ops.push(Op::Put(row));
        Ok(Outcome::Replaced)
    }

    /// The row of this library that holds this row's unique key.
    fn twin(&mut self, row: &Row) -> Option<Uuid> {
        let ground = self.ground;
        let twins = self
            .twins
            .entry(row.table())
            .or_insert_with(|| ground.rows(row.table()).filter_map(|row| Some((key(row)?, row.id()))).collect());
        twins.get(&key(row)?).copied()
    }

    /// Rows that belong to nothing in the file.
    fn strays(&mut self) -> Result<(), PortableError> {
        for row in self.bundle.rows.values().flatten() {
            if self.seen.contains(&(row.table(), row.id())) {
                continue;
            }
            let (column, parent) = subject::owner(row.table()).unwrap_or(("id", row.table()));
            let led = self.led(row)?;
            let here = led.uuid(column).is_ok_and(|id| self.ground.get(parent, id).is_some());
            if !self.bundle.loose || !here {
                let reason = format!(
                    "{} \"{}\" belongs to a {} that is not in the file",
                    subject::one(row.table()),
                    subject::title(row),
                    subject::one(parent)
                );
                return Err(PortableError::broken(entry_of(row.table()), reason));
            }
            let outcome = self.one(&led)?;
            self.items.push(Item { table: row.table(), id: led.id(), name: subject::title(&led), outcome, n_rows: 1 });
        }
        Ok(())
    }

    fn led(&self, row: &Row) -> Result<Row, PortableError> {
        let entry = || entry_of(row.table());
        let led = self.ids.lead(row).map_err(|bad| PortableError::broken(entry(), bad))?;
        if row.table() != TableId::NamedVersions {
            return Ok(led);
        }
        self.ids.version(&led).map_err(|reason| PortableError::broken(entry(), reason))
    }

    fn put(&mut self, outcome: Outcome, put: Vec<Row>, whole: &[Row]) -> Result<(), PortableError> {
        let Some(root) = whole.first() else { return Ok(()) };
        self.items.push(Item { table: root.table(), id: root.id(), name: subject::title(root), outcome, n_rows: whole.len() });
        self.transaction.ops.extend(put.into_iter().map(Op::Put));
        Ok(())
    }

    fn done(mut self) -> (Plan, Ids) {
        // Children before their parents: deleting a parent takes them along.
        self.deletes.sort();
        for (table, id) in self.deletes.into_iter().rev() {
            self.transaction = self.transaction.delete(table, id);
        }
        let notes = self.bundle.notes.clone();
        (Plan { transaction: self.transaction, items: self.items, notes, sounds: Vec::new() }, self.ids)
    }
}

/// The rows of a copy: new ids, references within it led along, a name that tells it from the first.
fn copied(rows: &[Row], key: &str) -> Result<Vec<Row>, PortableError> {
    let mut ids = Ids::default();
    for row in rows {
        ids.insert(row.table(), row.id(), copy_id(row.id(), key));
    }
    let mut copies = Vec::with_capacity(rows.len());
    let mut natural = BTreeSet::new();
    for row in rows {
        let broken = |bad| PortableError::broken(entry_of(row.table()), bad);
        let copy = ids.lead(row).map_err(broken)?;
        let id = natural_id(&copy).filter(|id| natural.insert(*id)).unwrap_or_else(|| copy_id(row.id(), key));
        ids.insert(row.table(), row.id(), id);
        copies.push(copy.with([("id", id.into())]).map_err(broken)?);
    }
    let named = matches!(rows[0].table(), TableId::Venues | TableId::Patterns | TableId::Scores);
    if let (true, Ok(name)) = (named, copies[0].text("name")) {
        // Names have at most 200 letters.
        let name: String = name.chars().take(185).chain(" (imported)".chars()).collect();
        copies[0] = with(&copies[0], [("name", name.into())])?;
    }
    Ok(copies)
}

/// Equal in every column that leaves a device.
fn equal(a: &Row, b: &Row) -> bool {
    let columns = a.table().def().columns.iter().zip(a.values().iter().zip(b.values()));
    columns.filter(|(column, _)| !column.local).all(|(_, (a, b))| a == b)
}

/// Whether two rows of one id are the same thing: their natural key says so, where they have one.
fn alike(a: &Row, b: &Row) -> bool {
    a.table().def().natural_key.iter().all(|column| a.get(column) == b.get(column))
}

fn key(row: &Row) -> Option<String> {
    let columns = row.table().def().unique.first()?;
    let text = |column: &&str| match row.get(column) {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(int) => Some(int.to_string()),
        _ => None,
    };
    Some(columns.iter().map(text).collect::<Option<Vec<_>>>()?.join("\0"))
}

fn with<const N: usize>(row: &Row, set: [(&str, Value); N]) -> Result<Row, PortableError> {
    row.with(set).map_err(|bad| PortableError::broken(entry_of(row.table()), bad))
}

fn entry_of(table: TableId) -> String {
    format!("records/{}.json", table.name())
}
