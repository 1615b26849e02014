//! Plain edits that mend what a check found.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::document::transaction::Transaction;
use crate::registry::TableId;
use crate::venue::edits::{self, EditError, grouping};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Group, Venue};
use crate::venue::patch::is_group_name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    Move {
        fixture: Uuid,
        universe: u16,
        address: u16,
    },
    /// To the best place from this universe on.
    BestPlace {
        fixture: Uuid,
        from: u16,
    },
    /// Another mode of the same definition.
    Mode {
        fixture: Uuid,
        definition: String,
        mode: String,
    },
    /// Members that name nobody go.
    DropGhosts {
        group: Uuid,
    },
    Rename {
        group: Uuid,
        name: String,
    },
}

impl Remedy {
    /// What a button says.
    pub fn words(&self) -> String {
        match self {
            Self::Move { universe, address, .. } => format!("Move to {universe}.{address:03}"),
            Self::BestPlace { .. } => "Find a place".to_owned(),
            Self::Mode { mode, .. } => format!("Use mode \"{mode}\""),
            Self::DropGhosts { .. } => "Take them out of the group".to_owned(),
            Self::Rename { name, .. } => format!("Call it {name}"),
        }
    }

    /// The edit, for the venue as it is now.
    pub fn transaction(&self, venue: &Venue, library: &Library) -> Result<Transaction, EditError> {
        match self {
            Self::Move { fixture, universe, address } => edits::readdress(venue, library, &[*fixture], *universe, *address),
            Self::BestPlace { fixture, from } => edits::auto_address(venue, library, &[*fixture], *from),
            Self::Mode { fixture, definition, mode } => edits::change_definition(venue, library, &[*fixture], definition, mode),
            Self::DropGhosts { group } => {
                let known: BTreeSet<Uuid> = venue.fixtures.iter().map(|fixture| fixture.id).collect();
                let group = venue.groups.iter().find(|one| one.id == *group);
                Ok(group
                    .map_or_else(|| Transaction::new(""), |group| grouping::drop_members(group, |member| !known.contains(&member.fixture))))
            }
            Self::Rename { group, name } => Ok(Transaction::new(format!("Rename a group to {name}")).set(
                TableId::FixtureGroups,
                *group,
                [("name", name.as_str().into())],
            )),
        }
    }
}

/// The definition is there and the mode is not: the mode whose name is most alike.
pub(super) fn of_definition(fixture: &Fixture, library: &Library) -> Option<Remedy> {
    let definition = library.definition(&fixture.definition).ok()?;
    let wanted = words(&fixture.mode);
    let alike = |name: &str| words(name).intersection(&wanted).count();
    // The first of those that are as alike.
    let mode = definition.modes.iter().rev().max_by_key(|mode| alike(&mode.name))?;
    let (definition, mode) = (fixture.definition.clone(), mode.name.clone());
    (mode != fixture.mode).then_some(Remedy::Mode { fixture: fixture.id, definition, mode })
}

fn words(name: &str) -> BTreeSet<String> {
    name.to_lowercase().split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Groups are told of by name alone.
pub(super) fn of_group(venue: &Venue, text: &str) -> Option<Remedy> {
    let group = venue.groups.iter().find(|group| text.starts_with(&format!("Group \"{}\"", group.name)))?;
    if text.contains(" names fixture ") {
        return Some(Remedy::DropGhosts { group: group.id });
    }
    (!is_group_name(&group.name)).then(|| Remedy::Rename { group: group.id, name: plain(venue, group) })
}

/// A name that scores can use, as near to the old one as that can be, and not taken.
fn plain(venue: &Venue, group: &Group) -> String {
    let plain: String = group.name.to_lowercase().chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    let stem = if is_group_name(plain) { plain.to_owned() } else { format!("group_{plain}").trim_end_matches('_').to_owned() };
    let taken = |name: &String| venue.groups.iter().any(|other| other.id != group.id && other.name == *name);
    let counted = (2_u32..).map(|number| format!("{stem}_{number}"));
    std::iter::once(stem.clone()).chain(counted).find(|name| !taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;
    use crate::document::record;
    use crate::venue::check::troubles;
    use crate::venue::model::Member;
    use crate::venue::rows;

    fn lamp(n: u128, mode: &str, universe: u16, address: u16) -> Fixture {
        let definition = "luma/Luma-Par-RGB.qxf".to_owned();
        Fixture {
            id: Uuid::from_u128(n),
            label: format!("Par {n}"),
            definition,
            mode: mode.into(),
            universe,
            address,
            ..Fixture::default()
        }
    }

    fn room(fixtures: Vec<Fixture>, groups: Vec<Group>) -> Venue {
        Venue { id: Uuid::from_u128(1000), name: "Room".into(), fixtures, groups, ..Venue::default() }
    }

    #[test]
    fn everything_that_an_edit_can_mend_has_a_remedy_in_words() {
        let library = Library::builtin();
        let mode = "3 Channel";
        let ghost = Member { fixture: Uuid::from_u128(99), head: None };
        let group = |n: u128, name: &str, members| Group { id: Uuid::from_u128(n), name: name.into(), members, ..Group::default() };
        let lamps = vec![lamp(1, mode, 1, 1), lamp(2, mode, 1, 3), lamp(3, mode, 1, 511), lamp(4, "3 Chan", 2, 1), lamp(5, mode, 0, 7)];
        let groups = vec![group(11, "ghosts", vec![ghost]), group(12, "Front Row!", Vec::new()), group(13, "front_row", Vec::new())];
        let venue = room(lamps, groups);
        let mut said = Vec::new();
        for trouble in troubles(&venue, &library) {
            let remedy = trouble.remedy.unwrap_or_else(|| panic!("nothing mends {}", trouble.text));
            let edit = remedy.transaction(&venue, &library).unwrap();
            assert!(!edit.ops.is_empty() && !edit.label.is_empty(), "{edit:?}");
            said.push(remedy.words());
        }
        for words in ["Move to 1.004", "Find a place", "Use mode \"3 Channel\"", "Take them out of the group", "Call it front_row_2"] {
            assert!(said.iter().any(|one| one == words), "{words} is not among {said:?}");
        }
    }

    #[test]
    fn remedies_taken_one_after_the_other_leave_nothing_wrong() {
        let library = Library::builtin();
        let mode = "3 Channel";
        let venue = room(vec![lamp(1, mode, 1, 1), lamp(2, mode, 1, 3), lamp(4, "3 Chan", 2, 1)], Vec::new());
        let mut document = Document::default();
        document.edit(&Transaction::new("open").put_all(rows::rows(&venue, &library).unwrap())).unwrap();
        let mut taken = 0;
        loop {
            let mut bad = Vec::new();
            let now = record::venue(document.ground(), venue.id, &mut bad).unwrap();
            let Some(trouble) = troubles(&now, &library).into_iter().next() else { break };
            let edit = trouble.remedy.expect("each has one").transaction(&now, &library).unwrap();
            document.edit(&edit).unwrap();
            taken += 1;
            assert!(taken < 10, "{} stays", trouble.text);
        }
        assert_eq!(taken, 2);
    }
}
