//! New fixtures into a venue: several of one kind, named on, addressed together, hung in a row.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{EditError, MAX_COPIES, next_label, patch_error, unit, units};
use crate::document::transaction::Transaction;
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Venue};
use crate::venue::patch::plan;
use crate::venue::rows;

/// What is to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    pub definition: String,
    pub mode: String,
    /// Of the first; the others are counted on.
    pub label: String,
    pub n: usize,
    /// Where to look for addresses from.
    pub from_universe: u16,
    /// Middle of the row, metres.
    pub middle: [f32; 3],
    /// Metres between two.
    pub spacing: f32,
    /// Universe and address of the first, the others behind it; `None` = where they fit best.
    pub at: Option<(u16, u16)>,
}

/// The edit, and the new fixtures' ids in their order.  `new_id` gives a new id each time.
pub fn add(venue: &Venue, library: &Library, new: &New, mut new_id: impl FnMut() -> Uuid) -> Result<(Transaction, Vec<Uuid>), EditError> {
    if new.n > MAX_COPIES {
        return Err(EditError::TooMany);
    }
    let mut labels: BTreeSet<String> = venue.fixtures.iter().map(|fixture| fixture.label.clone()).collect();
    let mut made: Vec<Fixture> = Vec::with_capacity(new.n);
    for at in 0..new.n {
        let free = at == 0 && !labels.contains(&new.label) && new.n == 1;
        let label = if free { new.label.clone() } else { numbered(&labels, &new.label) };
        labels.insert(label.clone());
        let along = (at as f32 - (new.n - 1) as f32 / 2.0) * new.spacing;
        let position = [new.middle[0] + along, new.middle[1], new.middle[2]];
        let (definition, mode) = (new.definition.clone(), new.mode.clone());
        made.push(Fixture { id: new_id(), label, definition, mode, position, ..Fixture::default() });
    }
    let (taken, _) = units(venue, library, &[])?;
    let wanted = made.iter().map(|fixture| unit(fixture, library)).collect::<Result<Vec<_>, _>>()?;
    let placed = match new.at {
        Some((universe, address)) => plan::in_sequence(&taken, &wanted, universe, address),
        None => plan::best_fit(&taken, &wanted, new.from_universe),
    };
    let placed = placed.map_err(|source| patch_error(&wanted, source))?;
    let what = if new.n == 1 { new.label.clone() } else { format!("{} × {}", new.n, new.label) };
    let mut edit = Transaction::new(format!("Add {what}"));
    let mut ids = Vec::with_capacity(made.len());
    for (at, (fixture, placed)) in made.into_iter().zip(placed).enumerate() {
        let fixture = Fixture { universe: placed.universe, address: placed.address, ..fixture };
        ids.push(fixture.id);
        edit = edit.put(rows::fixture_row(venue.id, venue.fixtures.len() + at, &fixture, library)?);
    }
    Ok((edit, ids))
}

/// "Par 1", or the first number after it that is free.
fn numbered(taken: &BTreeSet<String>, label: &str) -> String {
    let ends_in_number = label.ends_with(|sign: char| sign.is_ascii_digit());
    let first = if ends_in_number { label.to_owned() } else { format!("{label} 1") };
    if taken.contains(&first) { next_label(taken, &first) } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;

    fn new(n: usize) -> New {
        let (definition, mode) = ("luma/Luma-Par-RGBW.qxf".into(), "6 Channel".into());
        New { definition, mode, label: "Par".into(), n, from_universe: 1, middle: [0.0, 1.0, 4.0], spacing: 1.0, at: None }
    }

    fn ids() -> impl FnMut() -> Uuid {
        let mut n = 0;
        move || {
            n += 1;
            Uuid::from_u128(n)
        }
    }

    #[test]
    fn ten_pars_are_named_on_and_lie_side_by_side() {
        let library = Library::builtin();
        let empty = Venue { id: Uuid::from_u128(99), ..Venue::default() };
        let (edit, made) = add(&empty, &library, &new(10), ids()).unwrap();
        assert_eq!((edit.label.as_str(), made.len()), ("Add 10 × Par", 10));
        let mut document = crate::document::history::Document::default();
        let row = crate::registry::Row::new(crate::registry::TableId::Venues, [("id", empty.id.into()), ("name", "V".into())]).unwrap();
        document.edit(&Transaction::new("venue").put(row)).unwrap();
        document.edit(&edit).unwrap();
        let mut bad = Vec::new();
        let filled = crate::document::record::venue(document.ground(), empty.id, &mut bad).unwrap();
        let places: Vec<(String, u16, f32)> =
            filled.fixtures.iter().map(|fixture| (fixture.label.clone(), fixture.address, fixture.position[0])).collect();
        assert_eq!((places[0].clone(), places[9].clone()), (("Par 1".into(), 1, -4.5), ("Par 10".into(), 55, 4.5)));
        // Once more: counted on, behind the others.
        let mut more = ids();
        let (edit, _) = add(&filled, &library, &new(1), || Uuid::from_u128(1000 + more().as_u128())).unwrap();
        document.edit(&edit).unwrap();
        let filled = crate::document::record::venue(document.ground(), empty.id, &mut bad).unwrap();
        let last = filled.fixtures.last().unwrap();
        assert_eq!((last.label.as_str(), last.address), ("Par", 61));
        assert!(bad.is_empty());
    }

    #[test]
    fn a_place_that_was_pointed_at_is_taken_or_refused() {
        let club = venue::builtin("club").unwrap();
        let at = |universe, address| add(&club, &Library::builtin(), &New { at: Some((universe, address)), ..new(2) }, ids());
        let (edit, _) = at(40, 100).unwrap();
        let text = format!("{edit:?}");
        assert!(text.contains("Int(40)") && text.contains("Int(100)") && text.contains("Int(106)"), "{text}");
        assert!(at(1, 1).unwrap_err().to_string().contains("Front wash 1"));
    }

    #[test]
    fn what_cannot_be_is_refused_whole() {
        let club = venue::builtin("club").unwrap();
        let unknown = New { definition: "none.qxf".into(), ..new(2) };
        assert!(add(&club, &Library::builtin(), &unknown, ids()).unwrap_err().to_string().contains("none.qxf"));
        assert_eq!(add(&club, &Library::builtin(), &new(5000), ids()).unwrap_err(), EditError::TooMany);
    }
}
