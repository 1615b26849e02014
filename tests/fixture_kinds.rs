//! Every definition of ours in every mode: each capability is swept through its range, and every range of every channel is
//! entered by what it is for and by nothing else.
//!
//! What a range is for is decided here from the file alone, apart from how Luma lowers it.  `tests/snapshots/encode/` lists
//! every range with the bytes that reached it; `UPDATE_SNAPSHOTS=1 cargo test --test fixture_kinds` writes the lists anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use luma::engine::frame::{BeamValue, has};
use luma::engine::rig::kind::{Drive, FixtureKind};
use luma::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, encode};
use luma::venue::formats::definition::{Channel, Definition, Detail, Effect, Flash, Group, Mode, Range, Sweep};
use luma::venue::library::Library;
use proptest::prelude::*;
use uuid::Uuid;

/// Where the fixture listens in the test.
const ADDRESS: u16 = 101;

fn kinds() -> Vec<(Arc<Definition>, Mode, Arc<FixtureKind>)> {
    let library = Library::builtin();
    let definitions = Library::builtin_paths().map(|path| (path, library.definition(path).unwrap()));
    let modes =
        definitions.flat_map(|(path, definition)| definition.modes.clone().into_iter().map(move |mode| (path, definition.clone(), mode)));
    modes.map(|(path, definition, mode)| (definition, mode.clone(), library.kind(path, &mode.name).unwrap())).collect()
}

fn rig(kind: &Arc<FixtureKind>) -> Rig {
    let fixture = RigFixture {
        id: Uuid::nil(),
        label: "one".into(),
        kind: kind.clone(),
        universe: 1,
        address: ADDRESS,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    Rig::new(vec![fixture], Vec::new())
}

/// All heads alike: lit white, nothing else set.
fn lit(n_heads: usize) -> Frame {
    let mut frame = Frame::default();
    let column = |value: f32| vec![value; n_heads];
    frame.dimmer = column(1.0);
    frame.color = [(); 3].map(|()| column(1.0));
    frame.rest_color = [(); 3].map(|()| column(0.0));
    frame.strobe = column(0.0);
    (frame.pan, frame.tilt) = (column(0.0), column(0.0));
    frame.beam = [(); 7].map(|()| column(0.0));
    frame.set = vec![has::COLOR; n_heads];
    frame
}

fn bytes(rig: &Rig, frame: &Frame) -> Vec<u8> {
    let mut dmx = DmxFrame::default();
    encode(rig, frame, &mut Held::default(), &mut dmx);
    let footprint = usize::from(rig.fixtures[0].kind.footprint);
    let first = usize::from(ADDRESS) - 1;
    let outside = |at: usize| !(first..first + footprint).contains(&at);
    assert!(dmx.bytes[0].iter().enumerate().all(|(at, byte)| !outside(at) || *byte == 0), "a byte outside of the footprint");
    dmx.bytes[0][first..first + footprint].to_vec()
}

/// A capability's way through its range, in `0.0..=1.0`.
type Turn = fn(&mut Frame, f32);

const SWEEPS: [(&str, Turn); 14] = [
    ("dimmer", |frame, at| frame.dimmer.fill(at)),
    ("color", |frame, at| {
        // Through a cube of 17 levels a side, so that every slot's own colour is nearly met.
        let step = (at * 4912.0).round() as usize;
        [step % 17, step / 17 % 17, step / 289]
            .into_iter()
            .zip(&mut frame.color)
            .for_each(|(level, column)| column.fill(level as f32 / 16.0));
    }),
    ("strobe", |frame, at| frame.strobe.fill(at)),
    ("pan", |frame, at| {
        frame.pan.fill(at * 800.0 - 400.0);
        frame.set.iter_mut().for_each(|set| *set |= has::PAN);
    }),
    ("tilt", |frame, at| {
        frame.tilt.fill(at * 800.0 - 400.0);
        frame.set.iter_mut().for_each(|set| *set |= has::TILT);
    }),
    ("zoom", |frame, at| beam(frame, BeamValue::Zoom, at)),
    ("focus", |frame, at| beam(frame, BeamValue::Focus, at)),
    ("iris", |frame, at| beam(frame, BeamValue::Iris, at)),
    ("frost", |frame, at| beam(frame, BeamValue::Frost, at)),
    ("gobo", |frame, at| beam(frame, BeamValue::Gobo, (at * 40.0).round())),
    ("gobo rotation", |frame, at| beam(frame, BeamValue::GoboRotation, at)),
    ("prism", |frame, at| beam(frame, BeamValue::Prism, at)),
    ("speed", |frame, at| frame.set.iter_mut().for_each(|set| *set |= if at < 0.5 { has::FROZEN } else { 0 })),
    ("dark", |frame, at| {
        frame.dimmer.fill(0.0);
        frame.set.fill(has::REST_COLOR);
        frame.rest_color.iter_mut().for_each(|column| column.fill(at));
    }),
];

fn beam(frame: &mut Frame, value: BeamValue, level: f32) {
    frame.beam[value as usize].fill(level);
    frame.set.iter_mut().for_each(|set| *set |= value.bit());
}

/// For every channel: which bytes each sweep sends, in the order of the sweep.
fn swept(rig: &Rig) -> Vec<BTreeMap<&'static str, Vec<u8>>> {
    const STEPS: usize = 4912;
    let mut seen = vec![BTreeMap::new(); usize::from(rig.fixtures[0].kind.footprint)];
    for (name, turn) in SWEEPS {
        for step in 0..=STEPS {
            let mut frame = lit(rig.heads.len());
            turn(&mut frame, step as f32 / STEPS as f32);
            for (channel, byte) in bytes(rig, &frame).into_iter().enumerate() {
                seen[channel].entry(name).or_insert_with(Vec::new).push(byte);
            }
        }
    }
    seen
}

/// What may bring a byte into a range.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    /// This sweep, over all of the range, running up or down with the level.
    Through(&'static str, Sweep),
    /// This sweep, at some byte of the range.
    Somewhere(&'static str),
    /// This sweep, over all of the range or not at all: of two such ranges it takes one.
    OneOfTwo(&'static str, Sweep),
    /// It is where the channel stands while lit and nothing else is asked for.
    AtRest,
    /// The channel may rest there, if anywhere; nothing brings it there.
    RestOnly,
    /// Nothing, ever.
    Never,
}

fn is_dangerous(range: &Range) -> bool {
    let label = range.label.to_lowercase();
    matches!(range.effect, Effect::Reset | Effect::LampOn | Effect::LampOff)
        || ["reset", "lamp", "strike", "shutdown", "calibrat", "factory"].iter().any(|word| label.contains(word))
}

/// What each range of a channel is for.
fn wanted(definition: &Definition, mode: &Mode, channel: &Channel, range: &Range, kind: &FixtureKind) -> Wanted {
    use Wanted::{AtRest, Never, OneOfTwo, RestOnly, Somewhere, Through};
    if is_dangerous(range) {
        return Never;
    }
    let has = |wanted: fn(&Drive) -> bool| kind.functions.iter().any(|function| wanted(&function.drive));
    let mixes = has(|drive| matches!(drive, Drive::Color { .. }));
    let alone = channel.ranges.len() == 1;
    let is_dimmer = |channel: &Channel| {
        channel.group == Group::Intensity
            && matches!(channel.detail, Some(Detail::Dimmer | Detail::MasterDimmer))
            && channel.color.is_none()
    };
    let has_dimmer = mode.slots.iter().any(|slot| definition.channel(*slot).is_some_and(is_dimmer));
    match (channel.group, channel.color, channel.detail) {
        (Group::Maintenance | Group::Effect | Group::Nothing, ..) => RestOnly,
        // Colours are mixed; whites alone are the lamp's level, or open where a dimmer is that.
        (Group::Intensity, Some(_), _) if mixes => Somewhere("color"),
        (Group::Intensity, Some(_), _) if has_dimmer => AtRest,
        (Group::Intensity, Some(_), _) => Through("dimmer", Sweep::Up),
        (Group::Intensity, None, Some(Detail::MasterDimmer | Detail::Dimmer)) if alone => Through("dimmer", Sweep::Up),
        (Group::Intensity, None, _) => RestOnly,
        (Group::Pan, ..) => Through("pan", Sweep::Up),
        (Group::Tilt, ..) => Through("tilt", Sweep::Up),
        (Group::Speed, _, Some(Detail::PanTiltSpeed(_))) => Somewhere("speed"),
        (Group::Shutter, _, Some(Detail::Iris(sweep))) => Through("iris", if sweep == Sweep::Up { Sweep::Down } else { Sweep::Up }),
        (Group::Shutter, ..) => match range.effect {
            Effect::Strobe(Flash::Steady, sweep) => Through("strobe", sweep),
            Effect::ShutterOpen if channel.ranges.iter().filter(|range| range.effect == Effect::ShutterOpen).count() == 1 => AtRest,
            Effect::ShutterOpen => RestOnly,
            Effect::ShutterClosed if !dims(kind) => Somewhere("dark"),
            _ if range.label.to_lowercase().contains("open") || range.label.to_lowercase().contains("no strobe") => AtRest,
            _ => Never,
        },
        (Group::Color, ..) => match range.effect {
            Effect::ColorMacro if range.colors.len() == 1 && !mixes => Somewhere("color"),
            _ if mixes => RestOnly,
            _ => Never,
        },
        (Group::Gobo, ..) => match range.effect {
            Effect::Gobo => Somewhere("gobo"),
            Effect::GoboShake => Never,
            _ if channel.ranges.iter().any(|range| range.effect == Effect::Gobo) => Never,
            Effect::RotationStop => Somewhere("gobo rotation"),
            Effect::Rotation(_, sweep) => OneOfTwo("gobo rotation", sweep),
            _ => RestOnly,
        },
        (Group::Prism, ..) => match range.effect {
            Effect::PrismOff | Effect::PrismOn => Somewhere("prism"),
            _ => RestOnly,
        },
        (Group::Beam, _, Some(Detail::Zoom(sweep))) => Through("zoom", sweep),
        (Group::Beam, _, Some(Detail::Focus(sweep))) => Through("focus", sweep),
        (Group::Beam, ..) if channel.name == "Frost" => Somewhere("frost"),
        _ => RestOnly,
    }
}

/// The bytes of a sweep that lie in a range, in their order.
fn inside(bytes: &[u8], range: &Range) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| range.contains(*byte)).collect()
}

fn check(place: &str, range: &Range, mut wanted: Wanted, seen: &BTreeMap<&'static str, Vec<u8>>, resting: u8) {
    let by = |sweep: &str| inside(&seen[sweep], range);
    // In the dark, and by level alone, a channel may go where it does without.
    let stays = |sweep: &str| {
        let others = seen.iter().filter(|(name, _)| ![sweep, "dark", "dimmer"].contains(*name));
        others.flat_map(|(_, bytes)| bytes).all(|byte| !range.contains(*byte) || *byte == resting)
    };
    if let Wanted::OneOfTwo(sweep, runs) = wanted {
        wanted = if by(sweep).is_empty() { Wanted::Never } else { Wanted::Through(sweep, runs) };
    }
    match wanted {
        Wanted::OneOfTwo(..) => {}
        Wanted::Through(sweep, runs) => {
            let bytes = by(sweep);
            let (first, last) = if runs == Sweep::Down { (range.max, range.min) } else { (range.min, range.max) };
            assert_eq!((bytes.first(), bytes.last()), (Some(&first), Some(&last)), "{place} by {sweep}");
            let ordered = bytes.windows(2).all(|pair| if first <= last { pair[0] <= pair[1] } else { pair[0] >= pair[1] });
            assert!(ordered, "{place} by {sweep} is no steady way");
            let all: BTreeSet<u8> = bytes.into_iter().collect();
            assert_eq!(all.len(), usize::from(range.width()), "{place} by {sweep}: steps are left out");
        }
        Wanted::Somewhere(sweep) => {
            assert!(!by(sweep).is_empty(), "{place} is never reached by {sweep}");
            assert!(stays(sweep), "{place} is entered by something else than {sweep}");
        }
        Wanted::AtRest => assert!(range.contains(resting), "{place}: the channel rests at {resting}"),
        Wanted::RestOnly => {
            let entered = seen.values().flatten().any(|byte| range.contains(*byte) && *byte != resting);
            assert!(!entered, "{place} is entered");
        }
        Wanted::Never => {
            let by: Vec<&str> = seen.iter().filter(|(_, bytes)| !inside(bytes, range).is_empty()).map(|(name, _)| *name).collect();
            assert!(by.is_empty(), "{place} is entered by {by:?}");
        }
    }
}

/// A light source of the fixture can be dark by itself.
fn dims(kind: &FixtureKind) -> bool {
    kind.functions.iter().any(|function| matches!(function.drive, Drive::Dimmer { .. } | Drive::Color { scaled: true, .. }))
}

/// `12-31 Open: rests at 20; strobe 32..191`.
fn line(range: &Range, seen: &BTreeMap<&'static str, Vec<u8>>, resting: u8) -> String {
    let mut line = format!("    {}-{} {}:", range.min, range.max, range.label);
    if range.contains(resting) {
        write!(line, " rests at {resting}").unwrap();
    }
    for (name, bytes) in seen {
        let bytes = inside(bytes, range);
        if let (Some(low), Some(high)) = (bytes.iter().min(), bytes.iter().max())
            && (*low, *high) != (resting, resting)
        {
            write!(line, " {name} {low}..{high}").unwrap();
        }
    }
    line.trim_end_matches(':').to_owned()
}

#[test]
fn every_range_of_every_definition_is_entered_by_what_it_is_for_and_by_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/encode");
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (definition, mode, kind) in kinds() {
        let rig = rig(&kind);
        let (seen, resting) = (swept(&rig), bytes(&rig, &lit(rig.heads.len())));
        let text = texts.entry(definition.model.replace(' ', "-")).or_default();
        writeln!(text, "{}", mode.name).unwrap();
        for (at, slot) in mode.slots.iter().enumerate() {
            let channel = definition.channel(*slot).unwrap();
            writeln!(text, "  {} {}", at + 1, channel.name).unwrap();
            for range in &channel.ranges {
                writeln!(text, "{}", line(range, &seen[at], resting[at])).unwrap();
                if !channel.fine {
                    let place =
                        format!("{}, {}, {} {}-{} \"{}\"", definition.model, mode.name, channel.name, range.min, range.max, range.label);
                    check(&place, range, wanted(&definition, &mode, channel, range, &kind), &seen[at], resting[at]);
                }
            }
            let turns: Vec<&Range> = channel
                .ranges
                .iter()
                .filter(|range| matches!(wanted(&definition, &mode, channel, range, &kind), Wanted::OneOfTwo(..)))
                .collect();
            let taken = turns.iter().filter(|range| !inside(&seen[at]["gobo rotation"], range).is_empty()).count();
            assert_eq!(taken, turns.len().min(1), "{} turns one way", channel.name);
        }
    }
    assert_eq!(texts.len(), 17, "one list for every definition");
    for (model, text) in texts {
        let path = folder.join(format!("{model}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "{}", path.display());
    }
}

#[test]
fn a_value_of_two_bytes_is_one_number_of_sixteen_bits() {
    let mut pairs = 0;
    for (definition, mode, kind) in kinds() {
        let rig = rig(&kind);
        for function in &kind.functions {
            let (Drive::Pan { channel, .. }
            | Drive::Tilt { channel, .. }
            | Drive::Dimmer { channel, .. }
            | Drive::Zoom { channel, .. }
            | Drive::Focus { channel, .. }) = &function.drive
            else {
                continue;
            };
            let Some(fine) = channel.fine else { continue };
            let name = match &function.drive {
                Drive::Pan { .. } => "pan",
                Drive::Tilt { .. } => "tilt",
                Drive::Dimmer { .. } => "dimmer",
                Drive::Zoom { .. } => "zoom",
                _ => "focus",
            };
            let turn = SWEEPS.iter().find(|(known, _)| *known == name).unwrap().1;
            let values: Vec<u16> = (0..=20_000)
                .map(|step| {
                    let mut frame = lit(rig.heads.len());
                    turn(&mut frame, step as f32 / 20_000.0);
                    let bytes = bytes(&rig, &frame);
                    u16::from_be_bytes([bytes[usize::from(channel.coarse)], bytes[usize::from(fine)]])
                })
                .collect();
            let place = format!("{} {} {name}", definition.model, mode.name);
            assert_eq!((values.iter().min(), values.iter().max()), (Some(&0), Some(&u16::MAX)), "{place}");
            assert!(values.is_sorted() || values.iter().rev().is_sorted(), "{place} goes back on its way");
            // Of 20,000 steps the narrowest movement takes a tenth.
            assert!(values.iter().collect::<BTreeSet<_>>().len() > 2000, "{place} is coarse");
            pairs += 1;
        }
    }
    assert!(pairs > 10, "{pairs} values of two bytes");
}

/// Any numbers at all, NaN and infinities too.
fn any_frame(n_heads: usize) -> impl Strategy<Value = Frame> {
    let column =
        move || proptest::collection::vec(prop_oneof![4 => 0.0f32..=1.0, 1 => proptest::num::f32::ANY, 1 => -800.0f32..800.0], n_heads);
    let columns = proptest::collection::vec(column(), 17);
    (columns, proptest::collection::vec(any::<u16>(), n_heads)).prop_map(move |(columns, set)| {
        let mut columns = columns.into_iter();
        let mut next = || columns.next().unwrap_or_default();
        let mut frame = lit(n_heads);
        (frame.dimmer, frame.strobe, frame.pan, frame.tilt) = (next(), next(), next(), next());
        frame.color.iter_mut().chain(&mut frame.rest_color).chain(&mut frame.beam).for_each(|column| *column = next());
        frame.set = set;
        frame
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_frame_brings_a_byte_into_a_dangerous_range(frames in any_frame(24)) {
        for (definition, mode, kind) in kinds() {
            let rig = rig(&kind);
            let n_heads = rig.heads.len();
            prop_assert!(n_heads <= 24);
            let mut frame = frames.clone();
            let Frame { dimmer, color, rest_color, strobe, pan, tilt, beam, .. } = &mut frame;
            [dimmer, strobe, pan, tilt].into_iter().chain(color).chain(rest_color).chain(beam).for_each(|column| column.truncate(n_heads));
            frame.set.truncate(n_heads);
            let resting = bytes(&rig, &lit(n_heads));
            for (at, byte) in bytes(&rig, &frame).into_iter().enumerate() {
                let channel = definition.channel(mode.slots[at]).unwrap();
                let Some(range) = channel.ranges.iter().find(|range| range.contains(byte) && !channel.fine) else { continue };
                let wanted = wanted(&definition, &mode, channel, range, &kind);
                let place = format!("{}, {}, {} at {byte} \"{}\"", definition.model, mode.name, channel.name, range.label);
                prop_assert!(wanted != Wanted::Never, "{place} must never be entered");
                prop_assert!(wanted != Wanted::RestOnly || byte == resting[at], "{place} is entered, it rests at {}", resting[at]);
            }
        }
    }
}
