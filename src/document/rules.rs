//! Rules of single rows that no column can check alone.  The schema says the same in its own words.

use crate::registry::{BadRow, Row, TableId, Value};

pub(super) fn check(row: &Row) -> Result<(), BadRow> {
    if row.table() == TableId::TrackScores && row.real("end_time")? <= row.real("start_time")? {
        return Err(row.bad("end_time", "must be later than start_time".into()));
    }
    if row.table() == TableId::Fixtures {
        let last = row.int("address")? + row.int("num_channels")? - 1;
        if last > 512 && *row.get("breaks_json") == Value::from("[]") {
            return Err(row.bad("address", format!("the last channel would be {last}, beyond 512")));
        }
    }
    Ok(())
}
