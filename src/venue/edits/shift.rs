//! Fixtures moved along their universe together, as they lie.

use uuid::Uuid;

use super::{EditError, Placed, addresses, fixture, patch_error, units};
use crate::document::transaction::Transaction;
use crate::venue::library::Library;
use crate::venue::model::Venue;
use crate::venue::patch::PatchError;

/// Every one of `ids` by `by` channels, and into `universe` where one is given.  Refused as a whole where one of them would
/// lie on another fixture or run over an end.
pub fn shift(venue: &Venue, library: &Library, ids: &[Uuid], by: i32, universe: Option<u16>) -> Result<Transaction, EditError> {
    let (mut taken, units) = units(venue, library, ids)?;
    let mut placed = Vec::with_capacity(ids.len());
    for unit in &units {
        let before = fixture(venue, unit.id)?;
        let one = std::slice::from_ref(unit);
        let address = u16::try_from(i32::from(before.address) + by).map_err(|_outside| patch_error(one, PatchError::Address(0)))?;
        let universe = universe.unwrap_or(before.universe);
        taken.claim(&unit.label, universe, address, unit.footprint).map_err(|source| patch_error(one, source))?;
        placed.push(Placed { id: unit.id, universe, address });
    }
    Ok(addresses(venue, &placed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;

    #[test]
    fn neighbours_move_together_and_stop_at_whoever_is_in_the_way() {
        let club = venue::builtin("club").unwrap();
        let library = Library::builtin();
        // Strobes 3 and 4 lie at 131 and 134, the DJ ring from 137 on, the hazer at 511.
        let ids: Vec<Uuid> =
            club.fixtures.iter().filter(|one| ["Strobe 3", "Strobe 4"].contains(&one.label.as_str())).map(|one| one.id).collect();
        let text = format!("{:?}", shift(&club, &library, &ids, 200, None).unwrap());
        assert!(text.contains("Int(331)") && text.contains("Int(334)"), "{text}");
        assert!(shift(&club, &library, &ids, 3, None).unwrap_err().to_string().contains("DJ ring 1"));
        assert!(shift(&club, &library, &ids, 376, None).unwrap_err().to_string().contains("Hazer"));
        assert!(shift(&club, &library, &ids, -200, None).unwrap_err().to_string().contains("counted from 1"));
        let text = format!("{:?}", shift(&club, &library, &ids, 0, Some(9)).unwrap());
        assert!(text.contains("Int(9)") && text.contains("Int(131)"), "{text}");
    }
}
