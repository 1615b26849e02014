//! The places of a mode: what each is for, which heads it serves, and which low byte belongs to which high byte.

use std::ops::Range;

use super::purpose::{self, Purpose};
use crate::engine::rig::kind;
use crate::venue::formats::definition::{Channel, Definition, Group, Mode, Primary};

/// One high byte of a mode, with the low byte that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) offset: u16,
    pub(super) fine: Option<u16>,
    pub(super) channel: &'a Channel,
    pub(super) purpose: Purpose,
    /// The heads that it serves.
    pub(super) heads: Range<u16>,
}

impl Place<'_> {
    pub(super) fn address(&self) -> kind::Channel {
        kind::Channel { coarse: self.offset, fine: self.fine }
    }
}

/// Heads of a mode as lists of offsets: the declared ones, else runs of red, green and blue, else one with everything.
pub(super) fn heads(definition: &Definition, mode: &Mode) -> Vec<Vec<u16>> {
    if !mode.heads.is_empty() {
        return mode.heads.clone();
    }
    let runs = color_runs(definition, mode);
    if runs.len() > 1 { runs } else { vec![(0..mode.slots.len() as u16).collect()] }
}

/// Neighbouring colour channels up to the next one whose colour has been there already.
fn color_runs(definition: &Definition, mode: &Mode) -> Vec<Vec<u16>> {
    let mut runs: Vec<Vec<u16>> = Vec::new();
    let mut seen: Vec<(Primary, bool)> = Vec::new();
    let mut last = None;
    for (offset, slot) in (0u16..).zip(&mode.slots) {
        let channel = definition.channel(*slot).filter(|channel| channel.group == Group::Intensity);
        let Some((color, fine)) = channel.and_then(|channel| Some((channel.color?, channel.fine))) else {
            continue;
        };
        let adjoins = last.is_some_and(|last| offset == last + 1);
        match runs.last_mut() {
            Some(run) if adjoins && !seen.contains(&(color, fine)) => run.push(offset),
            _ => {
                runs.push(vec![offset]);
                seen.clear();
            }
        }
        seen.push((color, fine));
        last = Some(offset);
    }
    let channel = |offset: u16| definition.channel(mode.slots[usize::from(offset)]);
    let is_full = |run: &[u16]| {
        let has = |primary| run.iter().any(|&offset| channel(offset).is_some_and(|it| it.color == Some(primary) && !it.fine));
        has(Primary::Red) && has(Primary::Green) && has(Primary::Blue)
    };
    let mut full: Vec<Vec<u16>> = Vec::new();
    for mut run in runs {
        if is_full(&run) {
            full.push(run);
        } else if let Some(before) = full.last_mut()
            && run.iter().all(|&offset| channel(offset).is_some_and(|it| it.fine))
        {
            // Low bytes that stand apart belong to the colours before them.
            before.append(&mut run);
        }
    }
    full
}

pub(super) fn places<'a>(definition: &'a Definition, mode: &'a Mode, heads: &[Vec<u16>]) -> Vec<Place<'a>> {
    let n_heads = heads.len() as u16;
    let served = |offset: u16| {
        let mut with = (0u16..).zip(heads).filter(|(_, head)| head.contains(&offset)).map(|(head, _)| head);
        with.next().map(|first| first..with.last().unwrap_or(first) + 1)
    };
    let channels = || (0u16..).zip(&mode.slots).filter_map(|(offset, slot)| Some((offset, definition.channel(*slot)?)));
    let mut places: Vec<Place> = channels()
        .filter(|(_, channel)| !channel.fine)
        .map(|(offset, channel)| {
            let purpose = purpose::of(channel, definition.device);
            Place { offset, fine: None, channel, purpose, heads: served(offset).unwrap_or(0..n_heads) }
        })
        .collect();
    for (offset, low) in channels().filter(|(_, channel)| channel.fine) {
        if let Some(high) = low.low_of {
            // The nearest one of the channel that the file names; lower bytes than two are not driven.
            let of_it = |place: &&mut Place| place.fine.is_none() && mode.slots[usize::from(place.offset)].channel == high;
            if let Some(place) = places.iter_mut().filter(of_it).min_by_key(|place| place.offset.abs_diff(offset)) {
                place.fine = Some(offset);
            }
            continue;
        }
        let heads = served(offset).unwrap_or(0..n_heads);
        if let Some(place) = high_byte_of(&mut places, offset, low, &heads) {
            place.fine = Some(offset);
        } else if low.color.is_some() && !places.iter().any(|place| place.channel.color == low.color && place.heads == heads) {
            // Some files call the only byte of a colour its low one.
            places.push(Place { offset, fine: None, channel: low, purpose: purpose::of(low, definition.device), heads });
        }
    }
    places.sort_by_key(|place| place.offset);
    spread_position(&mut places, n_heads);
    places
}

/// The free high byte of the same role in the same heads: the one right before if it fits, else the nearest.
fn high_byte_of<'p, 'a>(places: &'p mut [Place<'a>], offset: u16, low: &Channel, heads: &Range<u16>) -> Option<&'p mut Place<'a>> {
    let fits = |place: &&mut Place| {
        place.fine.is_none() && place.channel.group == low.group && place.channel.color == low.color && place.heads == *heads
    };
    // Focus, zoom and iris share one group, so their names have to agree as well.
    let alike = |place: &Place| match (low.detail, place.channel.detail) {
        (Some(low), Some(high)) if std::mem::discriminant(&low) == std::mem::discriminant(&high) => 0,
        _ if low.name.to_lowercase().starts_with(&place.channel.name.to_lowercase()) => 0,
        _ => 1,
    };
    let distinct = matches!(low.group, Group::Intensity | Group::Pan | Group::Tilt);
    places
        .iter_mut()
        .filter(fits)
        .filter(|place| distinct || alike(place) == 0 || place.offset + 1 == offset)
        .min_by_key(|place| (alike(place), place.offset + 1 != offset, place.offset.abs_diff(offset)))
}

/// A head without pan or tilt moves with the mode's only one.
fn spread_position(places: &mut [Place], n_heads: u16) {
    for wanted in [Purpose::Pan, Purpose::Tilt] {
        let mut moving = places.iter_mut().filter(|place| place.purpose == wanted);
        if let (Some(only), None) = (moving.next(), moving.next()) {
            only.heads = 0..n_heads;
        }
    }
}
