//! `<DMXChannel>`: the whole value as the file has it, and the same as bytes with ranges.

use std::collections::BTreeMap;

use super::value::{self, DmxValue};
use super::{Names, Warnings, ranges};
use crate::venue::formats::definition::{Channel, Group, Range};
use crate::venue::formats::parameter::{Condition, Function, Set, Value, max_of};
use crate::venue::formats::xml::Element;

/// Functions of one channel, and pieces of one function.
const MAX_FUNCTIONS: usize = 1024;

/// A channel and its lower bytes, the highest first; `None` where it has no geometry to stand on.
pub(super) fn read(element: &Element, names: &Names, warnings: &mut Warnings) -> Vec<Channel> {
    let offsets_text = element.attribute("Offset").unwrap_or_default();
    // Before 1.1 there were attributes for each byte.
    let offsets = match element.attribute("Offset") {
        Some(text) => value::offsets(text),
        None => old_offsets(element),
    };
    let offsets = offsets.unwrap_or_else(|| {
        warnings.push(element, format!("Offset=\"{offsets_text}\" is no list of up to four addresses; the channel is taken as virtual"));
        Vec::new()
    });
    let dmx_break = value::dmx_break(element.attribute("DMXBreak")).unwrap_or_else(|| {
        warnings.push(
            element,
            format!("DMXBreak=\"{}\" is no number of a break, assumed 1", element.attribute("DMXBreak").unwrap_or_default()),
        );
        Default::default()
    });
    let bytes = if offsets.is_empty() { written_bytes(element) } else { offsets.len() as u8 };
    let mut value = Value {
        bytes,
        attribute: String::new(),
        geometry: element.attribute("Geometry").unwrap_or_default().to_owned(),
        dmx_break,
        offsets,
        ..Value::default()
    };
    let logical: Vec<&Element> = element.children("LogicalChannel").collect();
    for (number, part) in logical.iter().enumerate() {
        let mut own: Vec<Function> =
            part.children("ChannelFunction").take(MAX_FUNCTIONS).map(|child| function(child, bytes, names, warnings)).collect();
        own.iter_mut().for_each(|function| function.logical = number);
        end_functions(&mut own, max_of(bytes));
        value.functions.append(&mut own);
    }
    let said = |name: &str| logical.first().and_then(|part| part.attribute(name)).unwrap_or_default();
    value.snap = matches!(said("Snap"), "Yes" | "On");
    value.grand = said("Master") == "Grand";
    value.attribute = match said("Attribute").trim() {
        "" => value.functions.first().map(|function| function.attribute.clone()).unwrap_or_default(),
        _ => said("Attribute").to_owned(),
    };
    let initial = initial_function(element, &value);
    value.initial = initial;
    let of_channel = element.attribute("Default").and_then(|text| dmx(element, "Default", text, bytes, warnings));
    value.default = value.functions.get(initial).and_then(|function| function.default).or(of_channel);
    value.highlight = element.attribute("Highlight").and_then(DmxValue::parse).map(|parsed| parsed.of_bytes(bytes));
    channels(value, initial, names)
}

fn old_offsets(element: &Element) -> Option<Vec<u16>> {
    let bytes = ["Coarse", "Fine", "Ultra", "Uber"];
    let texts = bytes.into_iter().map_while(|name| element.attribute(name)).filter(|text| !text.eq_ignore_ascii_case("none"));
    texts.map(|text| text.trim().parse().ok().filter(|offset: &u16| *offset > 0)).collect()
}

/// The size that a virtual channel's values are written in.
fn written_bytes(element: &Element) -> u8 {
    let functions = element.children("LogicalChannel").flat_map(|part| part.children("ChannelFunction"));
    let sizes = functions.filter_map(|function| function.attribute("DMXFrom")?.split_once('/')?.1.trim_end_matches('s').parse::<u8>().ok());
    sizes.filter(|size| (1..=4).contains(size)).max().unwrap_or(1)
}

/// A value of an attribute: junk is the format's own default, 0.
fn dmx(element: &Element, name: &str, text: &str, bytes: u8, warnings: &mut Warnings) -> Option<u32> {
    if text.eq_ignore_ascii_case("none") || text.is_empty() {
        return None;
    }
    let parsed = DmxValue::parse(text).map(|value| value.of_bytes(bytes));
    if parsed.is_none() {
        warnings.push(element, format!("{name}=\"{text}\" is no DMX value, assumed 0"));
    }
    Some(parsed.unwrap_or(0))
}

fn function(element: &Element, bytes: u8, names: &Names, warnings: &mut Warnings) -> Function {
    let text = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    let mut physical = |name: &str, assumed: f64| match element.attribute(name) {
        Some(text) => value::number(text).unwrap_or_else(|| {
            warnings.push(element, format!("{name}=\"{text}\" is no number, assumed {assumed}"));
            assumed
        }),
        None => assumed,
    };
    let physical = [physical("PhysicalFrom", 0.0), physical("PhysicalTo", 1.0)];
    let mut value = |name: &str| element.attribute(name).and_then(|text| dmx(element, name, text, bytes, warnings));
    let (from, default) = (value("DMXFrom").unwrap_or(0), value("Default"));
    let attribute = text("Attribute");
    let sets: Vec<Set> = element.children("ChannelSet").take(MAX_FUNCTIONS).map(|child| set(child, bytes)).collect();
    let master = text("ModeMaster");
    let condition = (!master.is_empty()).then(|| {
        // In the master's resolution, which is known only when all channels are: see `mode`.
        let ends = |name: &str| element.attribute(name).and_then(DmxValue::parse);
        let master_bytes = names.master(&master).map_or(1, |(_, bytes, _)| bytes);
        let end = |name: &str, assumed: u32| ends(name).map_or(assumed, |end| end.of_bytes(master_bytes));
        Condition { from: end("ModeFrom", 0), to: end("ModeTo", 0), master }
    });
    Function {
        attribute: if attribute.is_empty() { "NoFeature".to_owned() } else { attribute },
        name: text("Name"),
        custom_name: text("CustomName"),
        from,
        to: 0,
        physical,
        default,
        condition,
        wheel: names.wheel(&text("Wheel")),
        source: names.source(&text("Emitter")).or_else(|| names.source(&text("Filter"))),
        sets,
        logical: 0,
    }
}

fn set(element: &Element, bytes: u8) -> Set {
    let number = |name: &str| element.attribute(name).and_then(value::number);
    Set {
        name: element.attribute("Name").unwrap_or_default().to_owned(),
        from: element.attribute("DMXFrom").and_then(DmxValue::parse).map_or(0, |value| value.of_bytes(bytes)),
        to: 0,
        physical: number("PhysicalFrom").zip(number("PhysicalTo")).map(|(from, to)| [from, to]),
        slot: element.attribute("WheelSlotIndex").and_then(|text| text.trim().parse().ok()).unwrap_or(0),
    }
}

/// A function ends below the next one under the same condition, a piece of it below the next piece.
fn end_functions(functions: &mut [Function], max: u32) {
    let key = |function: &Function| function.condition.as_ref().map(|it| (it.master.clone(), it.from, it.to));
    let mut begins: BTreeMap<Option<(String, u32, u32)>, Vec<u32>> = BTreeMap::new();
    for function in functions.iter() {
        begins.entry(key(function)).or_default().push(function.from);
    }
    begins.values_mut().for_each(|begins| begins.sort_unstable());
    for function in functions {
        let next = begins.get(&key(function)).and_then(|begins| begins.iter().find(|begin| **begin > function.from));
        function.to = next.map_or(max, |next| next - 1);
        let mut begins: Vec<u32> = function.sets.iter().map(|set| set.from).collect();
        begins.sort_unstable();
        for set in &mut function.sets {
            let next = begins.iter().find(|begin| **begin > set.from);
            set.to = next.map_or(function.to, |next| next - 1).max(set.from);
        }
    }
}

/// Which function a channel begins in.
fn initial_function(element: &Element, value: &Value) -> usize {
    value.functions.iter().position(|function| is_initial(element, &function.name)).unwrap_or(0)
}

/// The link ends in the function's name.
fn is_initial(element: &Element, name: &str) -> bool {
    let link = element.attribute("InitialFunction").unwrap_or_default();
    link.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}

/// The value that a channel begins with, of the function that it begins in or of itself; 0 where the file has none.
pub(super) fn begins_with(element: &Element, bytes: u8) -> u32 {
    let functions = || element.children("LogicalChannel").flat_map(|part| part.children("ChannelFunction"));
    let first = functions().find(|it| is_initial(element, it.attribute("Name").unwrap_or_default())).or_else(|| functions().next());
    let default = |element: &Element| element.attribute("Default").and_then(DmxValue::parse);
    first.and_then(default).or_else(|| default(element)).map_or(0, |value| value.of_bytes(bytes))
}

/// One channel a byte.
fn channels(value: Value, initial: usize, names: &Names) -> Vec<Channel> {
    let byte = |whole: u32, at: u8| (whole >> (8 * u32::from(value.bytes - 1 - at))) as u8;
    let (group, color, detail) = ranges::meaning(&value, initial, names);
    let name = ranges::name(&value, initial, names);
    let low: Vec<Channel> = (1..value.bytes)
        .map(|at| Channel {
            name: format!("{name} fine{}", if at > 1 { at.to_string() } else { String::new() }),
            group,
            color,
            fine: true,
            default: value.default.map(|default| byte(default, at)),
            detail,
            ranges: vec![Range { max: u8::MAX, ..Range::default() }],
            ..Channel::default()
        })
        .collect();
    let mut high = Channel { name, group, color, default: value.default.map(|default| byte(default, 0)), detail, ..Channel::default() };
    high.ranges = ranges::ranges(&value, initial, names);
    if high.ranges.is_empty() {
        high.ranges.push(Range { max: u8::MAX, label: high.name.clone(), ..Range::default() });
    }
    if high.group == Group::Nothing {
        high.detail = None;
    }
    high.value = Some(Box::new(value));
    std::iter::once(high).chain(low).collect()
}
