//! Groups: who belongs together, in which order.  Scores name them, so a venue is as good as its groups.

pub mod tree;

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{CollapsingHeader, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Doc, Edit, OnDesk, Place, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::registry::{BadRow, TableId};
use crate::show::plugin::Part;
use crate::venue::edits::grouping;
use crate::venue::model::{Fixture, Group, Member, Movement};
use crate::venue::patch::is_group_name;
use crate::venue::plugin::{Definitions, OpenVenue};
use crate::venue::rows::{group_rows, member_row};
use crate::venue::suggest::{self, Suggestion};

/// The group that is open in the panel: pictures of the room show its movement, as long as the panel is there.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupShown {
    pub name: Option<String>,
    fresh: bool,
}

pub fn forget_shown(mut shown: ResMut<GroupShown>) {
    if !std::mem::take(&mut shown.fresh) {
        shown.name = None;
    }
}

/// What somebody did with groups.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Make(String),
    Rename(Uuid, String),
    Delete(Uuid),
    Select(Uuid),
    /// The selected fixtures join, behind those that are there.
    Join(Uuid),
    Leave(Uuid),
    /// The group at the first place goes before the one at the second.
    OrderGroup(usize, usize),
    /// Within a group, by its place.
    OrderMember {
        group: usize,
        from: usize,
        to: usize,
    },
    /// From one group to a place in another, groups by their places.
    Regroup {
        from: usize,
        member: usize,
        into: usize,
        to: usize,
    },
    Axis(Uuid, usize, Option<f32>),
    /// As typed.
    Tags(Uuid, String),
    Movement(Uuid, Option<Movement>),
    /// The suggestion at this place of the list.
    Take(usize),
    TakeAll,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    groups: Query<(&Place, &Doc<Group>)>,
    fixtures: Query<&Doc<Fixture>>,
    desk: Res<OnDesk>,
    mut selection: ResMut<Selection>,
    (venue, definitions, rig): (OpenVenue, Res<Definitions>, Res<Part<Rig>>),
    (mut state, mut suggested, mut shown): (Local<tree::State>, Local<Vec<Suggestion>>, ResMut<GroupShown>),
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by_key(|(place, group)| (**place, group.id));
    let groups: Vec<&Group> = sorted.iter().map(|(_, doc)| &***doc).collect();
    let labels: BTreeMap<Uuid, &str> = fixtures.iter().map(|fixture| (fixture.id, fixture.label.as_str())).collect();
    let label = |id: Uuid| labels.get(&id).map_or_else(|| "a fixture that is gone".to_owned(), |label| (*label).to_owned());
    let picked: Vec<Uuid> = selection.of(FIXTURES).collect();
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() {
        *suggested = venue.get().map(|venue| suggest::groups(&venue, &definitions.0)).unwrap_or_default();
    }
    let deed = tree::groups_ui(ui, &groups, &label, picked.len(), &mut state).or_else(|| suggested_ui(ui, &suggested));
    shown.fresh = true;
    shown.name.clone_from(&state.shown);
    let Some(deed) = deed else {
        return;
    };
    if let Deed::Take(_) | Deed::TakeAll = deed {
        let only = if let Deed::Take(at) = deed { Some(at) } else { None };
        let wanted = suggested.iter().enumerate().filter(|(at, _)| only.is_none_or(|only| only == *at)).map(|(_, one)| one);
        match taking(wanted, groups.len(), desk.0.venue) {
            Ok(transaction) => drop(edits.write(Edit(transaction))),
            Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
        }
        return;
    }
    if let Deed::Select(id) = deed {
        let members = groups.iter().find(|group| group.id == id).map(|group| group.members.as_slice()).unwrap_or_default();
        selection.set(members.iter().map(|member| (FIXTURES, member.fixture)));
        return;
    }
    match transaction(&deed, &groups, &picked, desk.0.venue) {
        Ok(transaction) => drop(edits.write(Edit(transaction))),
        Err(bad) => drop(told.write(Told::Refused(bad))),
    }
}

/// The edit that a deed means.
pub fn transaction(deed: &Deed, groups: &[&Group], picked: &[Uuid], venue: Uuid) -> Result<Transaction, String> {
    let known = |id: &Uuid| groups.iter().find(|group| group.id == *id).copied().ok_or_else(|| "That group is gone".to_owned());
    let at = |place: usize| groups.get(place).copied().ok_or_else(|| "That group is gone".to_owned());
    Ok(match deed {
        Deed::Rename(id, to) => {
            if !is_group_name(to) || groups.iter().any(|other| other.name == *to && other.id != *id) {
                return Err(format!(
                    "\"{to}\" cannot be a group's name: small letters, digits and _, beginning with a letter, and not taken"
                ));
            }
            Transaction::new(format!("Rename {}", known(id)?.name)).set(TableId::FixtureGroups, *id, [("name", to.as_str().into())])
        }
        Deed::OrderGroup(from, to) => grouping::order_groups(groups, *from, *to),
        Deed::OrderMember { group, from, to } => grouping::order_members(at(*group)?, *from, *to),
        Deed::Regroup { from, member, into, to } => {
            grouping::regroup_member(at(*from)?, *member, at(*into)?, *to).map_err(|bad| bad.to_string())?
        }
        Deed::Axis(id, axis, place) => grouping::set_axis(known(id)?, *axis, *place),
        Deed::Tags(id, text) => grouping::set_tags(known(id)?, &grouping::read_tags(text)?),
        Deed::Movement(id, movement) => grouping::set_movement(known(id)?, movement.as_ref()),
        _ => membership(deed, groups, picked, venue).map_err(|bad| bad.to_string())?,
    })
}

/// Who is in which group.
fn membership(deed: &Deed, groups: &[&Group], picked: &[Uuid], venue: Uuid) -> Result<Transaction, BadRow> {
    const TABLE: TableId = TableId::FixtureGroups;
    let name = |id: &Uuid| groups.iter().find(|group| group.id == *id).map_or("group", |group| &group.name);
    let members = |id: &Uuid| groups.iter().find(|group| group.id == *id).map(|group| group.members.as_slice()).unwrap_or_default();
    Ok(match deed {
        Deed::Make(name) => {
            let members = picked.iter().map(|&fixture| Member { fixture, head: None }).collect();
            let group = Group { id: Uuid::now_v7(), name: name.clone(), members, ..Group::default() };
            Transaction::new(format!("Make group {name}")).put_all(group_rows(venue, groups.len(), &group)?)
        }
        Deed::Delete(id) => Transaction::new(format!("Delete group {}", name(id))).delete(TABLE, *id),
        Deed::Join(id) => {
            let there = members(id);
            let new = picked.iter().filter(|&&fixture| !there.iter().any(|member| member.fixture == fixture));
            let mut transaction = Transaction::new(format!("Add to {}", name(id)));
            for (at, &fixture) in new.enumerate() {
                transaction = transaction.put(member_row(*id, there.len() + at, &Member { fixture, head: None })?);
            }
            transaction
        }
        Deed::Leave(id) => {
            let gone = members(id).iter().filter(|member| picked.contains(&member.fixture));
            gone.fold(Transaction::new(format!("Take out of {}", name(id))), |transaction, member| {
                transaction.delete(TableId::FixtureGroupMembers, grouping::member_id(*id, member))
            })
        }
        _ => Transaction::new("Select"),
    })
}

/// The edit that makes groups of suggestions.
fn taking<'a>(wanted: impl Iterator<Item = &'a Suggestion>, n_there: usize, venue: Uuid) -> Result<Transaction, BadRow> {
    let mut transaction = Transaction::new("Make suggested groups");
    for (at, suggestion) in wanted.enumerate() {
        let group = Group { id: Uuid::now_v7(), ..suggestion.group.clone() };
        if at == 0 {
            transaction.label = format!("Make group {}", group.name);
        } else {
            transaction.label = format!("Make {} groups", at + 1);
        }
        transaction = transaction.put_all(group_rows(venue, n_there + at, &group)?);
    }
    Ok(transaction)
}

/// Groups that the rig asks for and that are not there yet.
fn suggested_ui(ui: &mut Ui, suggested: &[Suggestion]) -> Option<Deed> {
    if suggested.is_empty() {
        return None;
    }
    let mut deed = None;
    ui.separator();
    CollapsingHeader::new(format!("Suggested  ({})", suggested.len())).show(ui, |ui| {
        if ui.button("Make all").clicked() {
            deed = Some(Deed::TakeAll);
        }
        for (at, suggestion) in suggested.iter().enumerate() {
            ui.horizontal(|ui| {
                if ui.small_button("Make").clicked() {
                    deed = Some(Deed::Take(at));
                }
                ui.label(&suggestion.group.name);
                ui.weak(format!("{} · {}", suggestion.group.members.len(), suggestion.why));
            });
        }
    });
    deed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_join_behind_the_others_and_leave_again() {
        let id = Uuid::from_u128;
        let group = Group { id: id(9), name: "front".into(), members: vec![Member { fixture: id(1), head: None }], ..Group::default() };
        let join = transaction(&Deed::Join(id(9)), &[&group], &[id(1), id(2)], id(100)).unwrap();
        assert_eq!(join.ops.len(), 1, "one is in already");
        let leave = transaction(&Deed::Leave(id(9)), &[&group], &[id(1), id(2)], id(100)).unwrap();
        assert_eq!(leave.ops.len(), 1);
    }
}
