//! A room in MVR as a venue: its fixtures with their definitions, poses and addresses, groups of its layers, scenery as boxes.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::own::Own;
use super::pose::from_matrix;
use super::stand_in::{StandIn, placeholder};
use super::{Report, file_name, scenery};
use crate::venue::formats;
use crate::venue::formats::archive::Archive;
use crate::venue::formats::definition::{Definition, Mode};
use crate::venue::formats::mvr::{self, Address, MvrError, Scene, read};
use crate::venue::library::Library;
use crate::venue::library::catalogue::Catalogue;
use crate::venue::model::{Fixture, FocusPoint, Foreign, Group, Member, Venue};
use crate::venue::patch::{MAX_UNIVERSE, Occupancy};

/// The archive with the meshes of the scenery, beside the definitions.
const MODELS: &str = "models.zip";

/// A venue, the files that came with it, and what a person should know.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    pub venue: Venue,
    /// Definitions as they were in the archive, and the meshes of the scenery, by the paths that the venue names.
    pub files: Vec<(String, Vec<u8>)>,
    pub report: Report,
}

impl Imported {
    /// How many of the files are definitions.
    pub fn n_definitions(&self) -> usize {
        self.files.iter().filter(|(path, _)| self.venue.foreign.models.as_ref() != Some(path)).count()
    }
}

/// `name` is the room's, for a file that has none; `folder` stands before the paths of the definitions.
pub fn import(bytes: &[u8], name: &str, folder: &str, library: &Library) -> Result<Imported, MvrError> {
    let archive = Archive::open(bytes)?;
    let scene = read::read(&archive)?;
    let mut importing = Importing {
        archive: &archive,
        folder,
        library,
        report: Report::default(),
        definitions: BTreeMap::new(),
        files: Vec::new(),
        own: scene.own.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        catalogue: None,
    };
    let venue = importing.venue(&scene, name);
    let mut report = importing.report;
    report.notes.extend(scene.warnings.iter().map(|warning| format!("line {}: {}", warning.line, warning.text)));
    Ok(Imported { venue, files: importing.files, report })
}

/// A definition of the archive, read once.
#[derive(Default)]
struct Known {
    path: String,
    definition: Option<Definition>,
    /// What is patched instead of it.
    stand_in: Option<StandIn>,
    n_replaced: usize,
}

struct Importing<'a> {
    archive: &'a Archive<'a>,
    folder: &'a str,
    library: &'a Library,
    report: Report,
    /// By the name that fixtures give, in small letters.
    definitions: BTreeMap<String, Known>,
    files: Vec<(String, Vec<u8>)>,
    own: Option<Own>,
    /// What the library has, opened when it is first looked through.
    catalogue: Option<Catalogue>,
}

impl Importing<'_> {
    fn venue(&mut self, scene: &Scene, name: &str) -> Venue {
        let mut venue = Venue {
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("luma mvr {name}").as_bytes()),
            name: name.to_owned(),
            ..Venue::default()
        };
        // By fixture of the file: those that it became.
        let mut became: Vec<Vec<Uuid>> = Vec::new();
        let mut homeless = Vec::new();
        let (mut n_mirrored, mut n_scaled) = (0, 0);
        for source in &scene.fixtures {
            let placed = from_matrix(&source.world);
            n_mirrored += usize::from(placed.mirrored);
            n_scaled += usize::from(placed.scale.iter().any(|scale| (scale - 1.0).abs() > 0.01));
            let base = Fixture {
                id: source.uuid,
                label: source.name.clone(),
                position: placed.position,
                rotation_deg: placed.rotation_deg,
                invert_pan: source.invert_pan,
                invert_tilt: source.invert_tilt,
                ..Fixture::default()
            };
            let made = self.fixtures(source, base);
            became.push(made.iter().map(|(fixture, _)| fixture.id).collect());
            for (fixture, footprint) in made {
                if fixture.universe == 0 {
                    homeless.push((venue.fixtures.len(), footprint));
                }
                venue.fixtures.push(fixture);
            }
        }
        self.report.count(
            n_mirrored,
            "fixture is mirrored, which no lamp can be; its turn is kept",
            "fixtures are mirrored, which no lamp can be; their turns are kept",
        );
        self.report.count(
            n_scaled,
            "fixture is stretched; its size is the definition's",
            "fixtures are stretched; their size is the definition's",
        );
        self.house(&mut venue, &homeless);
        venue.groups = groups(scene, &became);
        if let Some(own) = self.own.take() {
            let known: BTreeSet<Uuid> = venue.fixtures.iter().map(|fixture| fixture.id).collect();
            let of_here = |group: &Group| group.members.iter().all(|member| known.contains(&member.fixture));
            (venue.id, venue.name) = (own.id, own.name.clone());
            venue.groups = own.groups.into_iter().filter(of_here).collect();
        }
        self.tell_replaced(&venue);
        venue.foreign = foreign(scene);
        let (scenery, models) = scenery::read(&scene.objects, self.archive, &mut self.report);
        venue.scenery = scenery;
        if let Some(models) = models {
            let path = format!("{}{MODELS}", self.folder);
            self.files.push((path.clone(), models));
            venue.foreign.models = Some(path);
        }
        venue
    }

    /// A fixture as it was in Luma, where the file is Luma's and nobody has altered what it says there.
    fn kept(&self, source: &mvr::Fixture, base: &Fixture, address: Option<(u16, u16)>) -> Option<Fixture> {
        let own = self.own.as_ref()?.fixture(source.uuid)?;
        let mode = source.mode == own.mode || source.mode == own.mode.split(" (break ").next().unwrap_or_default();
        let (universe, address) = address?;
        (mode && self.library.kind(&own.definition, &own.mode).is_ok()).then(|| Fixture {
            label: base.label.clone(),
            universe,
            address,
            position: base.position,
            rotation_deg: if same_turn(own.rotation_deg, base.rotation_deg) { own.rotation_deg } else { base.rotation_deg },
            invert_pan: base.invert_pan,
            invert_tilt: base.invert_tilt,
            ..own.clone()
        })
    }

    /// The fixtures that one of the file becomes, each with its footprint; universe 0 where it has no address.
    fn fixtures(&mut self, source: &mvr::Fixture, base: Fixture) -> Vec<(Fixture, u16)> {
        let first = source.addresses.first().and_then(|address| in_patch(*address));
        if let Some(kept) = self.kept(source, &base, first) {
            return vec![(kept, 0)];
        }
        let known = self.definition(&source.spec);
        let path = known.path.clone();
        let Some(mode) = known.definition.as_ref().and_then(|definition| mode_of(definition, &source.mode)) else {
            let (universe, address) = first.unwrap_or((0, 0));
            if self.definitions.get(&key(&source.spec)).is_some_and(|known| known.definition.is_some()) {
                self.report.note(format!("\"{}\" wants mode \"{}\" of {path}, which it does not have", source.name, source.mode));
            }
            return vec![(Fixture { definition: path, mode: source.mode.clone(), universe, address, ..base }, 1)];
        };
        let (name, whole, breaks) = (mode.name.clone(), mode.slots.len() as u16, mode.breaks.clone());
        let stand_in =
            known.stand_in.as_ref().filter(|_| breaks.len() < 2).and_then(|it| Some((it.path.clone(), it.mode(&name, whole)?.to_owned())));
        let (path, name) = stand_in.unwrap_or((path, name));
        if let Some(known) = self.definitions.get_mut(&key(&source.spec)).filter(|known| known.path != path) {
            known.n_replaced += 1;
        }
        let own = self.own.as_ref().and_then(|own| own.fixture(source.uuid)).cloned();
        let options = |fixture: Fixture| match &own {
            Some(own) => Fixture {
                swap_pan_tilt: own.swap_pan_tilt,
                pan_offset_deg: own.pan_offset_deg,
                tilt_offset_deg: own.tilt_offset_deg,
                limits: own.limits,
                dimmer_curve: own.dimmer_curve,
                max_level: own.max_level,
                color_mixing: own.color_mixing,
                ..fixture
            },
            None => fixture,
        };
        if breaks.len() < 2 {
            let (universe, address) = first.unwrap_or((0, 0));
            return vec![(options(Fixture { definition: path, mode: name, universe, address, ..base }), whole)];
        }
        let addresses = by_break(&breaks, &source.addresses);
        let in_a_row = addresses.windows(2).zip(&breaks).all(|(pair, (_, footprint))| match (pair[0], pair[1]) {
            (Some((universe, address)), Some(next)) => (universe, address + footprint) == next,
            _ => false,
        });
        if in_a_row && addresses.iter().all(Option::is_some) {
            let (universe, address) = addresses[0].unwrap_or((0, 0));
            return vec![(options(Fixture { definition: path, mode: name, universe, address, ..base }), whole)];
        }
        let parts = breaks.iter().zip(addresses).filter_map(|((dmx_break, footprint), address)| {
            let (universe, address) = address?;
            Some((*dmx_break, *footprint, universe, address))
        });
        let mut made: Vec<(Fixture, u16)> = Vec::new();
        for (dmx_break, footprint, universe, address) in parts {
            let id = if made.is_empty() { base.id } else { Uuid::new_v5(&base.id, format!("break {dmx_break}").as_bytes()) };
            let mode = format!("{name} (break {dmx_break})");
            made.push((options(Fixture { id, definition: path.clone(), mode, universe, address, ..base.clone() }), footprint));
        }
        if made.is_empty() {
            return vec![(options(Fixture { definition: path, mode: name, ..base }), whole)];
        }
        if made.len() > 1 {
            self.report.note(format!("\"{}\" listens at {} addresses apart and is patched as a fixture each", source.name, made.len()));
        }
        made
    }

    /// The definition that a fixture names: of the archive, else of the library.
    fn definition(&mut self, spec: &str) -> &Known {
        let key = key(spec);
        if !self.definitions.contains_key(&key) {
            let known = self.find(spec);
            self.definitions.insert(key.clone(), known);
        }
        self.definitions.entry(key).or_default()
    }

    fn find(&mut self, spec: &str) -> Known {
        let file = if formats::extension(spec) == "gdtf" { spec.to_owned() } else { format!("{spec}.gdtf") };
        let path = format!("{}{}", self.folder, file_name(&file));
        let bytes = match self.archive.read(&file, formats::MAX_BYTES as u64) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                if !spec.trim().is_empty() {
                    self.report.note(format!("the definition \"{file}\" is not in the file; put it into the library as \"{path}\""));
                } else {
                    self.report.note("fixtures that name no definition are left out of the rig until they have one");
                }
                let definition = self.library.definition(&path).ok().map(|found| (*found).clone());
                return Known { path, definition, ..Known::default() };
            }
            Err(error) => {
                self.report.note(error.to_string());
                return Known { path, ..Known::default() };
            }
        };
        let definition = match formats::gdtf::read(&bytes) {
            Ok(definition) => {
                self.report.count(
                    definition.warnings.len(),
                    &format!("thing is odd in \"{file}\""),
                    &format!("things are odd in \"{file}\""),
                );
                Some(definition)
            }
            Err(error) => {
                self.report.note(format!("the definition \"{file}\" cannot be read: {error}"));
                None
            }
        };
        self.files.push((path.clone(), bytes));
        let placeholder = definition.as_ref().and_then(|definition| Some((definition, placeholder(definition)?)));
        let stand_in = placeholder.and_then(|(definition, _)| {
            let library = self.library;
            StandIn::of(definition, self.catalogue.get_or_insert_with(|| library.catalogue()))
        });
        if let (Some((definition, true)), None) = (placeholder, &stand_in) {
            let name = format!("{} {}", definition.manufacturer, definition.model);
            self.report
                .note(format!("\"{file}\" says how many channels there are and not what they do; patch a definition of {name} instead"));
        }
        Known { path, definition, stand_in, ..Known::default() }
    }

    /// Tells what stands in for definitions of the file, and leaves aside those that nothing needs any more.
    fn tell_replaced(&mut self, venue: &Venue) {
        let used: BTreeSet<&str> = venue.fixtures.iter().map(|fixture| fixture.definition.as_str()).collect();
        for known in self.definitions.values() {
            if let Some(stand_in) = known.stand_in.as_ref().filter(|_| known.n_replaced > 0) {
                let (n, path) = (known.n_replaced, &stand_in.path);
                let say = format!(
                    "\"{}\" only says how many channels there are: {path} of the library stands in for it ({n} patched)",
                    known.path
                );
                self.report.note(say);
                self.files.retain(|(file, _)| *file != known.path || used.contains(file.as_str()));
            }
        }
    }

    /// Gives those without an address one behind everything that has one.
    fn house(&mut self, venue: &mut Venue, homeless: &[(usize, u16)]) {
        let last = venue.fixtures.iter().map(|fixture| fixture.universe).max().unwrap_or(0);
        let mut taken = Occupancy::default();
        let mut universe = last.saturating_add(1).min(MAX_UNIVERSE);
        for &(at, footprint) in homeless {
            let footprint = footprint.clamp(1, 512);
            let Some((found, address)) = taken.free(universe, footprint) else { continue };
            universe = found;
            let fixture = &mut venue.fixtures[at];
            if taken.claim(&fixture.label, found, address, footprint).is_ok() {
                (fixture.universe, fixture.address) = (found, address);
            }
        }
        if !homeless.is_empty() {
            let first = last.saturating_add(1);
            let one = format!("fixture has no address in the file; it is patched in universe {first}");
            let many = format!("fixtures have no address in the file; they are patched from universe {first} on");
            self.report.count(homeless.len(), &one, &many);
        }
    }
}

/// What Luma has no use for.
fn foreign(scene: &Scene) -> Foreign {
    let point = |point: &mvr::FocusPoint| {
        let placed = from_matrix(&point.world);
        FocusPoint { id: point.uuid, name: point.name.clone(), position: placed.position, rotation_deg: placed.rotation_deg }
    };
    Foreign {
        focus_points: scene.focus_points.iter().map(point).collect(),
        focus: scene.fixtures.iter().filter_map(|fixture| Some((fixture.uuid, fixture.focus?))).collect(),
        parts: scene.kept.clone(),
        models: None,
    }
}

fn key(spec: &str) -> String {
    spec.trim().to_lowercase().trim_end_matches(".gdtf").to_owned()
}

/// Angles that turn a fixture the same way, however they are written.
fn same_turn(a: [f32; 3], b: [f32; 3]) -> bool {
    let turn = |degrees| super::pose::to_matrix([0.0; 3], degrees, [1.0; 3]).axes;
    turn(a).iter().flatten().zip(turn(b).iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-5)
}

/// Exactly by its name, nearly so, or the only one there is.
fn mode_of<'a>(definition: &'a Definition, name: &str) -> Option<&'a Mode> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut whole = definition.modes.iter().filter(|mode| mode.one_break.is_none());
    let near = || definition.modes.iter().find(|mode| plain(&mode.name) == plain(name));
    definition.mode(name).or_else(near).or_else(|| whole.next().filter(|_| whole.next().is_none()))
}

fn in_patch(address: Address) -> Option<(u16, u16)> {
    let universe = u16::try_from(address.universe).ok().filter(|universe| *universe <= MAX_UNIVERSE)?;
    Some((universe, address.channel))
}

/// The address of each break.  Programs count breaks from 0 or from 1; what fits neither is taken in its order.
fn by_break(breaks: &[(u16, u16)], addresses: &[Address]) -> Vec<Option<(u16, u16)>> {
    let numbers: Vec<u16> = breaks.iter().map(|(number, _)| *number).collect();
    let from_one = addresses.iter().all(|address| numbers.contains(&address.dmx_break));
    let from_zero = addresses.iter().all(|address| numbers.contains(&address.dmx_break.saturating_add(1)));
    let add = if from_one { Some(0) } else { from_zero.then_some(1) };
    numbers
        .iter()
        .enumerate()
        .map(|(at, number)| {
            let found = match add {
                Some(add) => addresses.iter().find(|address| address.dmx_break.saturating_add(add) == *number),
                None => addresses.get(at),
            };
            found.and_then(|address| in_patch(*address))
        })
        .collect()
}

/// A group for every layer and every group of the file that has fixtures.
fn groups(scene: &Scene, became: &[Vec<Uuid>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut add = |name: &str, fixtures: &[Uuid]| {
        let name = group_name(name);
        let members = fixtures.iter().map(|fixture| Member { fixture: *fixture, head: None });
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.members.extend(members),
            None => groups.push(Group {
                id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
                name,
                members: members.collect(),
                ..Group::default()
            }),
        }
    };
    for (fixture, became) in scene.fixtures.iter().zip(became) {
        let layer = fixture.layer.and_then(|at| scene.layers.get(at)).map(|layer| layer.name.as_str());
        let mut names: Vec<&str> =
            layer.into_iter().chain(fixture.groups.iter().map(String::as_str)).filter(|name| !name.trim().is_empty()).collect();
        names.sort_by_key(|name| group_name(name));
        names.dedup_by_key(|name| group_name(name));
        names.into_iter().for_each(|name| add(name, became));
    }
    groups
}

/// Small letters, digits and `_`, as groups are called.
fn group_name(name: &str) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '_' };
    let name: String = name.trim().chars().map(plain).take(60).collect();
    let name = name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    match name.chars().next() {
        Some(first) if first.is_ascii_lowercase() && name != "all" => name,
        _ => format!("layer_{name}").trim_end_matches('_').to_owned(),
    }
}
