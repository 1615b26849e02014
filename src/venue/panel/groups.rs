//! Groups: who belongs together, in which order.  Scores name them, so a venue is as good as its groups.

use bevy::prelude::*;
use bevy_egui::egui::{CollapsingHeader, TextEdit, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Doc, Edit, OnDesk, Place, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::registry::{BadRow, TableId};
use crate::show::plugin::Part;
use crate::venue::model::{Fixture, Group, Member};
use crate::venue::patch::is_group_name;
use crate::venue::plugin::{Definitions, OpenVenue};
use crate::venue::rows::{group_rows, member_row};
use crate::venue::suggest::{self, Suggestion};

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
    (mut name, mut suggested): (Local<String>, Local<Vec<Suggestion>>),
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by_key(|(place, group)| (**place, group.id));
    let groups: Vec<&Group> = sorted.iter().map(|(_, doc)| &***doc).collect();
    let label = |id: Uuid| fixtures.iter().find(|fixture| fixture.id == id).map(|fixture| fixture.label.clone()).unwrap_or_default();
    let picked: Vec<Uuid> = selection.of(FIXTURES).collect();
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() {
        *suggested = venue.get().map(|venue| suggest::groups(&venue, &definitions.0)).unwrap_or_default();
    }
    let deed = groups_ui(ui, &groups, &label, picked.len(), &mut name).or_else(|| suggested_ui(ui, &suggested));
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
        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
    }
}

/// The edit that a deed means.
pub fn transaction(deed: &Deed, groups: &[&Group], picked: &[Uuid], venue: Uuid) -> Result<Transaction, BadRow> {
    const TABLE: TableId = TableId::FixtureGroups;
    let name = |id: &Uuid| groups.iter().find(|group| group.id == *id).map_or("group", |group| &group.name);
    let members = |id: &Uuid| groups.iter().find(|group| group.id == *id).map(|group| group.members.as_slice()).unwrap_or_default();
    Ok(match deed {
        Deed::Make(name) => {
            let members = picked.iter().map(|&fixture| Member { fixture, head: None }).collect();
            let group = Group { id: Uuid::now_v7(), name: name.clone(), members, ..Group::default() };
            Transaction::new(format!("Make group {name}")).put_all(group_rows(venue, groups.len(), &group)?)
        }
        Deed::Rename(id, to) => Transaction::new(format!("Rename {}", name(id))).set(TABLE, *id, [("name", to.as_str().into())]),
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
                let head = crate::registry::Value::from(member.head.map(i64::from));
                let row = TableId::FixtureGroupMembers.natural_id(&[(*id).into(), member.fixture.into(), head]);
                transaction.delete(TableId::FixtureGroupMembers, row)
            })
        }
        Deed::Select(_) | Deed::Take(_) | Deed::TakeAll => Transaction::new("Select"),
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

/// Draws the list; returns what was done.  Knows no world.
pub fn groups_ui(ui: &mut Ui, groups: &[&Group], label: &dyn Fn(Uuid) -> String, n_picked: usize, name: &mut String) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(name).hint_text("new_group").desired_width(120.0));
        let taken = groups.iter().any(|group| group.name == *name);
        let good = is_group_name(name) && !taken;
        let hint = if taken { "There is a group of this name" } else { "Small letters, digits and _; begins with a letter" };
        let button = ui.add_enabled(good, bevy_egui::egui::Button::new("Make group"));
        if button.on_hover_text("Of the selected fixtures, in the order of picking").on_disabled_hover_text(hint).clicked() {
            deed = Some(Deed::Make(std::mem::take(name)));
        }
    });
    ui.weak(format!("{n_picked} fixtures selected"));
    for group in groups {
        let title = format!("{}  ({})", group.name, group.members.len());
        CollapsingHeader::new(title).id_salt(group.id).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                if ui.button("Select").clicked() {
                    deed = Some(Deed::Select(group.id));
                }
                ui.add_enabled_ui(n_picked > 0, |ui| {
                    if ui.button("Add selected").clicked() {
                        deed = Some(Deed::Join(group.id));
                    }
                    if ui.button("Take out selected").clicked() {
                        deed = Some(Deed::Leave(group.id));
                    }
                });
                if ui.button("Delete").clicked() {
                    deed = Some(Deed::Delete(group.id));
                }
            });
            for (place, member) in group.members.iter().enumerate() {
                let head = member.head.map(|head| format!(" · head {}", head + 1)).unwrap_or_default();
                ui.label(format!("{}. {}{head}", place + 1, label(member.fixture)));
            }
            if !group.tags.is_empty() {
                ui.weak(format!("Tags: {}", group.tags.join(", ")));
            }
        });
    }
    deed
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_group_is_made_of_what_is_selected_only_under_a_name_that_scores_can_use() {
        let draw = |ui: &mut Ui, state: &mut (String, Option<Deed>)| {
            if let Some(deed) = groups_ui(ui, &[], &|_| String::new(), 3, &mut state.0) {
                state.1 = Some(deed);
            }
        };
        let mut harness = Harness::builder().build_ui_state(draw, ("Front Row".to_owned(), None));
        harness.get_by_label("Make group").click();
        harness.run();
        assert_eq!(harness.state().1, None, "a name with capitals and spaces cannot be selected by");
        harness.state_mut().0 = "front_row".into();
        harness.run();
        harness.get_by_label("Make group").click();
        harness.run();
        assert_eq!(harness.state().1, Some(Deed::Make("front_row".into())));
    }

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
