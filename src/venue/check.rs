//! Everything that is wrong with a venue, at once and in words: what overlaps or runs over the end, what has no definition,
//! groups that name nobody.  What a plain edit mends comes with that edit.

pub mod remedy;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::library::Library;
use super::lower;
use super::model::{Fixture, Venue};
use super::patch::clashes::{self, Fault, Patched};
use super::patch::{Occupancy, PatchError};
use remedy::Remedy;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Who it is about; nobody where it is a group.
    pub fixtures: Vec<Uuid>,
    /// Universe, first and last channel that several want.
    pub channels: Option<(u16, u16, u16)>,
    /// A whole sentence with labels and what to do.
    pub text: String,
    /// What would mend it.
    pub remedy: Option<Remedy>,
}

/// In the order of universes, then what has no place, then groups.
pub fn troubles(venue: &Venue, library: &Library) -> Vec<Trouble> {
    let mut patched = Vec::new();
    let mut taken = Occupancy::default();
    let mut troubles = Vec::new();
    for fixture in &venue.fixtures {
        let &Fixture { id, universe, address, .. } = fixture;
        match library.kind(&fixture.definition, &fixture.mode) {
            Ok(kind) => {
                patched.push(Patched { id, universe, address, footprint: kind.footprint });
                // Who comes second is in somebody's way; that is told below.
                taken.claim(&fixture.label, universe, address, kind.footprint).unwrap_or_default();
            }
            Err(error) => {
                let text = format!("{}: {error}", name(fixture));
                troubles.push(Trouble { fixtures: vec![id], channels: None, text, remedy: remedy::of_definition(fixture, library) });
            }
        }
    }
    let fixtures: BTreeMap<Uuid, &Fixture> = venue.fixtures.iter().map(|fixture| (fixture.id, fixture)).collect();
    let called = |id: Uuid| fixtures.get(&id).map_or_else(|| id.to_string(), |fixture| name(fixture));
    let footprint = |id: Uuid| patched.iter().find(|patched| patched.id == id).map_or(0, |patched| patched.footprint);
    let found = clashes::faults(&patched).into_iter().map(|fault| match fault {
        Fault::Clash { fixtures: (one, other), universe, first, last } => {
            let channels = if first == last { format!("channel {first}") } else { format!("channels {first}-{last}") };
            let free = taken.free(universe, footprint(other));
            let remedy = free.map_or_else(
                || "one of them has to go to another universe".to_owned(),
                |(universe, address)| format!("{} fits at {universe}.{address}", called(other)),
            );
            let text = format!("Universe {universe}, {channels}: {} and {} both listen there; {remedy}", called(one), called(other));
            let remedy = free.map(|(universe, address)| Remedy::Move { fixture: other, universe, address });
            Trouble { fixtures: vec![one, other], channels: Some((universe, first, last)), text, remedy }
        }
        Fault::Place { fixture, why } => {
            let channels = match &why {
                PatchError::PastEnd { universe, address, .. } => Some((*universe, *address, 512)),
                _ => None,
            };
            let from = fixtures.get(&fixture).map_or(1, |fixture| fixture.universe.clamp(1, super::patch::MAX_UNIVERSE));
            let remedy = (why != PatchError::Empty).then_some(Remedy::BestPlace { fixture, from });
            Trouble { fixtures: vec![fixture], channels, text: format!("{}: {why}", called(fixture)), remedy }
        }
    });
    let mut all: Vec<Trouble> = found.collect();
    all.sort_by_key(|trouble| trouble.channels.unwrap_or((u16::MAX, 0, 0)));
    all.append(&mut troubles);
    let (_, problems) = lower::rig(venue, library);
    let known = |id: Uuid| all.iter().any(|trouble| trouble.fixtures.contains(&id));
    let rest: Vec<Trouble> = problems
        .into_iter()
        .filter(|problem| problem.fixture.is_none_or(|id| !known(id)))
        .map(|problem| {
            let remedy = remedy::of_group(venue, &problem.text);
            Trouble { fixtures: problem.fixture.into_iter().collect(), channels: None, text: problem.text, remedy }
        })
        .collect();
    all.extend(rest);
    all
}

fn name(fixture: &Fixture) -> String {
    if fixture.label.is_empty() {
        format!("the fixture at {}.{}", fixture.universe, fixture.address)
    } else {
        format!("\"{}\"", fixture.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::model::{Group, Member};

    #[test]
    fn clashes_overruns_missing_definitions_and_empty_groups_are_told_together() {
        let fixture = |n: u128, definition: &str, universe, address| Fixture {
            id: Uuid::from_u128(n),
            label: format!("Par {n}"),
            definition: definition.into(),
            mode: "3 Channel".into(),
            universe,
            address,
            ..Fixture::default()
        };
        let par = "luma/Luma-Par-RGB.qxf";
        let member = Member { fixture: Uuid::from_u128(99), head: None };
        let venue = Venue {
            fixtures: vec![
                fixture(1, par, 1, 1),
                fixture(2, par, 1, 3),
                fixture(3, par, 1, 511),
                fixture(4, "luma/none.qxf", 1, 100),
                fixture(5, par, 0, 7),
            ],
            groups: vec![Group { name: "ghosts".into(), members: vec![member], ..Group::default() }],
            ..Venue::default()
        };
        let told: Vec<String> = troubles(&venue, &Library::builtin()).into_iter().map(|trouble| trouble.text).collect();
        for (at, words) in [
            "Universe 1, channel 3: \"Par 1\" and \"Par 2\" both listen there; \"Par 2\" fits at 1.4",
            "\"Par 3\": at address 511 its 3 channels run past 512",
            "\"Par 5\": universe 0 is none",
            "\"Par 4\": there is no definition \"luma/none.qxf\"",
            "Group \"ghosts\" names fixture",
        ]
        .into_iter()
        .enumerate()
        {
            assert!(told[at].contains(words), "{told:#?}");
        }
        assert_eq!(told.len(), 5, "{told:#?}");
    }
}
