//! `<Channel>` and its `<Capability>` ranges.

use super::{Warnings, presets};
use crate::venue::formats::definition::{Alias, Channel, Detail, Effect, Flash, Group, Range, Sweep};
use crate::venue::formats::xml::Element;

pub(super) fn read(element: &Element, warnings: &mut Warnings) -> Channel {
    let name = one_line(element.attribute("Name").unwrap_or_default());
    let mut channel = Channel { name, default: warnings.number(element, "Default"), ..Channel::default() };
    if let Some(preset) = element.attribute("Preset").filter(|preset| *preset != "Custom")
        && !presets::apply_channel_preset(&mut channel, preset)
    {
        warnings.push(element, format!("unknown preset \"{preset}\" of channel \"{}\", assumed plain intensity", channel.name));
    }
    if let Some(group) = element.child("Group") {
        read_group(&mut channel, group, warnings);
    }
    if let Some(colour) = element.child("Colour") {
        read_colour(&mut channel, colour, warnings);
    }
    for capability in element.children("Capability") {
        read_range(&mut channel, capability, warnings);
    }
    let told = element.attribute("Preset").filter(|preset| *preset != "Custom" && presets::fits(&channel, preset));
    channel.word = told.filter(|preset| presets::channel_word(&channel).as_deref() != Some(*preset)).map(str::to_owned);
    channel.ranges.sort_by_key(|range| range.min);
    if channel.ranges.is_empty() {
        channel.ranges.push(whole_range(&channel));
    }
    channel
}

/// A channel's name with its white space evened out: attributes and text of XML treat line ends differently.
pub(super) fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read_group(channel: &mut Channel, element: &Element, warnings: &mut Warnings) {
    match presets::group(&element.text) {
        Some(group) => {
            if group != channel.group {
                channel.detail = None;
                channel.color = None;
            }
            channel.group = group;
        }
        None => warnings.push(element, format!("unknown group \"{}\" of channel \"{}\" is left aside", element.text, channel.name)),
    }
    match element.attribute("Byte") {
        Some("1") => channel.fine = true,
        Some("0") | None => channel.fine = false,
        Some(other) => warnings.push(element, format!("Byte=\"{other}\" of channel \"{}\", assumed 0", channel.name)),
    }
}

fn read_colour(channel: &mut Channel, element: &Element, warnings: &mut Warnings) {
    if channel.group != Group::Intensity || element.text == "Generic" {
        return;
    }
    channel.color = presets::primary(&element.text);
    if channel.color.is_none() {
        warnings.push(element, format!("unknown colour \"{}\" of channel \"{}\", assumed plain intensity", element.text, channel.name));
    }
}

/// Adds a range unless it is reversed, unbounded or overlaps one that came before.
fn read_range(channel: &mut Channel, element: &Element, warnings: &mut Warnings) {
    let (Some(min), Some(max)) = (warnings.number(element, "Min"), warnings.number(element, "Max")) else {
        warnings.push(element, format!("a range of channel \"{}\" without bounds is left out", channel.name));
        return;
    };
    if min > max || channel.ranges.iter().any(|range| range.min <= max && min <= range.max) {
        warnings.push(element, format!("range {min}-{max} of channel \"{}\" overlaps or is reversed and is left out", channel.name));
        return;
    }
    let mut range = Range { min, max, label: element.text.clone(), ..Range::default() };
    if let Some(preset) = element.attribute("Preset") {
        range.effect = presets::effect(preset).unwrap_or_else(|| {
            warnings.push(element, format!("unknown preset \"{preset}\" of range {min}-{max}, assumed to be told by its label"));
            Effect::Unnamed
        });
    }
    read_resources(&mut range, element);
    range.effect = settled(range.effect, &range);
    let told = element.attribute("Preset").filter(|preset| *preset != "Custom" && fits(&range, preset));
    range.word = told.filter(|preset| presets::effect_word(&range).as_deref() != Some(*preset)).map(str::to_owned);
    range.aliases = element
        .children("Alias")
        .map(|alias| {
            let text = |name| alias.attribute(name).unwrap_or_default().to_owned();
            Alias { mode: text("Mode"), from: text("Channel"), to: text("With") }
        })
        .collect();
    channel.ranges.push(range);
}

/// `Res1`, `Res2` and their older names `Res`, `Color`, `Color2`: colours, numbers or a picture, told apart by their form.
fn read_resources(range: &mut Range, element: &Element) {
    let first = ["Res1", "Res", "Color"].map(|name| element.attribute(name));
    let second = ["Res2", "Color2"].map(|name| element.attribute(name));
    for (slot, resource) in [(0, first.into_iter().flatten().next()), (1, second.into_iter().flatten().next())] {
        let Some(resource) = resource.map(str::trim).filter(|resource| !resource.is_empty()) else {
            continue;
        };
        if let Some(color) = hex_color(resource) {
            range.colors.push(color);
        } else if let Ok(number) = resource.parse::<f32>()
            && number.is_finite()
        {
            range.numbers[slot] = Some(number);
        } else {
            range.picture = Some(resource.to_owned());
        }
    }
}

/// What the named effect means beside the range's numbers and colours.
fn settled(effect: Effect, range: &Range) -> Effect {
    match (effect, range.numbers) {
        (Effect::Strobe(shape, Sweep::Up), [Some(first), Some(second)]) if first > second => Effect::Strobe(shape, Sweep::Down),
        (Effect::Unnamed, _) if range.colors.len() == 1 => Effect::ColorMacro,
        (Effect::Unnamed, _) if range.colors.len() > 1 => Effect::ColorSplit,
        _ => effect,
    }
}

/// True when the preset says what the range does.
pub(super) fn fits(range: &Range, preset: &str) -> bool {
    settled(presets::effect(preset).unwrap_or_default(), range) == range.effect
}

/// What a channel without ranges of its own has.
pub(super) fn whole_range(channel: &Channel) -> Range {
    let effect = match channel.detail {
        Some(Detail::Strobe(sweep)) => Effect::Strobe(Flash::Steady, sweep),
        _ => Effect::Unnamed,
    };
    Range { max: u8::MAX, label: channel.name.clone(), effect, ..Range::default() }
}

fn hex_color(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}
