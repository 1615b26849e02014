//! The triggers that note every change for sync, made from the registry (sync.md 3.4).
//!
//! A captured row has at most one operation a remote in `pending_ops`, however often it changes.  The operation holds the row's
//! key and its image before the first change, as that remote knows it; what is sent is read from the row when it is sent.
//!
//! - A write made while `sync_guard.applying` is 1 is the remote's own, coming in: it is not noted.
//! - An update that changes no shared column is not noted; so the `<table>_updated_at` trigger, which only counts and
//!   stamps, notes nothing either.
//! - A row that was made and deleted before anything was sent leaves nothing.  One that may have been sent (`ver` is minted
//!   before sending) leaves a delete.
//! - A row that is deleted and made again, or that the remote knows as deleted, is updated.
//! - A row whose id changes (ids of natural keys do at the first login) is a row deleted and a row made.
//! - An operation that was quarantined is tried again once its row changes.
//! - `uid` is who is signed in.  The remotes are those of `sync_remotes`, in which `cloud` stands from the start.
//!
//! The names are the auto-sync seed's, which set a dirty flag; here, a row is dirty when it has an operation.

use super::image;
use crate::registry::{Table, TableId};

/// Name and statement of each trigger, in the registry's order.
pub(super) fn triggers() -> Vec<(String, String)> {
    let tables = TableId::all().map(TableId::def).filter(|table| table.kind.is_captured());
    tables.flat_map(|table| [insert(table), update(table), delete(table), rekey(table)]).collect()
}

const UNGUARDED: &str = "(SELECT applying FROM sync_guard) = 0";

fn trigger(table: &Table, what: &str, event: &str, when: &str, body: &str) -> (String, String) {
    let name = format!("{}_set_needs_sync_{what}", table.name);
    let sql = format!("CREATE TRIGGER {name} AFTER {event} ON {} FOR EACH ROW WHEN {when}\nBEGIN\n{body}END", table.name);
    (name, sql)
}

fn insert(table: &Table) -> (String, String) {
    trigger(table, "insert", "INSERT", UNGUARDED, &made(table))
}

fn update(table: &Table) -> (String, String) {
    let columns: Vec<&str> = table.shared_columns().map(|(_, column)| column.name).filter(|name| *name != "id").collect();
    let differs: Vec<String> = columns.iter().map(|column| format!("OLD.\"{column}\" IS NOT NEW.\"{column}\"")).collect();
    let event = format!("UPDATE OF {}", super::rows::quoted(&columns));
    let when = format!("{UNGUARDED} AND OLD.id IS NEW.id AND ({})", differs.join(" OR "));
    let name = table.name;
    let body = format!(
        "    UPDATE pending_ops SET seq = seq + 1, uid = {USER}, op = iif(op = 'delete', 'update', op), {RETRY}
    WHERE row_id = NEW.id AND tbl = '{name}';
    INSERT INTO pending_ops (remote, uid, tbl, row_id, op, base)
    SELECT remote, {USER}, '{name}', NEW.id, 'update', {base} FROM sync_remotes {THE_OTHERS};\n",
        base = image::sql(table, "OLD"),
    );
    trigger(table, "update", &event, &when, &body)
}

fn delete(table: &Table) -> (String, String) {
    trigger(table, "delete", "DELETE", UNGUARDED, &gone(table))
}

fn rekey(table: &Table) -> (String, String) {
    let when = format!("{UNGUARDED} AND OLD.id IS NOT NEW.id");
    trigger(table, "rekey", "UPDATE OF id", &when, &(gone(table) + &made(table)))
}

const USER: &str = "(SELECT uid FROM sync_guard)";
const RETRY: &str = "state = iif(state = 'quarantined', 'ready', state)";

/// Those remotes for which the statement before found no operation.  Looking into `pending_ops` instead, which is written
/// to, would make `SQLite` collect the new rows in a table of their own first.
const THE_OTHERS: &str = "WHERE changes() < (SELECT count(*) FROM sync_remotes) ON CONFLICT DO NOTHING";

/// The row `NEW` is there now.
fn made(table: &Table) -> String {
    format!(
        "    INSERT INTO pending_ops (remote, uid, tbl, row_id, op, base)
    SELECT r.remote, {USER}, '{name}', NEW.id, iif(s.row_id IS NULL, 'insert', 'update'), s.image
    FROM sync_remotes AS r
    LEFT JOIN sync_rows AS s ON s.remote = r.remote AND s.tbl = '{name}' AND s.row_id = NEW.id WHERE true
    ON CONFLICT (remote, tbl, row_id) DO UPDATE SET
        seq = seq + 1, uid = excluded.uid, op = iif(op = 'delete', iif(base IS NULL, 'insert', 'update'), op), {RETRY};\n",
        name = table.name,
    )
}

/// The row `OLD` is gone.  An operation is for nothing (`none`) where the row was made here and nothing of it was sent: there
/// is neither a version minted nor an unanswered write.
fn gone(table: &Table) -> String {
    format!(
        "    UPDATE pending_ops SET seq = seq + 1, uid = {USER}, {RETRY},
        op = iif(op = 'insert' AND ver IS NULL AND NOT EXISTS (SELECT 1 FROM sent_ops AS s
            WHERE s.remote = pending_ops.remote AND s.tbl = '{name}' AND s.row_id = OLD.id), 'none', 'delete')
    WHERE row_id = OLD.id AND tbl = '{name}';
    INSERT INTO pending_ops (remote, uid, tbl, row_id, op, base)
    SELECT remote, {USER}, '{name}', OLD.id, 'delete', {base} FROM sync_remotes {THE_OTHERS};
    DELETE FROM pending_ops WHERE row_id = OLD.id AND tbl = '{name}' AND op = 'none';\n",
        name = table.name,
        base = image::sql(table, "OLD"),
    )
}
