//! A venue as a room in MVR, with a GDTF file for every definition.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::own::Own;
use super::pose::to_matrix;
use super::{Report, file_name, scenery};
use crate::venue::formats;
use crate::venue::formats::gdtf;
use crate::venue::formats::mvr::{self, Address, Layer, MvrError, Scene, write};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, FocusPoint, Venue};

/// The file, and what a person should know.
pub fn export(venue: &Venue, library: &Library) -> Result<(Vec<u8>, Report), MvrError> {
    let mut report = Report::default();
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let mut fixtures = Vec::new();
    for (at, fixture) in venue.fixtures.iter().enumerate() {
        let file = match files.get(&fixture.definition) {
            Some(file) => file.clone(),
            None => {
                let file = file(&fixture.definition, library, &files, &mut report);
                files.insert(fixture.definition.clone(), file.clone());
                file
            }
        };
        fixtures.push(exported(fixture, at, &file, library));
    }
    for (fixture, point) in &venue.foreign.focus {
        fixtures.iter_mut().filter(|it| it.uuid == *fixture).for_each(|it| it.focus = Some(*point));
    }
    let objects = venue
        .scenery
        .iter()
        .enumerate()
        .map(|(at, piece)| scenery::object(piece, Uuid::new_v5(&venue.id, format!("scenery {at}").as_bytes())));
    let name = if venue.name.is_empty() { "Luma" } else { &venue.name };
    let scene = Scene {
        version: [1, 6],
        layers: vec![Layer { uuid: Uuid::new_v5(&venue.id, b"layer"), name: name.to_owned() }],
        fixtures,
        objects: objects.collect(),
        focus_points: venue.foreign.focus_points.iter().map(focus_point).collect(),
        kept: venue.foreign.parts.clone(),
        own: serde_json::to_string(&Own::of(venue)).ok(),
        ..Scene::default()
    };
    let mut packed: Vec<(String, Vec<u8>)> = files.into_values().filter_map(|file| Some((file.name, file.bytes?))).collect();
    if let Some(models) = &venue.foreign.models {
        match library.bytes(models) {
            Ok(models) => packed.extend(scenery::files(&venue.scenery, &models, &mut report)),
            Err(error) => report.note(format!("the meshes of the scenery are not packed: {error}")),
        }
    }
    Ok((write::write(&scene, &packed)?, report))
}

fn focus_point(point: &FocusPoint) -> mvr::FocusPoint {
    mvr::FocusPoint { uuid: point.id, name: point.name.clone(), world: to_matrix(point.position, point.rotation_deg, [1.0; 3]) }
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    /// `None` where there is no definition.
    bytes: Option<Vec<u8>>,
}

/// The original where it is GDTF already, else a new one.
fn file(path: &str, library: &Library, taken: &BTreeMap<String, File>, report: &mut Report) -> File {
    let definition = library.definition(path);
    let stem = match (&definition, formats::extension(path).as_str()) {
        (_, "gdtf") => path.rsplit('/').next().unwrap_or(path).trim_end_matches(".gdtf").to_owned(),
        (Ok(definition), _) => format!("{}@{}", definition.manufacturer, definition.model),
        _ => path.to_owned(),
    };
    let stem = file_name(&stem);
    // No two names that differ only in their letters.
    let is_free = |name: &str| !taken.values().any(|file| file.name.eq_ignore_ascii_case(name));
    let names = std::iter::once(format!("{stem}.gdtf")).chain((2..).map(|n| format!("{stem} {n}.gdtf")));
    let name = names.into_iter().find(|name| is_free(name)).unwrap_or_default();
    let bytes = match definition {
        Ok(_) if formats::extension(path) == "gdtf" => library.bytes(path).map_err(|error| error.to_string()),
        Ok(definition) => gdtf::write::write(&definition).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let bytes = bytes.map_err(|reason| report.note(format!("\"{path}\" is not packed: {reason}"))).ok();
    File { name, bytes }
}

fn exported(fixture: &Fixture, at: usize, file: &File, library: &Library) -> mvr::Fixture {
    let definition = library.definition(&fixture.definition).ok();
    let mode = definition.as_ref().and_then(|definition| definition.mode(&fixture.mode));
    let one = mode.and_then(|mode| mode.one_break.as_ref());
    let address = |dmx_break: u16, past: u16| Address { dmx_break, universe: u32::from(fixture.universe), channel: fixture.address + past };
    let mut addresses = Vec::new();
    let is_patched = fixture.universe > 0 && (1..=512).contains(&fixture.address);
    match (mode, one) {
        _ if !is_patched => {}
        (_, Some(one)) => addresses.push(address(one.dmx_break, 0)),
        (Some(mode), None) if mode.breaks.len() > 1 => {
            let mut past = 0;
            for (dmx_break, footprint) in &mode.breaks {
                if fixture.address + past <= 512 {
                    addresses.push(address(*dmx_break, past));
                }
                past = past.saturating_add(*footprint).min(512);
            }
        }
        _ => addresses.push(address(1, 0)),
    }
    mvr::Fixture {
        uuid: fixture.id,
        name: fixture.label.clone(),
        spec: file.name.clone(),
        mode: one.map_or(&fixture.mode, |one| &one.mode).clone(),
        fixture_id: (at + 1).to_string(),
        unit: at as i64 + 1,
        layer: Some(0),
        addresses,
        world: to_matrix(fixture.position, fixture.rotation_deg, [1.0; 3]),
        invert_pan: fixture.invert_pan,
        invert_tilt: fixture.invert_tilt,
        ..mvr::Fixture::default()
    }
}
