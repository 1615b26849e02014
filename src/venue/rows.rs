//! Venues, fixtures and groups as rows, both ways.
//!
//! A row may hold more than the model reads (options that belong to later work, another build's columns): edits therefore
//! set columns, and whole rows are made here only for what is new.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::library::Library;
use super::model::{Fixture, Foreign, Group, Limits, MaxLevel, Member, Movement, Scenery, Venue};
use crate::engine::dmx::mixer::Mixing;
use crate::engine::rig::curve::DimmerCurve;
use crate::registry::{BadRow, Row, TableId, Value};

/// Every row of a venue that is not in the document yet.  What the library knows of a definition is written along, so that
/// a venue can be read where the definition is missing.
pub fn rows(venue: &Venue, library: &Library) -> Result<Vec<Row>, BadRow> {
    let mut rows = vec![header_row(venue)?];
    for (place, fixture) in venue.fixtures.iter().enumerate() {
        rows.push(fixture_row(venue.id, place, fixture, library)?);
    }
    for (place, group) in venue.groups.iter().enumerate() {
        rows.extend(group_rows(venue.id, place, group)?);
    }
    Ok(rows)
}

fn header_row(venue: &Venue) -> Result<Row, BadRow> {
    let name = if venue.name.is_empty() { "Venue" } else { &venue.name };
    let mut columns = vec![("id", venue.id.into()), ("name", name.into()), ("scenery_json", json(&venue.scenery))];
    if venue.foreign != Foreign::default() {
        columns.push(("settings_json", json(&Settings { mvr: venue.foreign.clone() })));
    }
    Row::new(TableId::Venues, columns)
}

pub fn fixture_row(venue: Uuid, place: usize, fixture: &Fixture, library: &Library) -> Result<Row, BadRow> {
    let definition = library.definition(&fixture.definition).ok();
    let n_channels = library.kind(&fixture.definition, &fixture.mode).map_or(1, |kind| i64::from(kind.footprint));
    let maker = definition.as_ref().map_or("", |definition| &definition.manufacturer);
    let model = definition.as_ref().map_or("", |definition| &definition.model);
    let [x, y, z] = fixture.position.map(|metres| Value::Real(f64::from(metres)));
    let [rx, ry, rz] = fixture.rotation_deg.map(|degrees| Value::Real(f64::from(degrees)));
    let label = Some(fixture.label.as_str()).filter(|label| !label.is_empty());
    Row::new(
        TableId::Fixtures,
        [
            ("id", fixture.id.into()),
            ("venue_id", venue.into()),
            ("universe", i64::from(fixture.universe).into()),
            ("address", i64::from(fixture.address).into()),
            ("num_channels", n_channels.into()),
            ("manufacturer", maker.into()),
            ("model", model.into()),
            ("mode_name", fixture.mode.as_str().into()),
            ("fixture_path", fixture.definition.as_str().into()),
            ("label", label.into()),
            ("pos_x", x),
            ("pos_y", y),
            ("pos_z", z),
            ("rot_x", rx),
            ("rot_y", ry),
            ("rot_z", rz),
            ("invert_pan", fixture.invert_pan.into()),
            ("invert_tilt", fixture.invert_tilt.into()),
            ("swap_pan_tilt", fixture.swap_pan_tilt.into()),
            ("pan_offset_deg", f64::from(fixture.pan_offset_deg).into()),
            ("tilt_offset_deg", f64::from(fixture.tilt_offset_deg).into()),
            ("limits_json", limits_value(&fixture.limits)),
            ("dimmer_curve", fixture.dimmer_curve.name().into()),
            ("max_level", f64::from(fixture.max_level.0).into()),
            ("display_order", (place as i64).into()),
            ("color_mixing", fixture.color_mixing.name().into()),
        ],
    )
}

pub fn fixture(row: &Row) -> Result<Fixture, BadRow> {
    let real = |column: &str| Ok::<f32, BadRow>(row.maybe(column, Row::real)?.unwrap_or(0.0) as f32);
    let whole = |column: &str| u16::try_from(row.int(column)?).map_err(|error| row.bad(column, error.to_string()));
    Ok(Fixture {
        id: row.id(),
        label: row.maybe("label", |row, column| row.text(column).map(str::to_owned))?.unwrap_or_default(),
        definition: row.text("fixture_path")?.to_owned(),
        mode: row.text("mode_name")?.to_owned(),
        universe: whole("universe")?,
        address: whole("address")?,
        position: [real("pos_x")?, real("pos_y")?, real("pos_z")?],
        rotation_deg: [real("rot_x")?, real("rot_y")?, real("rot_z")?],
        invert_pan: row.flag("invert_pan")?,
        invert_tilt: row.flag("invert_tilt")?,
        swap_pan_tilt: row.flag("swap_pan_tilt")?,
        pan_offset_deg: real("pan_offset_deg")?,
        tilt_offset_deg: real("tilt_offset_deg")?,
        limits: row.maybe("limits_json", Row::json)?.unwrap_or_default(),
        dimmer_curve: DimmerCurve::named(row.text("dimmer_curve")?).unwrap_or_default(),
        max_level: MaxLevel(row.real("max_level")? as f32),
        color_mixing: Mixing::named(row.text("color_mixing")?).unwrap_or_default(),
    })
}

/// Nothing where a device may move over its whole range.
pub fn limits_value(limits: &Limits) -> Value {
    if *limits == Limits::default() { Value::Null } else { json(limits) }
}

/// A new group and its members.
pub fn group_rows(venue: Uuid, place: usize, group: &Group) -> Result<Vec<Row>, BadRow> {
    let axis = |at: usize| Value::from(group.axes[at].map(f64::from));
    let mut rows = vec![Row::new(
        TableId::FixtureGroups,
        [
            ("id", group.id.into()),
            ("venue_id", venue.into()),
            ("name", group.name.as_str().into()),
            ("axis_lr", axis(0)),
            ("axis_fb", axis(1)),
            ("axis_ab", axis(2)),
            ("tags_json", json(&group.tags)),
            ("movement_config", group.movement.as_ref().map_or(Value::Null, json)),
            ("display_order", (place as i64).into()),
        ],
    )?];
    for (place, member) in group.members.iter().enumerate() {
        rows.push(member_row(group.id, place, member)?);
    }
    Ok(rows)
}

pub fn member_row(group: Uuid, place: usize, member: &Member) -> Result<Row, BadRow> {
    let head = Value::from(member.head.map(i64::from));
    Row::new(
        TableId::FixtureGroupMembers,
        [
            ("id", TableId::FixtureGroupMembers.natural_id(&[group.into(), member.fixture.into(), head.clone()]).into()),
            ("group_id", group.into()),
            ("fixture_id", member.fixture.into()),
            ("head_idx", head),
            ("display_order", (place as i64).into()),
        ],
    )
}

/// A group from its row and its members' rows, in any order.
pub fn group<'a>(row: &Row, members: impl Iterator<Item = &'a Row>) -> Result<Group, BadRow> {
    let mut placed = Vec::new();
    for member in members {
        let head = member.maybe("head_idx", Row::int)?.and_then(|head| u16::try_from(head).ok());
        placed.push((member.int("display_order")?, member.id(), Member { fixture: member.uuid("fixture_id")?, head }));
    }
    placed.sort_by_key(|(place, id, _)| (*place, *id));
    let axis = |column: &str| Ok::<_, BadRow>(row.maybe(column, Row::real)?.map(|axis| axis as f32));
    Ok(Group {
        id: row.id(),
        name: row.text("name")?.to_owned(),
        members: placed.into_iter().map(|(_, _, member)| member).collect(),
        tags: row.json("tags_json")?,
        axes: [axis("axis_lr")?, axis("axis_fb")?, axis("axis_ab")?],
        movement: row.maybe("movement_config", Row::json::<Movement>)?,
    })
}

/// What stands in the room.
pub fn scenery(venue: &Row) -> Result<Vec<Scenery>, BadRow> {
    venue.json("scenery_json")
}

/// What there is to a venue beside what hangs and stands in it; another build may keep more there.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    mvr: Foreign,
}

/// What another program's room had.
pub fn foreign(venue: &Row) -> Result<Foreign, BadRow> {
    venue.json::<Settings>("settings_json").map(|settings| settings.mvr)
}

/// The text of a JSON column.
pub fn json(value: &impl Serialize) -> Value {
    serde_json::to_string(value).map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::model::FocusPoint;

    #[test]
    fn the_club_comes_back_from_its_rows_as_it_was() {
        let mut club = crate::venue::builtin("club").unwrap();
        let options = &mut club.fixtures[3];
        (options.pan_offset_deg, options.tilt_offset_deg) = (12.5, -90.0);
        options.limits.tilt = Some([-45.0, 100.0]);
        (options.dimmer_curve, options.max_level) = (DimmerCurve::SCurve, MaxLevel(0.5));
        options.color_mixing = Mixing::Plain;
        club.foreign.focus_points.push(FocusPoint { id: Uuid::from_u128(5), name: "Centre".to_owned(), ..FocusPoint::default() });
        let rows = rows(&club, &Library::builtin()).unwrap();
        let of = |table| rows.iter().filter(move |row| row.table() == table);
        let fixtures: Vec<Fixture> = of(TableId::Fixtures).map(|row| fixture(row).unwrap()).collect();
        assert_eq!(fixtures, club.fixtures);
        let groups: Vec<Group> = of(TableId::FixtureGroups)
            .map(|row| {
                let members = of(TableId::FixtureGroupMembers).filter(|member| member.uuid("group_id").unwrap() == row.id());
                group(row, members).unwrap()
            })
            .collect();
        assert_eq!(groups, club.groups);
        assert_eq!((scenery(&rows[0]).unwrap(), foreign(&rows[0]).unwrap()), (club.scenery, club.foreign));
        let par = of(TableId::Fixtures).next().unwrap();
        assert!(!par.text("manufacturer").unwrap().is_empty() && par.int("num_channels").unwrap() > 0);
    }
}
