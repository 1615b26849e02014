//! What is written on every paper of a venue, gathered once.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::engine::dmx::mixer::Mixing;
use crate::engine::rig::curve::DimmerCurve;
use crate::venue::check::{self, Trouble};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Venue};
use crate::venue::suggest;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    pub venue: String,
    /// By universe, address and label.
    pub rows: Vec<Row>,
    pub universes: Vec<Universe>,
    /// By universe, by group, by line, then the whole venue: name of the section, totals.
    pub totals: Vec<(&'static str, Vec<Total>)>,
    pub troubles: Vec<Trouble>,
}

/// A fixture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub label: String,
    pub maker: String,
    pub model: String,
    pub mode: String,
    pub universe: u16,
    pub address: u16,
    /// 0 where the definition is missing.
    pub n_channels: u16,
    pub n_heads: u16,
    /// Name of each channel.
    pub channels: Vec<String>,
    pub groups: Vec<String>,
    /// The truss or row it hangs in.
    pub line: Option<String>,
    /// What differs from a fixture out of the box: "pan inverted".
    pub options: Vec<String>,
    pub watts: Option<f32>,
    pub weight_kg: Option<f32>,
    pub position: [f32; 3],
    /// True when something is wrong with it.
    pub troubled: bool,
}

impl Row {
    /// `1.001`: universe, address.
    pub fn place(&self) -> String {
        format!("{}.{:03}", self.universe, self.address)
    }

    /// The last channel that it has, within its universe.
    pub fn last(&self) -> u16 {
        self.address.saturating_add(self.n_channels.max(1) - 1).min(512)
    }

    /// Maker and model as one name.
    pub fn device(&self) -> String {
        if self.model.starts_with(&self.maker) { self.model.clone() } else { format!("{} {}", self.maker, self.model) }
    }

    pub fn holds(&self, channel: u16) -> bool {
        self.n_channels > 0 && (self.address..=self.last()).contains(&channel)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Universe {
    pub number: u16,
    /// Indices of rows.
    pub rows: Vec<usize>,
    /// Channels that somebody has, and that several have.
    pub n_used: u16,
    pub n_clashing: u16,
}

/// What several fixtures take together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    pub name: String,
    pub n_fixtures: usize,
    pub watts: f64,
    /// Fixtures whose definitions do not say.
    pub n_watts_unknown: usize,
    pub weight_kg: f64,
    pub n_weight_unknown: usize,
}

impl Sheet {
    pub fn of(venue: &Venue, library: &Library) -> Self {
        let troubles = check::troubles(venue, library);
        let mut lines: BTreeMap<usize, String> = BTreeMap::new();
        let found = suggest::of(venue);
        for line in &found {
            lines.extend(line.members.iter().map(|at| (*at, line.name.clone())));
        }
        let mut rows: Vec<Row> = venue
            .fixtures
            .iter()
            .enumerate()
            .map(|(at, fixture)| {
                let groups = venue.groups.iter().filter(|group| group.members.iter().any(|member| member.fixture == fixture.id));
                let troubled = troubles.iter().any(|trouble| trouble.fixtures.contains(&fixture.id));
                let groups = groups.map(|group| group.name.clone()).collect();
                Row { groups, line: lines.get(&at).cloned(), troubled, ..row(fixture, library) }
            })
            .collect();
        rows.sort_by(|a, b| (a.universe, a.address, &a.label, a.id).cmp(&(b.universe, b.address, &b.label, b.id)));
        let universes = universes(&rows);
        let totals = totals(venue, &rows, &universes, found.iter().map(|line| line.name.as_str()));
        let name = if venue.name.is_empty() { "Venue" } else { &venue.name };
        Self { venue: name.to_owned(), rows, universes, totals, troubles }
    }

    /// Rows that have a channel of a universe.
    pub fn holders(&self, universe: &Universe, channel: u16) -> impl Iterator<Item = usize> {
        universe.rows.iter().copied().filter(move |at| self.rows[*at].holds(channel))
    }
}

fn row(fixture: &Fixture, library: &Library) -> Row {
    let definition = library.definition(&fixture.definition).ok();
    let mode = definition.as_ref().and_then(|definition| definition.mode(&fixture.mode));
    let physical = definition.as_ref().zip(mode).map(|(definition, mode)| definition.physical(mode));
    let known = |number: f32| Some(number).filter(|number| number.is_finite() && *number > 0.0);
    let kind = library.kind(&fixture.definition, &fixture.mode).ok();
    let channels = definition.as_ref().zip(mode).map(|(definition, mode)| {
        mode.slots.iter().map(|slot| definition.channel(*slot).map_or_else(String::new, |channel| channel.name.clone())).collect()
    });
    Row {
        id: fixture.id,
        label: if fixture.label.is_empty() { "(no name)".to_owned() } else { fixture.label.clone() },
        maker: definition.as_ref().map_or_else(String::new, |definition| definition.manufacturer.clone()),
        model: definition.as_ref().map_or_else(|| fixture.definition.clone(), |definition| definition.model.clone()),
        mode: fixture.mode.clone(),
        universe: fixture.universe,
        address: fixture.address,
        n_channels: kind.as_ref().map_or(0, |kind| kind.footprint),
        n_heads: kind.as_ref().map_or(0, |kind| kind.head_offsets.len() as u16),
        channels: channels.unwrap_or_default(),
        options: options(fixture),
        watts: physical.and_then(|physical| known(physical.watts)),
        weight_kg: physical.and_then(|physical| known(physical.weight_kg)),
        position: fixture.position,
        ..Row::default()
    }
}

fn options(fixture: &Fixture) -> Vec<String> {
    let mut options = Vec::new();
    for (set, text) in
        [(fixture.invert_pan, "pan inverted"), (fixture.invert_tilt, "tilt inverted"), (fixture.swap_pan_tilt, "pan and tilt swapped")]
    {
        options.extend(set.then(|| text.to_owned()));
    }
    for (axis, offset_deg, limits) in
        [("pan", fixture.pan_offset_deg, fixture.limits.pan), ("tilt", fixture.tilt_offset_deg, fixture.limits.tilt)]
    {
        options.extend((offset_deg != 0.0).then(|| format!("{axis} {offset_deg:+}°")));
        options.extend(limits.map(|[low, high]| format!("{axis} {low}° to {high}°")));
    }
    options.extend(
        (fixture.dimmer_curve != DimmerCurve::default()).then(|| format!("{} curve", fixture.dimmer_curve.name().replace('_', " "))),
    );
    options.extend((fixture.color_mixing == Mixing::Plain).then(|| "plain colours".to_owned()));
    options.extend((fixture.max_level.0 < 1.0).then(|| format!("at most {:.0} %", fixture.max_level.0 * 100.0)));
    options
}

fn universes(rows: &[Row]) -> Vec<Universe> {
    let mut universes: Vec<Universe> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match universes.last_mut().filter(|universe| universe.number == row.universe) {
            Some(universe) => universe.rows.push(at),
            None => universes.push(Universe { number: row.universe, rows: vec![at], ..Universe::default() }),
        }
    }
    for universe in &mut universes {
        for channel in 1..=512 {
            let n = universe.rows.iter().filter(|at| rows[**at].holds(channel)).count();
            universe.n_used += u16::from(n > 0);
            universe.n_clashing += u16::from(n > 1);
        }
    }
    universes
}

fn totals<'a>(
    venue: &Venue,
    rows: &[Row],
    universes: &[Universe],
    lines: impl Iterator<Item = &'a str>,
) -> Vec<(&'static str, Vec<Total>)> {
    let by_universe =
        universes.iter().map(|universe| total(format!("Universe {}", universe.number), universe.rows.iter().map(|at| &rows[*at])));
    let of_group = |name: &str| total(name.to_owned(), rows.iter().filter(|row| row.groups.iter().any(|group| group == name)));
    let by_group = venue.groups.iter().map(|group| of_group(&group.name));
    let of_line = |name: &str| total(name.replace('_', " "), rows.iter().filter(|row| row.line.as_deref() == Some(name)));
    let mut by_line: Vec<Total> = lines.map(of_line).collect();
    let loose = total("not in a line".to_owned(), rows.iter().filter(|row| row.line.is_none()));
    by_line.extend(Some(loose).filter(|loose| loose.n_fixtures > 0));
    vec![
        ("By universe", by_universe.collect()),
        ("By group", by_group.collect()),
        ("By line", by_line),
        ("Whole venue", vec![total("Everything".to_owned(), rows.iter())]),
    ]
}

fn total<'a>(name: String, rows: impl Iterator<Item = &'a Row>) -> Total {
    rows.fold(Total { name, ..Total::default() }, |total, row| Total {
        n_fixtures: total.n_fixtures + 1,
        watts: total.watts + f64::from(row.watts.unwrap_or(0.0)),
        n_watts_unknown: total.n_watts_unknown + usize::from(row.watts.is_none()),
        weight_kg: total.weight_kg + f64::from(row.weight_kg.unwrap_or(0.0)),
        n_weight_unknown: total.n_weight_unknown + usize::from(row.weight_kg.is_none()),
        ..total
    })
}
