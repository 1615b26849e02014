//! Definitions that say how many channels a device has and nothing about them, as some programs put into their rooms: every
//! channel is a dimmer with a number.  Where the library knows the device, it stands in for them.

use crate::venue::formats::definition::Definition;
use crate::venue::library::catalogue::Catalogue;

/// A definition of the library, and its modes with their channels.
#[derive(Debug)]
pub(super) struct StandIn {
    pub(super) path: String,
    modes: Vec<(String, u16)>,
}

impl StandIn {
    /// The one for a placeholder: the file that has the most of its modes, by their number of channels.
    pub(super) fn of(placeholder: &Definition, catalogue: &Catalogue) -> Option<Self> {
        let wanted: Vec<u16> = placeholder.modes.iter().map(|mode| mode.slots.len() as u16).collect();
        let made = catalogue.device(&placeholder.manufacturer, &placeholder.model).map(|item| {
            let does_more =
                item.summary.modes.iter().filter(|mode| mode.can.words().any(|word| !matches!(word, "dimmer" | "16bit" | "pixels")));
            let modes = does_more.filter(|mode| wanted.contains(&mode.channels)).map(|mode| (mode.name.clone(), mode.channels)).collect();
            Self { path: item.path.clone(), modes }
        });
        let has = |made: &Self| wanted.iter().filter(|n_channels| made.modes.iter().any(|(_, n)| n == *n_channels)).count();
        // Of equal ones the first, which is the better format.
        made.filter(|made| has(made) > 0).fold(None, |best, made| match best {
            Some(best) if has(&best) >= has(&made) => Some(best),
            _ => Some(made),
        })
    }

    /// The mode with so many channels; of several the one that is called alike, else the first.
    pub(super) fn mode(&self, name: &str, n_channels: u16) -> Option<&str> {
        let fits = || self.modes.iter().filter(|(_, n)| *n == n_channels).map(|(mode, _)| mode.as_str());
        fits().find(|mode| mode.eq_ignore_ascii_case(name.trim())).or_else(|| fits().next())
    }
}

/// Whether all that a definition has is channels that dim; `true` in it where they are numbered, as no real dimmer's are.
pub(super) fn placeholder(definition: &Definition) -> Option<bool> {
    let values = definition.channels.iter().filter_map(|channel| channel.value.as_deref());
    let numbers: Option<Vec<&str>> =
        values.flat_map(|value| &value.functions).map(|function| function.attribute.strip_prefix("Dimmer")).collect();
    let numbers =
        numbers.filter(|numbers| numbers.len() > 1 && numbers.iter().all(|rest| rest.bytes().all(|sign| sign.is_ascii_digit())))?;
    Some(numbers.iter().all(|number| !number.is_empty()))
}
