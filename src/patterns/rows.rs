//! Patterns and their implementations as rows, both ways.
//!
//! A pattern may have several graphs; a venue may prefer one of them.  [`chosen`] says which plays.

use uuid::Uuid;

use super::model::Pattern;
use crate::engine::graph::model::Graph;
use crate::registry::{BadRow, Row, TableId, Value};

/// A new pattern with the one implementation it comes with, and its category.
pub fn rows(pattern: &Pattern) -> Result<Vec<Row>, BadRow> {
    let mut rows = Vec::new();
    let mut category = Value::Null;
    if !pattern.category.is_empty() {
        let name = Value::from(pattern.category.as_str());
        category = TableId::PatternCategories.natural_id(std::slice::from_ref(&name)).into();
        rows.push(Row::new(TableId::PatternCategories, [("id", category.clone()), ("name", name)])?);
    }
    let description = Some(pattern.description.as_str()).filter(|text| !text.is_empty());
    rows.push(Row::new(
        TableId::Patterns,
        [("id", pattern.id.into()), ("name", pattern.name.as_str().into()), ("description", description.into()), ("category_id", category)],
    )?);
    rows.push(Row::new(
        TableId::Implementations,
        [
            ("id", Uuid::new_v5(&pattern.id, b"implementation").into()),
            ("pattern_id", pattern.id.into()),
            ("graph_json", serde_json::to_string(&pattern.graph).map_or(Value::Null, Value::from)),
        ],
    )?);
    Ok(rows)
}

/// Which of a pattern's implementations plays: the venue's choice, else the pattern's, else the first by id (ids begin with
/// the time they were made).  A choice that dangles is passed over.
pub fn chosen<'a>(pattern: &Row, over: Option<Uuid>, implementations: impl Iterator<Item = &'a Row>) -> Option<&'a Row> {
    let implementations: Vec<&Row> = implementations.collect();
    let default = pattern.maybe("default_implementation_id", Row::uuid).ok().flatten();
    let named = |wanted: Option<Uuid>| implementations.iter().find(|row| Some(row.id()) == wanted);
    named(over).or_else(|| named(default)).or_else(|| implementations.iter().min_by_key(|row| row.id())).copied()
}

/// A pattern as it plays.  Without an implementation its graph is empty.
pub fn pattern(row: &Row, category: Option<&Row>, implementation: Option<&Row>) -> Result<Pattern, BadRow> {
    let text = |row: &Row, column: &str| row.text(column).map(str::to_owned);
    Ok(Pattern {
        id: row.id(),
        name: text(row, "name")?,
        description: row.maybe("description", text)?.unwrap_or_default(),
        category: category.map(|row| text(row, "name")).transpose()?.unwrap_or_default(),
        graph: implementation.map(|row| row.json::<Graph>("graph_json")).transpose()?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_that_ships_comes_back_from_its_rows_as_it_was() {
        for built_in in crate::patterns::builtin::builtin() {
            let rows = rows(&built_in).unwrap();
            let of = |table| rows.iter().find(|row| row.table() == table);
            let row = of(TableId::Patterns).unwrap();
            let graph = chosen(row, None, rows.iter().filter(|row| row.table() == TableId::Implementations));
            assert_eq!(pattern(row, of(TableId::PatternCategories), graph).unwrap(), built_in);
        }
    }

    #[test]
    fn a_venue_chooses_before_the_pattern_and_a_choice_that_dangles_is_passed_over() {
        let pattern = Row::new(
            TableId::Patterns,
            [("id", Uuid::from_u128(1).into()), ("name", "P".into()), ("default_implementation_id", Uuid::from_u128(12).into())],
        )
        .unwrap();
        let one = |n| Row::new(TableId::Implementations, [("id", Uuid::from_u128(n).into()), ("pattern_id", Uuid::from_u128(1).into())]);
        let all = [one(11).unwrap(), one(12).unwrap(), one(13).unwrap()];
        let choice = |over: Option<u128>| chosen(&pattern, over.map(Uuid::from_u128), all.iter()).map(|row| row.id().as_u128());
        assert_eq!(choice(Some(13)), Some(13));
        assert_eq!(choice(Some(99)), Some(12));
        assert_eq!(choice(None), Some(12));
        assert_eq!(chosen(&pattern, None, all[..1].iter()).map(|row| row.id().as_u128()), Some(11));
        assert_eq!(chosen(&pattern, None, std::iter::empty()), None);
    }
}
