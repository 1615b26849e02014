//! What a transaction did: every row it changed, before and after.  A step can be taken back and taken again.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::ground::{Ground, Key};
use super::transaction::{Op, Transaction};
use crate::registry::{Row, TableId, Value};

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub table: TableId,
    pub id: Uuid,
    /// `None` where the row is new.
    pub before: Option<Row>,
    /// `None` where the row is gone.
    pub after: Option<Row>,
}

/// Changes are sorted by table (parents first), then id; each row occurs once.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub label: String,
    pub group: Option<String>,
    pub changes: Vec<Change>,
}

impl Step {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// This step and then `next`, as one.
    pub fn then(self, next: Self) -> Self {
        let mut rows: BTreeMap<Key, Change> = self.changes.into_iter().map(|change| ((change.table, change.id), change)).collect();
        for change in next.changes {
            match rows.get_mut(&(change.table, change.id)) {
                Some(first) => first.after = change.after,
                None => drop(rows.insert((change.table, change.id), change)),
            }
        }
        let changes = rows.into_values().filter(|change| change.before != change.after).collect();
        Self { label: next.label, group: next.group, changes }
    }

    /// The edit that takes this step back in `ground` as it is now.
    pub fn undo(&self, ground: &Ground) -> Transaction {
        self.replay(ground, self.changes.iter().map(|change| (change, &change.after, &change.before)))
    }

    /// The edit that does it again.
    pub fn redo(&self, ground: &Ground) -> Transaction {
        self.replay(ground, self.changes.iter().map(|change| (change, &change.before, &change.after)))
    }

    /// From one image of each row to the other.  Only the columns that differ are set, so that what others (another
    /// device, a pull) have changed in the same row since stays; a row that is gone meanwhile comes back whole where
    /// the step made or changed it.
    fn replay<'a>(&'a self, ground: &Ground, changes: impl Iterator<Item = (&'a Change, &'a Option<Row>, &'a Option<Row>)>) -> Transaction {
        let mut transaction = Transaction::new(self.label.clone());
        for (change, from, to) in changes {
            let &Change { table, id, .. } = change;
            let now = ground.get(table, id);
            match (to, from, now) {
                (Some(to), Some(from), Some(_)) => {
                    let columns = differing(table, from, to);
                    transaction.ops.push(Op::Set { table, id, columns });
                }
                (Some(to), _, _) => transaction.ops.push(Op::Put(to.clone())),
                (None, _, Some(_)) => transaction.ops.push(Op::Delete { table, id }),
                (None, _, None) => {}
            }
        }
        // Parents are put before children by the order of tables; children must be gone before their parents.
        let (mut deletes, mut rest): (Vec<Op>, Vec<Op>) = transaction.ops.into_iter().partition(|op| matches!(op, Op::Delete { .. }));
        deletes.reverse();
        rest.append(&mut deletes);
        transaction.ops = rest;
        transaction
    }
}

fn differing(table: TableId, from: &Row, to: &Row) -> Vec<(String, Value)> {
    let columns = table.def().columns.iter().zip(from.values().iter().zip(to.values()));
    columns.filter(|(_, (from, to))| from != to).map(|(column, (_, to))| (column.name.to_owned(), to.clone())).collect()
}
