//! Ids of rows that have a natural key: two devices that make the same row offline give it the same id (sync.md 3.3).

use uuid::Uuid;

use super::{TableId, Value};

impl TableId {
    /// The id of the row with these values of the table's natural key, in its order: `UUIDv5` in the namespace of the first
    /// where that is an id, else in the table's own.
    pub fn natural_id(self, key: &[Value]) -> Uuid {
        let (namespace, rest) = match key.split_first() {
            Some((Value::Text(text), rest)) if !rest.is_empty() && Uuid::try_parse(text).is_ok() => {
                (Uuid::try_parse(text).unwrap_or_default(), rest)
            }
            _ => (Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("luma/{}", self.name()).as_bytes()), key),
        };
        let name: Vec<String> = rest.iter().map(word).collect();
        Uuid::new_v5(&namespace, name.join(":").as_bytes())
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Int(int) => int.to_string(),
        Value::Real(real) => real.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_known_by_its_group_fixture_and_head() {
        let (group, fixture) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let id = |head: Value| TableId::FixtureGroupMembers.natural_id(&[group.into(), fixture.into(), head]);
        assert_eq!(id(Value::Null), Uuid::new_v5(&group, format!("{fixture}:-").as_bytes()));
        assert_ne!(id(Value::Null), id(Value::Int(0)));
        assert_eq!(id(Value::Int(3)), id(Value::Int(3)));
    }
}
