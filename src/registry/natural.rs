//! Ids of rows that have a natural key: the same row made twice, on two devices that never met, has one id (sync.md 3.3).
//!
//! Persisted: what is hashed, and how, must never change.

use uuid::Uuid;

use super::{Row, Value};

/// The id that follows from the row's natural key; `None` where its table has none, or the key is incomplete.
///
/// The first column of the key is the namespace where it is an id (a track's owner, a member's group); else the table is.
/// The others are joined by colons, "none" standing for a null.
pub fn natural_id(row: &Row) -> Option<Uuid> {
    let table = row.table().def();
    let (first, others) = table.natural_key.split_first()?;
    let (namespace, named) = match row.uuid(first) {
        Ok(id) => (id, others),
        Err(_) => (Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("luma/{}", table.name).as_bytes()), table.natural_key),
    };
    let mut name = String::new();
    for column in named {
        if !name.is_empty() {
            name.push(':');
        }
        match row.get(column) {
            Value::Null => name.push_str("none"),
            Value::Int(int) => name.push_str(&int.to_string()),
            Value::Text(text) => name.push_str(text),
            Value::Real(_) | Value::Blob(_) => return None,
        }
    }
    Some(Uuid::new_v5(&namespace, name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::TableId;

    #[test]
    fn the_same_key_gives_the_same_id_and_a_null_is_part_of_it() {
        let (group, fixture) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let member = |id: u128, head: Option<i64>| {
            let set = [
                ("id", Uuid::from_u128(id).into()),
                ("group_id", group.into()),
                ("fixture_id", fixture.into()),
                ("head_idx", head.into()),
            ];
            natural_id(&Row::new(TableId::FixtureGroupMembers, set).unwrap()).unwrap()
        };
        assert_eq!(member(7, None), member(8, None));
        assert_eq!(member(7, None), Uuid::new_v5(&group, format!("{fixture}:none").as_bytes()));
        assert_ne!(member(7, None), member(7, Some(0)));
        assert_ne!(member(7, Some(1)), member(7, Some(0)));
    }

    #[test]
    fn a_name_alone_is_known_by_its_table() {
        let category = |name: &str| {
            let set = [("id", Uuid::from_u128(1).into()), ("name", name.into())];
            natural_id(&Row::new(TableId::PatternCategories, set).unwrap())
        };
        assert_eq!(category("Wash"), category("Wash"));
        assert_ne!(category("Wash"), category("Beam"));
        let venue = Row::new(TableId::Venues, [("id", Uuid::from_u128(1).into()), ("name", "Club".into())]).unwrap();
        assert_eq!(natural_id(&venue), None);
    }
}
