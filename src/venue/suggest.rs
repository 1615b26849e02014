//! Groups that a rig asks for: by where its lamps hang, by kind, by maker and model.
//!
//! The same rig gives the same suggestions in the same order.  Names follow the rules of group names and clash with no group
//! that is there; a suggestion with the lamps of such a group, of another suggestion or of the whole venue is left out.

use std::collections::{BTreeMap, BTreeSet};

use glam::Vec3;
use uuid::Uuid;

use super::library::Library;
use super::lines::{self, Line};
use super::model::{Fixture, Group, Member, Venue};
use super::patch::is_group_name;
use crate::engine::rig::Pose;
use crate::engine::rig::kind::{Body, Drive, FixtureKind};

/// Longer names are cut.
const MAX_NAME: usize = 40;

#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Ordered, with tags, without an id.
    pub group: Group,
    /// Why these belong together, for people.
    pub why: String,
}

struct Lamp<'a> {
    fixture: &'a Fixture,
    kind: Option<std::sync::Arc<FixtureKind>>,
}

/// Lines first, then kinds, models, and the kinds of each line.
pub fn groups(venue: &Venue, library: &Library) -> Vec<Suggestion> {
    let lamps: Vec<Lamp> =
        venue.fixtures.iter().map(|fixture| Lamp { fixture, kind: library.kind(&fixture.definition, &fixture.mode).ok() }).collect();
    let mut offer = Offer::new(venue, &lamps);
    let lines = of(venue);
    for line in &lines {
        offer.add(&line.name, &line.members, &format!("{} in a row", line.members.len()));
    }
    let kinds = by(&lamps, |lamp| lamp.kind.as_ref().map(|kind| kind_name(kind.body).to_owned()));
    for (name, members) in &kinds {
        offer.add(name, members, "of one kind");
    }
    let models = by(&lamps, |lamp| {
        lamp.kind
            .as_ref()
            .map(|kind| format!("{} {}", kind.manufacturer, kind.model.strip_prefix(&*kind.manufacturer).unwrap_or(&kind.model).trim()))
    });
    for (name, members) in models.iter().filter(|(_, members)| members.len() > 1) {
        offer.add(&slug(name), members, &format!("every {name}"));
    }
    for line in &lines {
        let own: Vec<Lamp> = line.members.iter().map(|at| Lamp { fixture: lamps[*at].fixture, kind: lamps[*at].kind.clone() }).collect();
        for (kind, members) in by(&own, |lamp| lamp.kind.as_ref().map(|kind| kind_name(kind.body).to_owned())) {
            let members: Vec<usize> = members.into_iter().map(|at| line.members[at]).collect();
            if members.len() > 1 {
                offer.add_in_order(
                    &format!("{}_{kind}", line.name),
                    &members,
                    &format!("{} of {}", kind.replace('_', " "), line.name.replace('_', " ")),
                );
            }
        }
    }
    offer.suggestions
}

/// The lines that a venue's fixtures hang in; members are places in the patch.
pub fn of(venue: &Venue) -> Vec<Line> {
    lines::lines(&venue.fixtures.iter().map(|fixture| fixture.position).collect::<Vec<_>>())
}

/// What a group is good for, in words that stand beside its tags: `wash`, `front_light`, `haze`.
pub fn purposes(venue: &Venue, library: &Library, members: &[Member]) -> Vec<&'static str> {
    let of = |member: &Member| venue.fixtures.iter().find(|fixture| fixture.id == member.fixture);
    let lamps: Vec<Lamp> = members
        .iter()
        .filter_map(of)
        .map(|fixture| Lamp { fixture, kind: library.kind(&fixture.definition, &fixture.mode).ok() })
        .collect();
    purposes_of(&lamps.iter().collect::<Vec<_>>(), depth(venue))
}

/// Front and back end of the rig.
fn depth(venue: &Venue) -> (f32, f32) {
    let ys = || venue.fixtures.iter().map(|fixture| fixture.position[1]).filter(|y| y.is_finite());
    (ys().fold(f32::MAX, f32::min), ys().fold(f32::MIN, f32::max))
}

fn purposes_of(lamps: &[&Lamp], (front, back): (f32, f32)) -> Vec<&'static str> {
    let kinds: Vec<&FixtureKind> = lamps.iter().filter_map(|lamp| lamp.kind.as_deref()).collect();
    let most = |test: &dyn Fn(&FixtureKind) -> bool| kinds.iter().filter(|kind| test(kind)).count() * 2 > kinds.len();
    let mut purposes = Vec::new();
    for (name, test) in [
        ("wash", &(|kind: &FixtureKind| matches!(kind.body, Body::MovingWash | Body::Par | Body::Bar)) as &dyn Fn(&FixtureKind) -> bool),
        ("spot", &|kind| matches!(kind.body, Body::MovingSpot | Body::Scanner)),
        ("beam", &|kind| kind.body == Body::MovingBeam),
        ("strobe", &|kind| kind.body == Body::Strobe),
        ("blinder", &|kind| kind.body == Body::Blinder),
        ("haze", &|kind| kind.body == Body::Hazer),
        ("pixels", &|kind| kind.head_offsets.len() >= 4),
    ] {
        if most(test) {
            purposes.push(name);
        }
    }
    let moves = most(&|kind| kind.functions.iter().any(|function| matches!(function.drive, Drive::Pan { .. } | Drive::Tilt { .. })));
    if kinds.is_empty() || moves || purposes.contains(&"haze") {
        return purposes;
    }
    let n = lamps.len() as f32;
    let aim = lamps.iter().map(|lamp| aim(lamp.fixture)).sum::<Vec3>() / n;
    let y = lamps.iter().map(|lamp| lamp.fixture.position[1]).sum::<f32>() / n;
    let share = (y - front) / (back - front).max(0.001);
    let from = match () {
        () if aim.z > 0.7 => Some("uplight"),
        () if aim.x.abs() > 0.6 && aim.x.abs() > aim.y.abs() => Some("side_light"),
        () if aim.y > 0.3 && share < 0.5 => Some("front_light"),
        () if aim.y < -0.3 && share > 0.5 => Some("back_light"),
        () if aim.z < -0.9 => Some("top_light"),
        () => None,
    };
    purposes.extend(from);
    purposes
}

/// Where a fixture at rest shines to; nothing where its numbers are none.
fn aim(fixture: &Fixture) -> Vec3 {
    let pose = Pose { position: Vec3::ZERO, rotation_deg: Vec3::from_array(fixture.rotation_deg) };
    let aim = pose.rotation() * Vec3::NEG_Z;
    if aim.is_finite() { aim } else { Vec3::ZERO }
}

fn kind_name(body: Body) -> &'static str {
    match body {
        Body::Par => "pars",
        Body::MovingWash => "moving_washes",
        Body::MovingSpot => "moving_spots",
        Body::MovingBeam => "moving_beams",
        Body::Scanner => "scanners",
        Body::Bar => "bars",
        Body::Strobe => "strobes",
        Body::Blinder => "blinders",
        Body::Hazer => "hazers",
        Body::Dimmer => "dimmers",
        Body::Other => "effects",
    }
}

/// Lamps by a name of theirs, names sorted.
fn by(lamps: &[Lamp], name: impl Fn(&Lamp) -> Option<String>) -> BTreeMap<String, Vec<usize>> {
    let mut sorted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, lamp) in lamps.iter().enumerate() {
        if let Some(name) = name(lamp) {
            sorted.entry(name).or_default().push(at);
        }
    }
    sorted
}

/// "Clay Paky A.leda B-EYE K10" as `clay_paky_a_leda_b_eye_k10`.
fn slug(name: &str) -> String {
    let plain: String = name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { ' ' }).collect();
    let joined = plain.split_whitespace().collect::<Vec<_>>().join("_");
    let named = if joined.starts_with(|sign: char| sign.is_ascii_lowercase()) { joined } else { format!("model_{joined}") };
    named.chars().take(MAX_NAME).collect::<String>().trim_end_matches('_').to_owned()
}

struct Offer<'a> {
    lamps: &'a [Lamp<'a>],
    depth: (f32, f32),
    names: BTreeSet<String>,
    /// Who is together already.
    together: BTreeSet<BTreeSet<Uuid>>,
    suggestions: Vec<Suggestion>,
}

impl<'a> Offer<'a> {
    fn new(venue: &Venue, lamps: &'a [Lamp<'a>]) -> Self {
        let whole = |group: &Group| group.members.iter().map(|member| member.fixture).collect();
        let mut together: BTreeSet<BTreeSet<Uuid>> = venue.groups.iter().map(whole).collect();
        together.insert(lamps.iter().map(|lamp| lamp.fixture.id).collect());
        let names = venue.groups.iter().map(|group| group.name.clone()).collect();
        Self { lamps, depth: depth(venue), names, together, suggestions: Vec::new() }
    }

    /// In the order that light runs through a rig: front to back, each row from left to right.
    fn add(&mut self, name: &str, members: &[usize], why: &str) {
        let mut ordered = members.to_vec();
        let key = |at: &usize| self.lamps[*at].fixture.position;
        // Rows that sag a little are still one row; towers go upwards.
        let spread = |axis: usize| {
            let along = || members.iter().map(|at| key(at)[axis]);
            along().fold(f32::MIN, f32::max) - along().fold(f32::MAX, f32::min)
        };
        let row = |metres: f32| (metres / 0.5).round();
        let upright = spread(2) > 1.0 && spread(0) < 0.5 && spread(1) < 0.5;
        ordered.sort_by(|a, b| {
            let order = |at: &usize| {
                let [x, y, z] = key(at);
                if upright { [z, 0.0, 0.0] } else { [row(y), x, z] }
            };
            let (a_order, b_order) = (order(a), order(b));
            a_order.iter().zip(&b_order).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(a.cmp(b))
        });
        self.add_in_order(name, &ordered, why);
    }

    fn add_in_order(&mut self, name: &str, members: &[usize], why: &str) {
        let ids: BTreeSet<Uuid> = members.iter().map(|at| self.lamps[*at].fixture.id).collect();
        if members.is_empty() || !is_group_name(name) || !self.together.insert(ids) {
            return;
        }
        let free = (1..).map(|n| if n == 1 { name.to_owned() } else { format!("{name}_{n}") });
        let Some(name) = free.into_iter().find(|name| !self.names.contains(name)) else { return };
        self.names.insert(name.clone());
        let lamps: Vec<&Lamp> = members.iter().map(|at| &self.lamps[*at]).collect();
        let tags = purposes_of(&lamps, self.depth).into_iter().map(str::to_owned).collect();
        let members = lamps.iter().map(|lamp| Member { fixture: lamp.fixture.id, head: None }).collect();
        self.suggestions.push(Suggestion { group: Group { name, members, tags, ..Group::default() }, why: why.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lamp(n: u128, definition: &str, mode: &str, position: [f32; 3], tilt_deg: f32) -> Fixture {
        let (definition, mode) = (format!("luma/{definition}.qxf"), mode.to_owned());
        Fixture { id: Uuid::from_u128(n), definition, mode, position, rotation_deg: [tilt_deg, 0.0, 0.0], ..Fixture::default() }
    }

    /// Four pars in front that shine upstage, three behind, a washlight among them, a hazer on the floor.
    fn venue() -> Venue {
        let mode = |definition: &str| Library::builtin().definition(&format!("luma/{definition}.qxf")).unwrap().modes[0].name.clone();
        let (par, wash, haze) = (mode("Luma-Par-RGB"), mode("Luma-Wash-19"), mode("Luma-Haze-1"));
        let mut fixtures: Vec<Fixture> =
            (0..4).map(|n| lamp(10 - n, "Luma-Par-RGB", &par, [3.0 - n as f32 * 2.0, -3.0, 4.0], 50.0)).collect();
        fixtures.extend((0..3).map(|n| lamp(20 + n, "Luma-Par-RGB", &par, [n as f32 * 2.0, 4.0, 4.0], -50.0)));
        fixtures.extend((0..2).map(|n| lamp(30 + n, "Luma-Wash-19", &wash, [n as f32 * 2.0 - 4.0, 4.0, 4.0], 0.0)));
        fixtures.push(lamp(40, "Luma-Haze-1", &haze, [0.0, 5.0, 0.0], 0.0));
        Venue { fixtures, ..Venue::default() }
    }

    fn told(suggestions: &[Suggestion]) -> Vec<(&str, usize, Vec<&str>)> {
        suggestions
            .iter()
            .map(|it| (it.group.name.as_str(), it.group.members.len(), it.group.tags.iter().map(String::as_str).collect()))
            .collect()
    }

    #[test]
    fn a_rig_is_offered_its_trusses_kinds_and_what_is_on_each_truss() {
        let venue = venue();
        let suggestions = groups(&venue, &Library::builtin());
        assert_eq!(
            told(&suggestions),
            [
                ("front_truss", 4, vec!["wash", "front_light"]),
                ("back_truss", 5, vec!["wash", "back_light"]),
                ("hazers", 1, vec!["haze"]),
                ("moving_washes", 2, vec!["wash"]),
                ("pars", 7, vec!["wash"]),
                ("back_truss_pars", 3, vec!["wash", "back_light"]),
            ]
        );
        let front: Vec<u128> = suggestions[0].group.members.iter().map(|member| member.fixture.as_u128()).collect();
        assert_eq!(front, [7, 8, 9, 10], "from left to right");
        let mut turned = venue.clone();
        turned.fixtures.reverse();
        assert_eq!(groups(&turned, &Library::builtin()), suggestions, "whatever the order of the patch is");
    }

    #[test]
    fn what_is_there_already_is_not_offered_again() {
        let mut venue = venue();
        let suggestions = groups(&venue, &Library::builtin());
        venue.groups = suggestions.iter().take(2).map(|it| Group { id: Uuid::from_u128(7), ..it.group.clone() }).collect();
        venue.groups[0].name = "my_front".into();
        venue.groups.push(Group { name: "pars".into(), ..Group::default() });
        let again = groups(&venue, &Library::builtin());
        let names: Vec<&str> = again.iter().map(|it| it.group.name.as_str()).collect();
        assert_eq!(names, ["hazers", "moving_washes", "pars_2", "back_truss_pars"]);
    }

    #[test]
    fn names_of_models_become_group_names() {
        for (name, expected) in [
            ("Robe Robin 600 LEDWash", "robe_robin_600_ledwash"),
            ("5 Star!", "model_5_star"),
            ("Лампа", "model"),
            ("Clay Paky A.leda", "clay_paky_a_leda"),
        ] {
            assert_eq!(slug(name), expected);
            assert!(is_group_name(&slug(name)), "{name}");
        }
    }
}
