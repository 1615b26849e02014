//! What people do to a patch, as transactions: re-address, copy, set options, change mode or definition.
//!
//! Records in, a [`Transaction`] out; nothing here changes anything.  An edit that cannot be is refused as a whole.

pub mod add;
pub mod arrange;
pub mod grouping;
pub mod hang;
pub mod shift;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::library::{Library, LibraryError};
use super::model::{Fixture, Group, Limits, Member, Venue};
use super::patch::plan::{self, Placed, Unit};
use super::patch::{Occupancy, PatchError};
use super::rows;
use super::suggest::Suggestion;
use crate::document::transaction::Transaction;
use crate::engine::dmx::mixer::Mixing;
use crate::engine::rig::curve::DimmerCurve;
use crate::registry::{BadRow, TableId, Value};

/// Copies at once are never more than this.
const MAX_COPIES: usize = 4096;

/// Why an edit cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the venue has no fixture {0} (any more)")]
    NoFixture(Uuid),
    #[error("\"{label}\": {source}")]
    Patch { label: String, source: PatchError },
    #[error("\"{label}\": {source}")]
    Definition { label: String, source: LibraryError },
    #[error("more than {MAX_COPIES} copies at once; copy in parts")]
    TooMany,
    #[error(transparent)]
    Row(#[from] BadRow),
}

/// Addresses counted up from one, in the order of `ids`.
pub fn readdress(venue: &Venue, library: &Library, ids: &[Uuid], universe: u16, address: u16) -> Result<Transaction, EditError> {
    let (taken, units) = units(venue, library, ids)?;
    let placed = plan::in_sequence(&taken, &units, universe, address).map_err(|source| patch_error(&units, source))?;
    Ok(addresses(venue, &placed))
}

/// The best place for fixtures that stay together, from a universe on.
pub fn auto_address(venue: &Venue, library: &Library, ids: &[Uuid], from_universe: u16) -> Result<Transaction, EditError> {
    let (taken, units) = units(venue, library, ids)?;
    let placed = plan::best_fit(&taken, &units, from_universe).map_err(|source| patch_error(&units, source))?;
    Ok(addresses(venue, &placed))
}

fn addresses(venue: &Venue, placed: &[Placed]) -> Transaction {
    let label = match placed {
        [only] => format!("Set the address of {}", label_of(venue, only.id)),
        several => format!("Set the addresses of {} fixtures", several.len()),
    };
    placed.iter().fold(Transaction::new(label), |edit, placed| {
        let columns = [("universe", i64::from(placed.universe).into()), ("address", i64::from(placed.address).into())];
        edit.set(TableId::Fixtures, placed.id, columns)
    })
}

/// Options of the patch that people change on many fixtures at once; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    pub invert_pan: Option<bool>,
    pub invert_tilt: Option<bool>,
    pub swap_pan_tilt: Option<bool>,
    pub pan_offset_deg: Option<f32>,
    pub tilt_offset_deg: Option<f32>,
    pub limits: Option<Limits>,
    pub dimmer_curve: Option<DimmerCurve>,
    pub max_level: Option<f32>,
    pub color_mixing: Option<Mixing>,
}

pub fn set_options(venue: &Venue, ids: &[Uuid], options: &Options) -> Result<Transaction, EditError> {
    let mut edit = Transaction::new(format!("Set options of {}", named(venue, ids)));
    for &id in ids {
        fixture(venue, id)?;
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                edit = std::mem::replace(&mut edit, Transaction::new("")).set(TableId::Fixtures, id, [(name, value)]);
            }
        };
        let real = |number: Option<f32>| number.map(|number| Value::Real(f64::from(number)));
        set("invert_pan", options.invert_pan.map(Value::from));
        set("invert_tilt", options.invert_tilt.map(Value::from));
        set("swap_pan_tilt", options.swap_pan_tilt.map(Value::from));
        set("pan_offset_deg", real(options.pan_offset_deg));
        set("tilt_offset_deg", real(options.tilt_offset_deg));
        set("limits_json", options.limits.as_ref().map(rows::limits_value));
        set("dimmer_curve", options.dimmer_curve.map(|curve| curve.name().into()));
        set("color_mixing", options.color_mixing.map(|mixing| mixing.name().into()));
        set("max_level", real(options.max_level.map(|level| level.clamp(0.0, 1.0))));
    }
    Ok(edit)
}

/// How copies differ from what they are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Copies {
    pub n: usize,
    /// Each copy hangs this much further, in metres.
    pub step: [f32; 3],
    /// Where to look for addresses.
    pub from_universe: u16,
}

/// `n` copies of a range of fixtures: labels counted on, poses a step further each, addresses where they fit together.
/// Groups stay as they are.  `new_id` gives a new id each time.
pub fn clone_range(
    venue: &Venue,
    library: &Library,
    ids: &[Uuid],
    copies: Copies,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Transaction, EditError> {
    if copies.n.saturating_mul(ids.len()) > MAX_COPIES {
        return Err(EditError::TooMany);
    }
    let (mut taken, _) = units(venue, library, &[])?;
    let mut labels: BTreeSet<String> = venue.fixtures.iter().map(|fixture| fixture.label.clone()).collect();
    let mut edit = Transaction::new(format!("Copy {}", named(venue, ids)));
    let mut place = venue.fixtures.len();
    for round in 1..=copies.n {
        let mut made = Vec::with_capacity(ids.len());
        for &id in ids {
            let original = fixture(venue, id)?;
            let position = std::array::from_fn(|axis| original.position[axis] + copies.step[axis] * round as f32);
            let copy = Fixture { id: new_id(), label: next_label(&labels, &original.label), position, ..original.clone() };
            labels.insert(copy.label.clone());
            made.push(copy);
        }
        let units = made.iter().map(|copy| unit(copy, library)).collect::<Result<Vec<_>, _>>()?;
        let placed = plan::best_fit(&taken, &units, copies.from_universe).map_err(|source| patch_error(&units, source))?;
        for ((mut copy, placed), unit) in made.into_iter().zip(placed).zip(&units) {
            taken.claim(&unit.label, placed.universe, placed.address, unit.footprint).map_err(|source| patch_error(&units, source))?;
            (copy.universe, copy.address) = (placed.universe, placed.address);
            edit = edit.put(rows::fixture_row(venue.id, place, &copy, library)?);
            place += 1;
        }
    }
    Ok(edit)
}

/// "Par 3" of "Par 1" where there is a "Par 2".
fn next_label(taken: &BTreeSet<String>, label: &str) -> String {
    let stem = label.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let number = label[stem.len()..].parse::<u32>().unwrap_or(1);
    let stem = if stem.is_empty() || stem.ends_with([' ', '-', '_', '.', '#']) || stem.len() < label.len() {
        stem.to_owned()
    } else {
        format!("{stem} ")
    };
    (number.saturating_add(1)..).map(|number| format!("{stem}{number}")).find(|label| !taken.contains(label)).unwrap_or_default()
}

/// Labels counted up in the order of `ids`: "Par 1", "Par 2".  Numbers that others have are passed over.
pub fn relabel(venue: &Venue, ids: &[Uuid], stem: &str, first: u32) -> Result<Transaction, EditError> {
    if ids.len() > MAX_COPIES {
        return Err(EditError::TooMany);
    }
    let others = venue.fixtures.iter().filter(|fixture| !ids.contains(&fixture.id));
    let mut taken: BTreeSet<String> = others.map(|fixture| fixture.label.clone()).collect();
    let mut edit = Transaction::new(format!("Name {}", named(venue, ids)));
    let stem = stem.trim_end();
    for &id in ids {
        fixture(venue, id)?;
        let label = (first..).map(|number| format!("{stem} {number}")).find(|label| !taken.contains(label)).unwrap_or_default();
        edit = edit.set(TableId::Fixtures, id, [("label", label.trim_start().into())]);
        taken.insert(label);
    }
    Ok(edit)
}

/// Suggested groups as groups of the venue, behind those that are there.  `new_id` gives a new id each time.
pub fn make_groups(venue: &Venue, suggestions: &[Suggestion], mut new_id: impl FnMut() -> Uuid) -> Result<Transaction, EditError> {
    let label = match suggestions {
        [only] => format!("Make group {}", only.group.name),
        several => format!("Make {} groups", several.len()),
    };
    let mut edit = Transaction::new(label);
    for (at, suggestion) in suggestions.iter().enumerate() {
        let group = Group { id: new_id(), ..suggestion.group.clone() };
        edit = edit.put_all(rows::group_rows(venue.id, venue.groups.len() + at, &group)?);
    }
    Ok(edit)
}

/// Another mode, or another device in the same place.  Pose, label, options and groups stay; heads that groups name become
/// those at the same place of the new mode; the address stays where it can, else the best one near it is taken.
pub fn change_definition(venue: &Venue, library: &Library, ids: &[Uuid], definition: &str, mode: &str) -> Result<Transaction, EditError> {
    let mut edit = Transaction::new(format!("Change the mode of {}", named(venue, ids)));
    // What they are now need not be known: swapping is how a definition that is gone is replaced.
    let mut taken = occupied(venue, library, ids);
    let mut n_heads = BTreeMap::new();
    let mut moved = Vec::new();
    for &id in ids {
        let before = fixture(venue, id)?;
        let after = Fixture { definition: definition.to_owned(), mode: mode.to_owned(), ..before.clone() };
        let unit = unit(&after, library)?;
        let new = heads(&after, library)?;
        // Where the old definition is gone nobody can tell which head was which: they stay as they are.
        let old = heads(before, library).unwrap_or(new);
        n_heads.insert(id, (old, new));
        let read = library.definition(definition).map_err(|source| EditError::Definition { label: before.label.clone(), source })?;
        let columns = [
            ("fixture_path", definition.into()),
            ("mode_name", mode.into()),
            ("num_channels", i64::from(unit.footprint).into()),
            ("manufacturer", read.manufacturer.as_str().into()),
            ("model", read.model.as_str().into()),
        ];
        edit = edit.set(TableId::Fixtures, id, columns);
        if taken.claim(&unit.label, before.universe, before.address, unit.footprint).is_err() {
            moved.push((before.universe, unit));
        }
    }
    for (universe, unit) in moved {
        let one = std::slice::from_ref(&unit);
        let placed = plan::best_fit(&taken, one, universe.max(1)).map_err(|source| patch_error(one, source))?;
        for Placed { id, universe, address } in placed {
            taken.claim(&unit.label, universe, address, unit.footprint).map_err(|source| patch_error(one, source))?;
            edit = edit.set(TableId::Fixtures, id, [("universe", i64::from(universe).into()), ("address", i64::from(address).into())]);
        }
    }
    for group in &venue.groups {
        edit = regroup(edit, group, &n_heads)?;
    }
    Ok(edit)
}

/// The members of a group after some fixtures have other heads.
fn regroup(mut edit: Transaction, group: &Group, n_heads: &BTreeMap<Uuid, (u16, u16)>) -> Result<Transaction, EditError> {
    let mut members: Vec<Member> = Vec::with_capacity(group.members.len());
    for member in &group.members {
        let changed = n_heads.get(&member.fixture).filter(|(old, new)| old != new);
        let Some((head, (old, new))) = member.head.zip(changed) else {
            members.push(*member);
            continue;
        };
        for head in same_place(head, *old, *new) {
            let moved = Member { fixture: member.fixture, head: Some(head) };
            if !members.contains(&moved) {
                members.push(moved);
            }
        }
    }
    if members == group.members {
        return Ok(edit);
    }
    let row = |(place, member): (usize, &Member)| rows::member_row(group.id, place, member);
    let after = members.iter().enumerate().map(row).collect::<Result<Vec<_>, _>>()?;
    let kept: BTreeSet<Uuid> = after.iter().map(crate::registry::Row::id).collect();
    for before in group.members.iter().enumerate().map(row) {
        let id = before?.id();
        if !kept.contains(&id) {
            edit = edit.delete(TableId::FixtureGroupMembers, id);
        }
    }
    Ok(edit.put_all(after))
}

/// The heads of a body of `new` that lie where head `head` of `old` lay.
fn same_place(head: u16, old: u16, new: u16) -> std::ops::Range<u16> {
    let (head, old, new) = (u32::from(head), u32::from(old.max(1)), u32::from(new));
    if head >= old {
        return 0..0;
    }
    let first = head * new / old;
    let past = ((head + 1) * new / old).max(first + 1);
    first as u16..past as u16
}

/// What everybody but `ids` holds, and what `ids` need.
fn units(venue: &Venue, library: &Library, ids: &[Uuid]) -> Result<(Occupancy, Vec<Unit>), EditError> {
    let units = ids.iter().map(|&id| unit(fixture(venue, id)?, library)).collect::<Result<_, _>>()?;
    Ok((occupied(venue, library, ids), units))
}

/// What everybody but `ids` holds.
fn occupied(venue: &Venue, library: &Library, ids: &[Uuid]) -> Occupancy {
    let mut taken = Occupancy::default();
    let ids: BTreeSet<&Uuid> = ids.iter().collect();
    for other in venue.fixtures.iter().filter(|other| !ids.contains(&other.id)) {
        if let Ok(unit) = unit(other, library) {
            // Whoever is in somebody's way already is told at the patch, not here.
            taken.claim(&unit.label, other.universe, other.address, unit.footprint).unwrap_or_default();
        }
    }
    taken
}

fn unit(fixture: &Fixture, library: &Library) -> Result<Unit, EditError> {
    let kind = library.kind(&fixture.definition, &fixture.mode);
    let kind = kind.map_err(|source| EditError::Definition { label: fixture.label.clone(), source })?;
    Ok(Unit { id: fixture.id, label: fixture.label.clone(), footprint: kind.footprint })
}

fn heads(fixture: &Fixture, library: &Library) -> Result<u16, EditError> {
    let kind = library.kind(&fixture.definition, &fixture.mode);
    let kind = kind.map_err(|source| EditError::Definition { label: fixture.label.clone(), source })?;
    Ok(kind.head_offsets.len() as u16)
}

fn fixture(venue: &Venue, id: Uuid) -> Result<&Fixture, EditError> {
    venue.fixtures.iter().find(|fixture| fixture.id == id).ok_or(EditError::NoFixture(id))
}

fn label_of(venue: &Venue, id: Uuid) -> String {
    fixture(venue, id).map_or_else(|_| id.to_string(), |fixture| fixture.label.clone())
}

fn named(venue: &Venue, ids: &[Uuid]) -> String {
    if let [only] = ids { label_of(venue, *only) } else { format!("{} fixtures", ids.len()) }
}

fn patch_error(units: &[Unit], source: PatchError) -> EditError {
    let label = match units {
        [only] => only.label.clone(),
        several => format!("{} fixtures", several.len()),
    };
    EditError::Patch { label, source }
}

#[cfg(test)]
mod tests;
