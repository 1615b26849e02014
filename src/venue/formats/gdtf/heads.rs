//! Which channels make a head of their own: light that leaves a device in places that some channel tells apart.
//!
//! Every beam has the channels on it and on everything above it.  Beams that have the same ones are one head; what all heads
//! have belongs to none, so that it serves the whole device.

use std::collections::BTreeSet;

use crate::venue::formats::definition::{Channel, Mode};

/// No device is larger, in metres.
const MAX_M: f64 = 100.0;

/// Offsets of each head, and where its light leaves.
pub(super) fn heads(mode: &Mode, channels: &[Channel], places: &[Vec<u16>]) -> (Vec<Vec<u16>>, Vec<[f32; 3]>) {
    let all = (0..mode.slots.len() as u16).collect::<Vec<u16>>();
    let mut found: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (part, _) in mode.parts.iter().enumerate().filter(|(_, part)| part.beam.is_some()) {
        let above = above(mode, part);
        let reaches = |at: &usize| above.contains(&mode.params[*at].part) && !places[*at].is_empty();
        let params: Vec<usize> = (0..mode.params.len()).filter(reaches).collect();
        match found.iter_mut().find(|(known, _)| *known == params) {
            Some((_, parts)) => parts.push(part),
            None => found.push((params, vec![part])),
        }
    }
    // A beam without a channel of its own beside others with one is lit with all of them.
    let shared: Vec<usize> = match found.split_first() {
        Some((first, rest)) => {
            first.0.iter().copied().filter(|param| rest.iter().all(|(params, _)| params.binary_search(param).is_ok())).collect()
        }
        None => Vec::new(),
    };
    if found.len() > 1 {
        found.iter_mut().for_each(|(params, _)| params.retain(|param| shared.binary_search(param).is_err()));
        found.retain(|(params, _)| !params.is_empty());
    }
    if found.len() < 2 || are_colors_of_one(mode, channels, &found) {
        let beams: Vec<usize> = found.into_iter().flat_map(|(_, parts)| parts).collect();
        let positions = if beams.is_empty() { Vec::new() } else { vec![middle(mode, &beams)] };
        return (vec![all], positions);
    }
    let positions = found.iter().map(|(_, parts)| middle(mode, parts)).collect();
    let offsets = found.into_iter().map(|(params, _)| {
        let mut offsets: Vec<u16> = params.into_iter().flat_map(|param| places[param].iter().copied()).collect();
        offsets.sort_unstable();
        offsets
    });
    (offsets.collect(), positions)
}

/// A part and everything that it hangs on.
fn above(mode: &Mode, part: usize) -> Vec<usize> {
    std::iter::successors(Some(part), |&at| mode.parts.get(at).and_then(|part| part.parent)).collect()
}

/// A beam for each LED colour is one light: no two of them have a channel of the same kind.
fn are_colors_of_one(mode: &Mode, channels: &[Channel], found: &[(Vec<usize>, Vec<usize>)]) -> bool {
    let mut seen = BTreeSet::new();
    let attribute = |param: usize| {
        let value = channels.get(mode.params[param].channel).and_then(|channel| channel.value.as_ref());
        value.map_or("", |value| value.attribute.as_str())
    };
    found.iter().flat_map(|(params, _)| params).all(|&param| seen.insert(attribute(param)))
}

fn middle(mode: &Mode, parts: &[usize]) -> [f32; 3] {
    let sum = |axis: usize| parts.iter().map(|part| mode.parts[*part].position_m[axis]).sum::<f64>();
    [0, 1, 2].map(|axis| (sum(axis) / parts.len().max(1) as f64).clamp(-MAX_M, MAX_M) as f32)
}
