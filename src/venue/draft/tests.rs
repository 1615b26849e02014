//! Changes one by one, what follows them, and what is found wrong.

use super::*;
use crate::venue::formats::definition::{Alias, Effect, Flash, Group, Sweep};
use crate::venue::formats::parameter::{Cie, Function, Source, Value};
use crate::venue::formats::qxf;
use crate::venue::library::Library;

fn spot() -> Definition {
    Library::builtin().definition("luma/Luma-Spot-350.qxf").unwrap().as_ref().clone()
}

fn bar() -> Definition {
    Library::builtin().definition("luma/Luma-Pixel-Bar-12.qxf").unwrap().as_ref().clone()
}

fn changed(definition: &Definition, changes: impl IntoIterator<Item = Change>) -> Definition {
    changes.into_iter().fold(definition.clone(), |definition, change| change.apply(&definition).unwrap())
}

/// Channels of a mode by name.
fn names(definition: &Definition, mode: usize) -> Vec<String> {
    definition.modes[mode].slots.iter().map(|slot| definition.channel(*slot).unwrap().name.clone()).collect()
}

#[test]
fn an_altered_definition_is_saved_as_qxf_and_reads_back_equal() {
    let before = duplicate(&spot(), "Spot 350 altered");
    let fan = Channel {
        name: "  Fan <loud> &  \"cold\" ".into(),
        group: Group::Maintenance,
        default: Some(0),
        ranges: vec![
            Range { min: 100, max: 255, label: "Loud".into(), effect: Effect::Sweep(Sweep::Up), ..Range::default() },
            Range { max: 99, label: " Off \n".into(), ..Range::default() },
        ],
        ..Channel::default()
    };
    let physical =
        Physical { width_mm: 0.5, pan_max_deg: 540.0, layout: Some((3, 2)), connector: "5-pin".into(), ..before.physical.clone() };
    let n = before.channels.len();
    let after = changed(
        &before,
        [
            Change::Name { manufacturer: "Łódź & Söhne".into(), model: "照明 <1>".into() },
            Change::Author("Me".into()),
            Change::Device(Device::Effect),
            Change::Physical { mode: None, physical: Some(physical.clone()) },
            Change::AddChannel(fan),
            Change::SplitRange { channel: n, range: 1, at: 200 },
            Change::AddMode { name: "mine".into(), like: Some(0) },
            Change::InsertSlot { mode: before.modes.len(), at: 2, channel: n },
            Change::ActsOn { mode: before.modes.len(), at: 2, on: Some(0) },
            Change::Heads { mode: before.modes.len(), heads: vec![vec![0, 1], vec![2]] },
            Change::Physical { mode: Some(before.modes.len()), physical: Some(Physical::default()) },
        ],
    );
    assert_eq!(faults(&after).iter().filter(|fault| fault.blocks).collect::<Vec<_>>(), Vec::<&Fault>::new());
    let bytes = qxf::write::write(&after).unwrap();
    let mut read = qxf::read_bytes(&bytes).unwrap();
    read.warnings.clear();
    assert_eq!(read, after);
    assert_eq!((read.manufacturer.as_str(), read.physical.layout), ("Łódź & Söhne", Some((3, 2))));
    let fan = read.channels.last().unwrap();
    assert_eq!(fan.name, "Fan <loud> & \"cold\"");
    assert_eq!(fan.ranges.iter().map(|range| (range.min, range.max)).collect::<Vec<_>>(), [(0, 99), (100, 199), (200, 255)]);
    assert_eq!(names(&read, before.modes.len())[2], fan.name);
}

#[test]
fn heads_and_what_acts_on_what_follow_the_channels_of_a_mode() {
    let mut before = bar();
    let mode = before.modes.iter().position(|mode| mode.heads.len() == 12).unwrap();
    before.modes[mode].slots[2].acts_on = Some(5);
    let heads = before.modes[mode].heads.clone();
    let spare = Channel { name: "spare".into(), ..before.channels[0].clone() };
    let n = before.channels.len();
    let longer = changed(&before, [Change::AddChannel(spare), Change::InsertSlot { mode, at: 1, channel: n }]);
    let moved = |offset: u16| if offset >= 1 { offset + 1 } else { offset };
    let expected: Vec<Vec<u16>> = heads.iter().map(|head| head.iter().map(|offset| moved(*offset)).collect()).collect();
    assert_eq!(longer.modes[mode].heads, expected);
    assert_eq!(longer.modes[mode].slots[3].acts_on, Some(6));
    let back = changed(&longer, [Change::RemoveSlot { mode, at: 1 }]);
    assert_eq!(back.modes[mode], before.modes[mode]);

    let there = changed(&before, [Change::MoveSlot { mode, from: 0, to: 7 }]);
    let back = changed(&there, [Change::MoveSlot { mode, from: 7, to: 0 }]);
    assert_eq!(names(&there, mode)[7], names(&before, mode)[0]);
    assert_eq!(back.modes, before.modes);

    let first = before.modes[mode].slots[0].channel;
    let name = before.channels[first].name.clone();
    let without = changed(&before, [Change::RemoveChannel(first)]);
    assert!(!names(&without, mode).contains(&name));
    assert_eq!(names(&without, mode), names(&before, mode)[1..]);
}

#[test]
fn aliases_follow_the_names_of_channels_and_modes() {
    let mut before = spot();
    let alias = Alias { mode: before.modes[0].name.clone(), from: before.channels[0].name.clone(), to: before.channels[1].name.clone() };
    let n_ranges = before.channels[2].ranges.len();
    before.channels[2].ranges[n_ranges - 1].aliases.push(alias);
    let renamed = Channel { name: "new name".into(), ..before.channels[0].clone() };
    let after = changed(&before, [Change::PutChannel { channel: 0, to: renamed }, Change::RenameMode { mode: 0, name: "new mode".into() }]);
    let alias = &after.channels[2].ranges[n_ranges - 1].aliases[0];
    assert_eq!((alias.mode.as_str(), alias.from.as_str()), ("new mode", "new name"));
    let gone = changed(&after, [Change::RemoveMode(0)]);
    assert!(gone.channels[2].ranges[n_ranges - 1].aliases.is_empty());
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let definition = spot();
    let gone = |what| ChangeError::Gone { what, at: 99 };
    for (change, error) in [
        (Change::RemoveChannel(99), gone("channel")),
        (Change::RemoveMode(99), gone("mode")),
        (Change::JoinRange { channel: 0, range: 98 }, gone("range")),
        (Change::MoveSlot { mode: 0, from: 0, to: 99 }, gone("channel of this mode")),
        (Change::InsertSlot { mode: 0, at: 0, channel: 99 }, gone("channel")),
        (Change::Physical { mode: None, physical: None }, ChangeError::DevicePhysical),
        (
            Change::SplitRange { channel: 0, range: 0, at: 0 },
            ChangeError::Split { at: 0, min: 0, max: definition.channels[0].ranges[0].max },
        ),
    ] {
        assert_eq!(change.apply(&definition), Err(error), "{}", change.label());
    }
}

#[test]
fn faults_say_what_is_wrong_and_where() {
    let definition = spot();
    assert_eq!(faults(&definition).iter().filter(|fault| fault.blocks).count(), 0);
    let with = |change: &dyn Fn(&mut Definition)| {
        let mut definition = spot();
        change(&mut definition);
        faults(&definition)
    };
    let range = |min, max| Range { min, max, ..Range::default() };
    let cases: Vec<(Vec<Fault>, Place, bool, &str)> = vec![
        (with(&|it| it.model.clear()), Place::Device, true, "The model has no name"),
        (with(&|it| it.modes.clear()), Place::Device, true, "There is no mode"),
        (with(&|it| it.physical.watts = f32::NAN), Place::Device, true, "The power of the device is NaN"),
        (with(&|it| it.physical.layout = Some((0, 1))), Place::Device, true, "layout"),
        (with(&|it| it.channels[3].ranges.clear()), Place::Channel(3), true, "has no range"),
        (with(&|it| it.channels[3].ranges = vec![range(10, 20)]), Place::Channel(3), false, "outside of 10-20"),
        (
            with(&|it| it.channels[3].ranges = vec![range(0, 20), range(20, 255)]),
            Place::Range { channel: 3, range: 1 },
            true,
            "Ranges 0-20 and 20-255",
        ),
        (
            with(&|it| it.channels[3].ranges = vec![range(0, 20), range(30, 255)]),
            Place::Range { channel: 3, range: 1 },
            false,
            "values 21-29",
        ),
        (with(&|it| it.channels[3].ranges = vec![range(255, 0)]), Place::Range { channel: 3, range: 0 }, true, "ends before it begins"),
        (
            with(&|it| {
                let strobe = Range { effect: Effect::Strobe(Flash::Steady, Sweep::Up), numbers: [Some(9.0), Some(1.0)], ..range(0, 255) };
                it.channels[3].ranges = vec![strobe];
            }),
            Place::Range { channel: 3, range: 0 },
            true,
            "falls from 9 to 1 Hz",
        ),
        (
            with(&|it| it.channels[3].ranges = vec![Range { colors: vec![[1, 2, 3]; 3], effect: Effect::ColorSplit, ..range(0, 255) }]),
            Place::Range { channel: 3, range: 0 },
            true,
            "two are the most",
        ),
        (
            with(&|it| {
                it.channels[3].default = Some(5);
                it.channels[3].ranges = vec![Range { effect: Effect::Reset, ..range(0, 255) }];
            }),
            Place::Channel(3),
            false,
            "rests in 0-255, which resets",
        ),
        (with(&|it| it.modes[0].slots[1].channel = 999), Place::Slot { mode: 0, at: 1 }, true, "Channel 2 of mode"),
        (with(&|it| it.modes[0].slots[1] = it.modes[0].slots[0]), Place::Slot { mode: 0, at: 1 }, true, "twice, as 1 and 2"),
        (with(&|it| it.modes[0].heads = vec![vec![], vec![0, 0, 900]]), Place::Head { mode: 0, head: 0 }, true, "has no channels"),
        (with(&|it| it.modes[0].heads = vec![vec![0, 0, 900]]), Place::Head { mode: 0, head: 0 }, true, "has channel 1 twice"),
        (with(&|it| it.modes[0].name = it.modes[1].name.clone()), Place::Mode(1), true, "Modes 1 and 2 are both called"),
    ];
    for (found, place, blocks, words) in cases {
        let hit = found.iter().find(|fault| fault.text.contains(words));
        let hit = hit.unwrap_or_else(|| panic!("no \"{words}\" in {found:#?}"));
        assert_eq!((hit.place, hit.blocks), (place, blocks), "{words}");
    }
}

#[test]
fn channels_of_one_name_are_told_apart_where_a_mode_means_the_second() {
    let mut twins = spot();
    let name = twins.channels[0].name.clone();
    let slot = twins.modes[0].slots[1].channel;
    twins.channels[slot].name.clone_from(&name);
    let first = twins.modes[0].slots.iter().position(|slot| slot.channel == 0).unwrap();
    twins.modes[0].slots.remove(first);
    twins.modes[0].slots.iter_mut().for_each(|slot| slot.acts_on = None);
    assert!(faults(&twins).iter().any(|fault| fault.text.contains("gets another name")), "{:#?}", faults(&twins));
    let saved = qxf::read_bytes(&qxf::write::write(&twins).unwrap()).unwrap();
    assert_eq!(saved.channels[slot].name, format!("{name} 2"));
    assert_eq!(saved.modes[0].slots[0].channel, slot);
}

#[test]
fn light_sources_are_altered_and_what_they_light_follows() {
    let source = |name: &str, x, y| Source { name: name.into(), color: Some(Cie { x, y, luminance: 20.0 }), ..Source::default() };
    let mut before = spot();
    let function = |source| Function { source: Some(source), ..Function::default() };
    before.channels[0].value = Some(Box::new(Value { functions: vec![function(0), function(1), function(2)], ..Value::default() }));
    let after = changed(
        &before,
        [
            Change::AddSource(source("red", 0.7, 0.3)),
            Change::AddSource(source("green", 0.2, 0.7)),
            Change::AddSource(source("blue", 0.14, 0.05)),
            Change::PutSource { source: 1, to: source("lime", 0.4, 0.55) },
            Change::RemoveSource(0),
        ],
    );
    assert_eq!(after.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["lime", "blue"]);
    let lit: Vec<Option<usize>> = after.channels[0].value.as_ref().unwrap().functions.iter().map(|function| function.source).collect();
    assert_eq!(lit, [None, Some(0), Some(1)]);
    let wrong = changed(&after, [Change::PutSource { source: 0, to: source("none", 0.9, 0.9) }]);
    assert!(
        faults(&wrong).iter().any(|fault| fault.place == Place::Source(0) && fault.blocks && fault.text.contains("no colour of light"))
    );
    assert_eq!(Change::RemoveSource(9).apply(&after), Err(ChangeError::Gone { what: "light source", at: 9 }));
}

#[test]
fn what_was_read_from_gdtf_is_altered_in_bytes_and_saved_as_either() {
    use crate::venue::formats::gdtf;

    let read = gdtf::read(&gdtf::write::write(&spot()).unwrap()).unwrap();
    assert!(read.channels.iter().any(|channel| channel.value.is_some()) && !read.geometries.is_empty());
    let renamed = changed(&read, [Change::Name { manufacturer: "Me".into(), model: "Mine".into() }]);
    assert_eq!(
        (&renamed.channels, &renamed.modes, &renamed.geometries),
        (&read.channels, &read.modes, &read.geometries),
        "a name changes nothing else"
    );
    let told = qxf::write::left_out(&renamed).unwrap();
    assert!(told.contains("values in their full resolution"), "{told}");
    let n_slots = read.modes[0].slots.len();
    let shorter = changed(&renamed, [Change::RemoveSlot { mode: 0, at: n_slots - 1 }]);
    assert!(shorter.channels.iter().all(|channel| channel.value.is_none()) && shorter.geometries.is_empty());
    let again = gdtf::read(&gdtf::write::write(&shorter).unwrap()).unwrap();
    assert_eq!((again.model.as_str(), again.modes[0].slots.len()), ("Mine", n_slots - 1));
    for definition in [&renamed, &shorter] {
        let mut saved = qxf::read_bytes(&qxf::write::write(definition).unwrap()).unwrap();
        saved.warnings.clear();
        assert_eq!(saved, qxf::write::carried(definition));
        assert_eq!(saved.modes[0].slots.len(), definition.modes[0].slots.len());
    }
}
