//! A whole value's functions as ranges of its highest byte, in the words that lowering understands.
//!
//! Functions that exist only under a condition overlap others; those that are there from the beginning come first, and what
//! would overlap them is left to [`Value`] alone.

use super::attributes::{effect, is_flash_length, is_scale, meaning as meaning_of, numbered, turns};
use super::{Names, value};
use crate::venue::formats::definition::{Detail, Effect, Group, Only, Primary, Range};
use crate::venue::formats::parameter::{Function, Set, Value};

/// The function that says what the channel is about: of its first attribute, among those that are there at the beginning
/// if any is.
fn first<'v>(value: &'v Value, initial: usize, names: &Names) -> Option<&'v Function> {
    let is_there = |function: &&Function| names.is_there(function);
    let same = |function: &&Function| function.attribute == value.attribute;
    let does = |function: &&Function| numbered(&function.attribute) != "NoFeature";
    let functions = || value.functions.iter();
    functions()
        .find(|function| same(function) && is_there(function))
        .or_else(|| value.functions.get(initial).filter(|function| is_there(function) && does(function)))
        .or_else(|| functions().find(|function| is_there(function) && does(function)))
        .or_else(|| functions().find(same))
        .or_else(|| value.functions.get(initial))
}

pub(super) fn meaning(value: &Value, initial: usize, names: &Names) -> (Group, Option<Primary>, Option<Detail>) {
    let first = first(value, initial, names);
    let rises = first.is_none_or(|function| match numbered(&function.attribute).as_str() {
        "Iris" => opens(function),
        // Angles, lengths and rates grow; how long a movement takes is the other way round.
        name if name.ends_with("MSpeed") => speeds_up(function),
        _ => function.physical[0] <= function.physical[1],
    });
    // The channel's own word counts unless something else is there in its place.
    let attribute = first.filter(|it| it.condition.is_some()).map_or(&value.attribute, |function| &function.attribute);
    let (group, color, detail) = meaning_of(attribute, names.feature(attribute), rises);
    // A position that shares its channel with an endless movement cannot be driven without entering that.
    let covers = |function: &Function| u64::from(function.to - function.from.min(function.to)) * 10 >= u64::from(value.max()) * 9;
    match group {
        Group::Pan | Group::Tilt
            if value.functions.len() > 1 && !value.functions.iter().any(|it| it.attribute == *attribute && covers(it)) =>
        {
            (Group::Effect, None, None)
        }
        _ => (group, color, detail),
    }
}

/// By the names of its ends, else by its numbers.
fn opens(function: &Function) -> bool {
    let says = |set: Option<&Set>, words: &[&str]| set.is_some_and(|set| words.iter().any(|word| set.name.to_lowercase().contains(word)));
    let (low, high) = (function.sets.iter().min_by_key(|set| set.from), function.sets.iter().max_by_key(|set| set.to));
    if says(low, &["open", "max"]) || says(high, &["close", "min"]) {
        return false;
    }
    says(high, &["open", "max"]) || says(low, &["close", "min"]) || function.physical[0] < function.physical[1]
}

/// By the names of its pieces, else by its speed; 0 to 1 is what files write that say nothing, and most devices are fast at 0.
fn speeds_up(function: &Function) -> bool {
    let names = |set: &Set, words: &[&str]| words.iter().any(|word| set.name.to_lowercase().contains(word));
    let at = |words: &[&str]| function.sets.iter().filter(|set| names(set, words)).map(|set| set.from).min();
    match (at(&["slow", "min speed", "minimum"]), at(&["fast", "max speed", "maximum"])) {
        (Some(slow), Some(fast)) if slow != fast => slow < fast,
        _ => function.physical[0] < function.physical[1] && function.physical != [0.0, 1.0],
    }
}

/// The name that the file gives, with what lowering looks for where the name leaves it out.
pub(super) fn name(value: &Value, initial: usize, names: &Names) -> String {
    let function = first(value, initial, names);
    let given = function.map_or("", |it| if it.custom_name.is_empty() { it.name.as_str() } else { it.custom_name.as_str() });
    let given = if given.is_empty() { value.attribute.as_str() } else { given };
    let says = |word: &str| given.to_lowercase().contains(word);
    match numbered(&value.attribute).as_str() {
        name if name.starts_with("Frost(n)") && !says("frost") && !says("diffus") => format!("Frost {given}"),
        _ => given.to_owned(),
    }
}

pub(super) fn ranges(value: &Value, initial: usize, names: &Names) -> Vec<Range> {
    let mut functions: Vec<(usize, &Function)> = value.functions.iter().enumerate().collect();
    let rank = |&(at, function): &(usize, &Function)| match &function.condition {
        None => 0,
        _ if names.is_there(function) => 1,
        // The one it begins in, and what is there together with it.
        _ if at == initial => 2,
        condition if *condition == value.functions.get(initial).and_then(|first| first.condition.clone()) => 2,
        _ => 3,
    };
    functions.sort_by_key(rank);
    let mut ranges: Vec<Range> = Vec::new();
    for (_, function) in functions {
        for range in of_function(function, value, names) {
            if !ranges.iter().any(|other| other.min <= range.max && range.min <= other.max) {
                ranges.push(range);
            }
        }
    }
    ranges.sort_by_key(|range| range.min);
    ranges
}

/// The highest bytes of a stretch; `None` where it has none of its own.
fn bytes(value: &Value, from: u32, to: u32) -> Option<(u8, u8)> {
    let below = 8 * u32::from(value.bytes - 1);
    let min = (u64::from(from) + (1 << below) - 1) >> below;
    let max = ((u64::from(to) + 1) >> below).checked_sub(1)?;
    (min <= max).then_some((min as u8, max as u8))
}

fn of_function(function: &Function, value: &Value, names: &Names) -> Vec<Range> {
    let whole = |label: &str, from: u32, to: u32| {
        let (min, max) = bytes(value, from, to)?;
        Some(Range { min, max, label: label.to_owned(), ..Range::default() })
    };
    let label = if function.custom_name.is_empty() { function.name.as_str() } else { function.custom_name.as_str() };
    if function.sets.is_empty() || is_scale(&function.attribute) {
        // A scale that is alone on its channel needs no name: the channel has one.
        let alone = value.functions.len() == 1;
        let only = function.sets.first().filter(|set| function.sets.len() == 1 && !set.name.is_empty());
        let label = only.map_or(if alone { "" } else { label }, |set| set.name.as_str());
        let range = whole(label, function.from, function.to);
        return range.map(|range| told(range, function, function.physical, only, names)).into_iter().collect();
    }
    let pieces = function.sets.iter().filter_map(|set| {
        let picture = names.slot(function.wheel, set.slot).map_or("", |slot| slot.name.as_str());
        let label = [set.name.as_str(), picture, label].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let range = whole(label, set.from.max(function.from), set.to.min(function.to))?;
        let ends = [function.at(f64::from(set.from)), function.at(f64::from(set.to))];
        Some(told(range, function, set.physical.unwrap_or(ends), Some(set), names))
    });
    let mut pieces: Vec<Range> = pieces.collect();
    // What no piece names still belongs to the function.
    if let Some(lowest) = function.sets.iter().map(|set| set.from).min().filter(|lowest| *lowest > function.from)
        && let Some(range) = whole(label, function.from, lowest - 1)
    {
        pieces.push(told(range, function, function.physical, None, names));
    }
    pieces
}

/// Effect, numbers, colours, picture and condition.
fn told(mut range: Range, function: &Function, physical: [f64; 2], set: Option<&Set>, names: &Names) -> Range {
    range.effect = effect(&function.attribute, &range.label, physical);
    let name = numbered(&function.attribute);
    if matches!(range.effect, Effect::Strobe(..)) && physical != [0.0, 1.0] && physical.iter().all(|hz| *hz > 0.0) {
        range.numbers = physical.map(|hz| Some(hz as f32));
    }
    if is_flash_length(&function.attribute) && physical != [0.0, 1.0] {
        range.numbers = physical.map(|seconds| Some(seconds as f32));
    }
    range.only = function.condition.as_ref().and_then(|condition| {
        let (master, bytes, _) = names.master(&condition.master)?;
        let high = |value: u32| (value >> (8 * u32::from(bytes.clamp(1, 4) - 1))) as u8;
        Some(Only { master: master.to_owned(), min: high(condition.from), max: high(condition.to) })
    });
    let slot = set.and_then(|set| names.slot(function.wheel, set.slot));
    let moves = turns(&function.attribute) || name.ends_with("Random") || name.ends_with("Audio");
    if let Some(slot) = slot.filter(|_| !moves) {
        let is_color = name.starts_with("Color");
        if let Some(color) = slot.color.filter(|_| is_color).and_then(value::screen_color) {
            (range.effect, range.colors) = (Effect::ColorMacro, vec![color]);
        }
        if !slot.picture.is_empty() {
            range.picture = Some(slot.picture.clone());
            if name == "Gobo(n)" {
                range.effect = Effect::Gobo;
            }
        } else if name == "Gobo(n)" && set.is_some_and(|set| set.slot > 1) {
            range.effect = Effect::Gobo;
        }
        if slot.facets > 1 && name == "Prism(n)" {
            range.effect = Effect::PrismOn;
            range.numbers[0] = Some(f32::from(slot.facets));
        }
    }
    let plain = range.label.to_lowercase();
    if name == "Prism(n)" && range.effect == Effect::Unnamed {
        let off = ["open", "no ", "off", "out", "none"].iter().any(|word| plain.contains(word)) || function.physical == [0.0, 0.0];
        range.effect = if off { Effect::PrismOff } else { Effect::PrismOn };
    }
    if name == "Prism(n)" && range.effect == Effect::PrismOn && ["open", "no prism"].iter().any(|word| plain.contains(word)) {
        range.effect = Effect::PrismOff;
    }
    range
}
