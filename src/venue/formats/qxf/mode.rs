//! `<Mode>`: the order of channels, the heads, and `<Physical>`.

use super::channel::one_line;
use super::{QxfError, Warnings};
use crate::venue::formats::definition::{Channel, Group, Mode, Physical, Range, Slot};
use crate::venue::formats::xml::Element;

const MAX_SLOTS: usize = 512;

pub(super) fn read(element: &Element, channels: &mut Vec<Channel>, warnings: &mut Warnings) -> Result<Mode, QxfError> {
    let name = element.attribute("Name").unwrap_or_default().to_owned();
    let mut mode = Mode { name, ..Mode::default() };
    // Counted before anything is looked up, so that a hostile file stays cheap.
    let n = element.children("Channel").count();
    if n > MAX_SLOTS {
        return Err(QxfError::TooWide { line: element.line, mode: mode.name, n });
    }
    for entry in element.children("Channel") {
        let Some(channel) = find_or_assume(entry, &mode, channels, warnings) else {
            continue;
        };
        // The number is where to insert; files count it up from 0.
        let at = warnings.number::<usize>(entry, "Number").unwrap_or(mode.slots.len()).min(mode.slots.len());
        mode.slots.insert(at, Slot { channel, acts_on: warnings.number(entry, "ActsOn") });
    }
    if mode.slots.is_empty() {
        warnings.push(element, format!("mode \"{}\" has no channels", mode.name));
    }
    read_heads(&mut mode, element, warnings);
    mode.physical = element.child("Physical").map(|element| physical(element, warnings));
    Ok(mode)
}

/// Index of the channel that a mode names.  An unknown name keeps its place, so that the ones behind it stay where they are.
fn find_or_assume(entry: &Element, mode: &Mode, channels: &mut Vec<Channel>, warnings: &mut Warnings) -> Option<usize> {
    let name = one_line(&entry.text);
    let named = |channel: &Channel| channel.name == name;
    // Names repeat in some files: the first one that is still free is meant.
    let free = |at: &usize| !mode.slots.iter().any(|slot| slot.channel == *at);
    let free_match = channels.iter().enumerate().filter(|(_, channel)| named(channel)).map(|(at, _)| at).find(free);
    if free_match.is_some() {
        return free_match;
    }
    if channels.iter().any(named) {
        warnings.push(entry, format!("mode \"{}\" names channel \"{}\" twice; the second is left out", mode.name, name));
        return None;
    }
    warnings.push(entry, format!("mode \"{}\" names channel \"{}\", which is not defined; assumed unused", mode.name, name));
    let everything = Range { max: u8::MAX, ..Range::default() };
    channels.push(Channel { name, group: Group::Nothing, ranges: vec![everything], ..Channel::default() });
    Some(channels.len() - 1)
}

fn read_heads(mode: &mut Mode, element: &Element, warnings: &mut Warnings) {
    for head in element.children("Head").take(MAX_SLOTS) {
        let mut offsets = Vec::new();
        for entry in head.children("Channel") {
            match entry.text.parse::<u16>() {
                Ok(offset) if usize::from(offset) < mode.slots.len() && offsets.contains(&offset) => {}
                Ok(offset) if usize::from(offset) < mode.slots.len() => offsets.push(offset),
                _ => warnings.push(entry, format!("head of mode \"{}\" names offset {}, which is not there", mode.name, entry.text)),
            }
        }
        if offsets.is_empty() {
            warnings.push(head, format!("an empty head of mode \"{}\" is left out", mode.name));
        } else {
            mode.heads.push(offsets);
        }
    }
}

pub(super) fn physical(element: &Element, warnings: &mut Warnings) -> Physical {
    let mut number = |child: &str, name: &str| {
        let value = element.child(child).and_then(|child| warnings.number::<f32>(child, name)).unwrap_or_default();
        // Negative and non-finite sizes and angles mean as much as none.
        if value.is_finite() && value > 0.0 { value } else { 0.0 }
    };
    let mut physical = Physical {
        width_mm: number("Dimensions", "Width"),
        height_mm: number("Dimensions", "Height"),
        depth_mm: number("Dimensions", "Depth"),
        weight_kg: number("Dimensions", "Weight"),
        lens_min_deg: number("Lens", "DegreesMin"),
        lens_max_deg: number("Lens", "DegreesMax"),
        pan_max_deg: number("Focus", "PanMax"),
        tilt_max_deg: number("Focus", "TiltMax"),
        lumens: number("Bulb", "Lumens"),
        kelvin: number("Bulb", "ColourTemperature"),
        watts: number("Technical", "PowerConsumption"),
        ..Physical::default()
    };
    let text = |child: &str, name: &str| element.child(child).and_then(|child| child.attribute(name)).unwrap_or_default().to_owned();
    (physical.lens_name, physical.focus, physical.bulb) = (text("Lens", "Name"), text("Focus", "Type"), text("Bulb", "Type"));
    physical.connector = text("Technical", "DmxConnector");
    if let Some(layout) = element.child("Layout") {
        let cells = (warnings.number(layout, "Width").unwrap_or(1u16), warnings.number(layout, "Height").unwrap_or(1u16));
        physical.layout = Some((cells.0.clamp(1, 512), cells.1.clamp(1, 512)));
    }
    physical
}
