//! Everything that people edit, in memory: the rows of every document table, and the one way to change them.
//!
//! [`Ground::apply`] is total: a transaction is taken whole, or refused with the reason and nothing changed.  It checks
//! what the database will check again (kinds, ranges, references, unique keys), so that an edit which the screen has
//! shown is one that the disk takes.  What a transaction deletes takes its children along in the same step, so that undo
//! brings all of them back.
//!
//! Knows no disk, no clock and no panel.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use thiserror::Error;
use uuid::Uuid;

use super::step::{Change, Step};
use super::transaction::{Op, Transaction};
use crate::registry::{BadRow, OnDelete, Row, TableId, Value};

/// Which row.
pub type Key = (TableId, Uuid);

/// No transaction may touch more rows than this, counting what goes with deleted parents.
pub const MAX_CHANGES: usize = 2_000_000;

#[derive(Clone, Debug, Default)]
pub struct Ground {
    tables: BTreeMap<TableId, BTreeMap<Uuid, Row>>,
    /// Rows that point to a row, by its id.
    children: HashMap<Uuid, BTreeSet<Key>>,
    /// Who holds a unique key: one row, save in the midst of a transaction.
    holders: HashMap<(TableId, usize, String), BTreeSet<Uuid>>,
}

/// Why a transaction was not taken.  Nothing of it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    #[error(transparent)]
    Row(#[from] BadRow),
    #[error("{table} {id} does not exist (any more)")]
    Missing { table: TableId, id: Uuid },
    #[error("{table} {id}: {column} points to {parent} {to}, which does not exist")]
    Dangling { table: TableId, id: Uuid, column: &'static str, parent: TableId, to: Uuid },
    #[error("{table}: there is already one with the same {columns} ({holder})")]
    Taken { table: TableId, columns: String, holder: Uuid },
    #[error("{table} {id} is still used by {child} {by}: remove that first")]
    InUse { table: TableId, id: Uuid, child: TableId, by: Uuid },
    #[error("{table} is no part of the document")]
    NotDocument { table: TableId },
    #[error("more than {MAX_CHANGES} rows in one edit: do it in parts")]
    TooLarge,
}

impl Ground {
    pub fn get(&self, table: TableId, id: Uuid) -> Option<&Row> {
        self.tables.get(&table)?.get(&id)
    }

    /// Every row of a table, by id.
    pub fn rows(&self, table: TableId) -> impl Iterator<Item = &Row> {
        self.tables.get(&table).into_iter().flat_map(BTreeMap::values)
    }

    pub fn n_rows(&self, table: TableId) -> usize {
        self.tables.get(&table).map_or(0, BTreeMap::len)
    }

    /// The rows of `table` that point to `parent`, by id.
    pub fn children(&self, parent: Uuid, table: TableId) -> impl Iterator<Item = &Row> {
        let range = (table, Uuid::nil())..=(table, Uuid::max());
        self.children
            .get(&parent)
            .into_iter()
            .flat_map(move |keys| keys.range(range.clone()))
            .filter_map(|&(table, id)| self.get(table, id))
    }

    /// Takes rows as the disk holds them: the database has checked them.
    pub fn load(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut ground = Self::default();
        for row in rows {
            ground.put(row);
        }
        ground
    }

    /// Applies a transaction whole, or refuses it and changes nothing.
    pub fn apply(&mut self, transaction: &Transaction) -> Result<Step, Refused> {
        let mut work = Work { ground: self, before: BTreeMap::new() };
        let outcome = transaction.ops.iter().try_for_each(|op| work.op(op)).and_then(|()| work.check());
        let before = work.before;
        match outcome {
            Ok(()) => Ok(Step { label: transaction.label.clone(), group: transaction.group.clone(), changes: self.changes(before) }),
            Err(refused) => {
                for (key, row) in before {
                    self.restore(key, row);
                }
                Err(refused)
            }
        }
    }

    fn changes(&self, before: BTreeMap<Key, Option<Row>>) -> Vec<Change> {
        before
            .into_iter()
            .map(|((table, id), before)| Change { table, id, before, after: self.get(table, id).cloned() })
            .filter(|change| change.before != change.after)
            .collect()
    }

    fn restore(&mut self, (table, id): Key, row: Option<Row>) {
        match row {
            Some(row) => self.put(row),
            None => self.take(table, id),
        }
    }

    /// Puts a row in the place of whatever has its id.  Indexes follow; nothing is checked.
    fn put(&mut self, row: Row) {
        let key = (row.table(), row.id());
        self.take(key.0, key.1);
        for parent in parents(&row) {
            self.children.entry(parent).or_default().insert(key);
        }
        for (at, held) in unique_keys(&row) {
            self.holders.entry((key.0, at, held)).or_default().insert(key.1);
        }
        self.tables.entry(key.0).or_default().insert(key.1, row);
    }

    fn take(&mut self, table: TableId, id: Uuid) {
        let Some(row) = self.tables.get_mut(&table).and_then(|rows| rows.remove(&id)) else {
            return;
        };
        for parent in parents(&row) {
            if let Some(keys) = self.children.get_mut(&parent) {
                keys.remove(&(table, id));
                if keys.is_empty() {
                    self.children.remove(&parent);
                }
            }
        }
        for (at, held) in unique_keys(&row) {
            let key = (table, at, held);
            if let Some(holders) = self.holders.get_mut(&key) {
                holders.remove(&id);
                if holders.is_empty() {
                    self.holders.remove(&key);
                }
            }
        }
    }
}

/// A transaction under way: what each touched row was before it.
struct Work<'a> {
    ground: &'a mut Ground,
    before: BTreeMap<Key, Option<Row>>,
}

impl Work<'_> {
    fn op(&mut self, op: &Op) -> Result<(), Refused> {
        match op {
            Op::Put(row) => self.put(row.clone()),
            Op::Set { table, id, columns } => {
                let row = self.ground.get(*table, *id).ok_or(Refused::Missing { table: *table, id: *id })?;
                let row = row.with(columns.iter().map(|(name, value)| (name.as_str(), value.clone())))?;
                self.put(row)
            }
            Op::Delete { table, id } => {
                self.ground.get(*table, *id).ok_or(Refused::Missing { table: *table, id: *id })?;
                self.delete(*table, *id)
            }
        }
    }

    fn put(&mut self, row: Row) -> Result<(), Refused> {
        self.remember((row.table(), row.id()))?;
        super::rules::check(&row)?;
        self.ground.put(row);
        Ok(())
    }

    /// The row and, before it, everything that hangs on it.
    fn delete(&mut self, table: TableId, id: Uuid) -> Result<(), Refused> {
        let mut doomed = vec![(table, id)];
        let mut at = 0;
        while let Some(&(table, id)) = doomed.get(at) {
            at += 1;
            let children: Vec<Key> = self.ground.children.get(&id).into_iter().flatten().copied().collect();
            for (child_table, child) in children {
                let Some(row) = self.ground.get(child_table, child).cloned() else { continue };
                let pointing = child_table.def().references().filter(|&(at, to)| to.table == table && points_to(&row, at, id));
                let mut freed = Vec::new();
                let mut goes = false;
                for (at, reference) in pointing {
                    match reference.on_delete {
                        OnDelete::Cascade => goes = true,
                        OnDelete::SetNull => freed.push((child_table.def().columns[at].name, Value::Null)),
                        OnDelete::Restrict => return Err(Refused::InUse { table, id, child: child_table, by: child }),
                        OnDelete::Soft => {}
                    }
                }
                if goes && !doomed.contains(&(child_table, child)) {
                    doomed.push((child_table, child));
                } else if !goes && !freed.is_empty() {
                    self.put(row.with(freed)?)?;
                }
            }
        }
        for key in doomed.into_iter().rev() {
            self.remember(key)?;
            self.ground.take(key.0, key.1);
        }
        Ok(())
    }

    fn remember(&mut self, key: Key) -> Result<(), Refused> {
        if !key.0.def().kind.is_document() {
            return Err(Refused::NotDocument { table: key.0 });
        }
        if self.before.len() >= MAX_CHANGES {
            return Err(Refused::TooLarge);
        }
        let ground = &*self.ground;
        self.before.entry(key).or_insert_with(|| ground.get(key.0, key.1).cloned());
        Ok(())
    }

    /// At the end of the transaction, so that the order of its operations does not matter.
    fn check(&self) -> Result<(), Refused> {
        for &(table, id) in self.before.keys() {
            let Some(row) = self.ground.get(table, id) else { continue };
            for (at, reference) in table.def().references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft) {
                if let Some(to) = row.values().get(at).and_then(id_of)
                    && self.ground.get(reference.table, to).is_none()
                {
                    return Err(Refused::Dangling { table, id, column: table.def().columns[at].name, parent: reference.table, to });
                }
            }
            for (at, held) in unique_keys(row) {
                let holders = self.ground.holders.get(&(table, at, held));
                if let Some(&holder) = holders.and_then(|holders| holders.iter().find(|&&holder| holder != id)) {
                    return Err(Refused::Taken { table, columns: table.def().unique[at].join(" and "), holder });
                }
            }
        }
        Ok(())
    }
}

fn id_of(value: &Value) -> Option<Uuid> {
    match value {
        Value::Text(text) => Uuid::try_parse(text).ok(),
        _ => None,
    }
}

fn points_to(row: &Row, at: usize, id: Uuid) -> bool {
    row.values().get(at).and_then(id_of) == Some(id)
}

/// The rows that this one's fate is tied to.
fn parents(row: &Row) -> impl Iterator<Item = Uuid> {
    let hard = row.table().def().references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft);
    hard.filter_map(|(at, _)| row.values().get(at).and_then(id_of))
}

/// As in SQL: a key with a null in it is held by nobody.
fn unique_keys(row: &Row) -> impl Iterator<Item = (usize, String)> {
    let table = row.table().def();
    table.unique.iter().enumerate().filter_map(|(at, columns)| {
        let mut key = String::new();
        for column in *columns {
            match row.get(column) {
                Value::Null => return None,
                Value::Text(text) => key.push_str(text),
                Value::Int(int) => key.push_str(&int.to_string()),
                Value::Real(real) => key.push_str(&real.to_bits().to_string()),
                Value::Blob(_) => return None,
            }
            key.push('\0');
        }
        Some((at, key))
    })
}
