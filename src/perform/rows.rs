//! Cues as rows of their venue, both ways, and what people do with them.

use uuid::Uuid;

use super::model::{Pad, Press};
use crate::document::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId, Value};
use crate::score::rows::{blend_name, blend_named};

const TABLE: TableId = TableId::Cues;

pub fn pad(row: &Row) -> Result<Pad, BadRow> {
    let blend = row.text("blend_mode")?;
    let press = row.text("mode")?;
    let known = Press::ALL.iter().find(|(_, name)| *name == press).map(|(press, _)| *press);
    Ok(Pad {
        id: row.id(),
        name: row.text("name")?.to_owned(),
        pattern: row.uuid("pattern_id")?,
        args: row.json("args_json")?,
        z: row.int("z_index")?.clamp(i32::MIN.into(), i32::MAX.into()) as i32,
        blend: blend_named(blend).ok_or_else(|| row.bad("blend_mode", format!("there is no mode {blend}")))?,
        bars: row.real("bars")?,
        press: known.ok_or_else(|| row.bad("mode", format!("there is no mode {press}")))?,
    })
}

fn columns(pad: &Pad) -> [(&'static str, Value); 7] {
    [
        ("name", pad.name.as_str().into()),
        ("pattern_id", pad.pattern.into()),
        ("args_json", serde_json::to_string(&pad.args).map_or(Value::Null, Value::from)),
        ("z_index", i64::from(pad.z).into()),
        ("blend_mode", blend_name(pad.blend).into()),
        ("bars", pad.bars.into()),
        ("mode", pad.press.name().into()),
    ]
}

/// A new one, at a place among the others.
pub fn add(venue: Uuid, pad: &Pad, place: usize) -> Result<Transaction, BadRow> {
    let set = [("id", pad.id.into()), ("venue_id", venue.into()), ("display_order", (place as i64).into())];
    Ok(Transaction::new(format!("Add the cue {}", pad.name)).put(Row::new(TABLE, set.into_iter().chain(columns(pad)))?))
}

pub fn set(pad: &Pad) -> Transaction {
    Transaction::new(format!("Set the cue {}", pad.name)).set(TABLE, pad.id, columns(pad)).grouped(format!("cue {}", pad.id))
}

pub fn delete(pad: &Pad) -> Transaction {
    Transaction::new(format!("Delete the cue {}", pad.name)).delete(TABLE, pad.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;

    #[test]
    fn a_cue_comes_back_from_its_row_and_is_undone() {
        let (venue, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut document = Document::default();
        let rows = [
            Row::new(TableId::Venues, [("id", venue.into()), ("name", "V".into())]).unwrap(),
            Row::new(TableId::Patterns, [("id", pattern.into()), ("name", "P".into())]).unwrap(),
        ];
        document.edit(&Transaction::new("Build").put_all(rows)).unwrap();
        let wanted = Pad { id: Uuid::from_u128(3), name: "Blind".into(), pattern, z: 7, bars: 2.0, press: Press::Hold, ..Pad::default() };
        document.edit(&add(venue, &wanted, 0).unwrap()).unwrap();
        let read = |document: &Document| document.ground().children(venue, TABLE).map(|row| pad(row).unwrap()).collect::<Vec<_>>();
        assert_eq!(read(&document), std::slice::from_ref(&wanted));
        document.edit(&set(&Pad { name: "Blinder".into(), ..wanted.clone() })).unwrap();
        document.edit(&delete(&wanted)).unwrap();
        assert_eq!(read(&document), []);
        document.undo().unwrap();
        document.undo().unwrap();
        assert_eq!(read(&document), [wanted]);
    }
}
