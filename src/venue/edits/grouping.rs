//! What people do to groups: order them and their members, move members between them, set axes, tags and movement.
//!
//! Records in, a [`Transaction`] out.  Places are counted in the list as it is shown; a place behind the last is the end.

use uuid::Uuid;

use crate::document::transaction::Transaction;
use crate::registry::{BadRow, TableId, Value};
use crate::venue::model::{Group, Member, Movement};
use crate::venue::patch::is_group_name;
use crate::venue::rows;

const GROUPS: TableId = TableId::FixtureGroups;
const MEMBERS: TableId = TableId::FixtureGroupMembers;

/// The id of the row that makes a member one of a group.
pub fn member_id(group: Uuid, member: &Member) -> Uuid {
    MEMBERS.natural_id(&[group.into(), member.fixture.into(), Value::from(member.head.map(i64::from))])
}

/// The group at `from` goes to where the one at `to` is shown; those between move up.
pub fn order_groups(groups: &[&Group], from: usize, to: usize) -> Transaction {
    let ids: Vec<Uuid> = groups.iter().map(|group| group.id).collect();
    let name = groups.get(from).map_or("", |group| &group.name);
    let edit = Transaction::new(format!("Move group {name}"));
    carried(ids, from, to)
        .into_iter()
        .enumerate()
        .fold(edit, |edit, (place, id)| edit.set(GROUPS, id, [("display_order", (place as i64).into())]))
}

/// The member at `from` goes to where the one at `to` is shown.
pub fn order_members(group: &Group, from: usize, to: usize) -> Transaction {
    let edit = Transaction::new(format!("Order group {}", group.name));
    let order = carried(group.members.clone(), from, to);
    order
        .iter()
        .enumerate()
        .fold(edit, |edit, (place, member)| edit.set(MEMBERS, member_id(group.id, member), [("display_order", (place as i64).into())]))
}

/// The member at `at` of one group becomes one of another, before the one at `to`.
pub fn regroup_member(from: &Group, at: usize, into: &Group, to: usize) -> Result<Transaction, BadRow> {
    let mut edit = Transaction::new(format!("Move from {} to {}", from.name, into.name));
    let Some(member) = from.members.get(at) else { return Ok(edit) };
    edit = edit.delete(MEMBERS, member_id(from.id, member));
    if into.members.contains(member) {
        return Ok(edit);
    }
    let mut members = into.members.clone();
    members.insert(to.min(members.len()), *member);
    for (place, one) in members.iter().enumerate() {
        edit = if one == member {
            edit.put(rows::member_row(into.id, place, one)?)
        } else {
            edit.set(MEMBERS, member_id(into.id, one), [("display_order", (place as i64).into())])
        };
    }
    Ok(edit)
}

/// Members that name nobody are taken out.
pub fn drop_members(group: &Group, gone: impl Fn(&Member) -> bool) -> Transaction {
    let edit = Transaction::new(format!("Clean up group {}", group.name));
    group.members.iter().filter(|member| gone(member)).fold(edit, |edit, member| edit.delete(MEMBERS, member_id(group.id, member)))
}

/// Where a group lies on an axis (0 left/right, 1 front/back, 2 below/above), `-1.0..=1.0`; `None` = as its members hang.
pub fn set_axis(group: &Group, axis: usize, place: Option<f32>) -> Transaction {
    let column = ["axis_lr", "axis_fb", "axis_ab"][axis.min(2)];
    let value = Value::from(place.map(|place| f64::from(place.clamp(-1.0, 1.0))));
    Transaction::new(format!("Place group {}", group.name))
        .set(GROUPS, group.id, [(column, value)])
        .grouped(format!("{column} {}", group.id))
}

/// The tags in a line of text, as groups keep them: plain words, each once.  Words that are none are told.
pub fn read_tags(text: &str) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = Vec::new();
    for word in text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty()) {
        let tag = word.to_lowercase().replace('-', "_");
        if !is_group_name(&tag) {
            return Err(format!("\"{word}\" is no tag: small letters, digits and _, beginning with a letter, and not \"all\""));
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

pub fn set_tags(group: &Group, tags: &[String]) -> Transaction {
    Transaction::new(format!("Tag group {}", group.name)).set(GROUPS, group.id, [("tags_json", rows::json(&tags))])
}

/// `None` = the usual: straight down, 30 degrees each way.
pub fn set_movement(group: &Group, movement: Option<&Movement>) -> Transaction {
    let value = movement.map_or(Value::Null, rows::json);
    let edit = Transaction::new(format!("Set the movement of {}", group.name)).set(GROUPS, group.id, [("movement_config", value)]);
    edit.grouped(format!("movement {}", group.id))
}

/// The list after the item at `from` was dropped at the gap before `to`.
fn carried<T>(mut list: Vec<T>, from: usize, to: usize) -> Vec<T> {
    if from < list.len() {
        let item = list.remove(from);
        let to = if to > from { to - 1 } else { to };
        list.insert(to.min(list.len()), item);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ground::Ground;
    use crate::document::history::Document;
    use crate::document::record;
    use crate::registry::Row;
    use crate::venue;
    use crate::venue::library::Library;
    use crate::venue::model::Venue;

    /// The club in a document, so that edits are applied as they would be.
    fn club() -> Document {
        let club = venue::builtin("club").unwrap();
        let mut document = Document::default();
        let rows: Vec<Row> = rows::rows(&club, &Library::builtin()).unwrap();
        document.edit(&Transaction::new("open").put_all(rows)).unwrap();
        document
    }

    fn read(ground: &Ground) -> Venue {
        let mut bad = Vec::new();
        let venue = record::venue(ground, venue::builtin("club").unwrap().id, &mut bad).unwrap();
        assert!(bad.is_empty(), "{bad:?}");
        venue
    }

    fn names(venue: &Venue) -> Vec<String> {
        venue.groups.iter().map(|group| group.name.clone()).collect()
    }

    #[test]
    fn groups_and_members_stay_where_they_were_dropped_and_undo_puts_them_back() {
        let mut document = club();
        let before = read(document.ground());
        let groups: Vec<&Group> = before.groups.iter().collect();
        document.edit(&order_groups(&groups, 0, 3)).unwrap();
        let mut want = names(&before);
        want[..3].rotate_left(1);
        assert_eq!(names(&read(document.ground())), want);
        document.undo().unwrap();
        let group = before.groups.iter().find(|group| group.members.len() > 3).unwrap();
        document.edit(&order_members(group, 3, 0)).unwrap();
        let after = read(document.ground());
        let mut members = group.members.clone();
        members[..4].rotate_right(1);
        assert_eq!(after.groups.iter().find(|one| one.id == group.id).unwrap().members, members);
        document.undo().unwrap();
        assert_eq!(read(document.ground()), before);
    }

    #[test]
    fn a_member_goes_from_one_group_to_a_place_in_another() {
        let mut document = club();
        let before = read(document.ground());
        let disjoint = |a: &Group, b: &Group| a.id != b.id && a.members.iter().all(|member| !b.members.contains(member));
        let (from, into) = before
            .groups
            .iter()
            .flat_map(|a| before.groups.iter().map(move |b| (a, b)))
            .find(|(a, b)| a.members.len() > 1 && b.members.len() > 1 && disjoint(a, b))
            .unwrap();
        document.edit(&regroup_member(from, 0, into, 1).unwrap()).unwrap();
        let after = read(document.ground());
        let of = |id| after.groups.iter().find(|group| group.id == id).unwrap();
        assert_eq!(of(from.id).members, from.members[1..]);
        assert_eq!((of(into.id).members[0], of(into.id).members[1]), (into.members[0], from.members[0]));
        assert_eq!(of(into.id).members.len(), into.members.len() + 1);
    }

    #[test]
    fn axes_tags_and_movement_are_kept_as_set() {
        let mut document = club();
        let group = read(document.ground()).groups[0].clone();
        let movement = Movement { base: [0.0, -1.0, 0.0], half_u_deg: 45.0, half_v_deg: 10.0, rotation_deg: 5.0 };
        let tags = read_tags("Haze, front-row,haze").unwrap();
        for edit in [set_axis(&group, 1, Some(-3.0)), set_tags(&group, &tags), set_movement(&group, Some(&movement))] {
            document.edit(&edit).unwrap();
        }
        let after = read(document.ground()).groups[0].clone();
        assert_eq!(
            (after.axes[1], after.tags, after.movement),
            (Some(-1.0), vec!["haze".to_owned(), "front_row".to_owned()], Some(movement))
        );
        document.edit(&set_axis(&group, 1, None)).unwrap();
        assert_eq!(read(document.ground()).groups[0].axes[1], None);
        assert!(read_tags("front, 1st").unwrap_err().contains("1st"));
    }
}
