//! The four stems: notes mixed from their renders, then ducked, filtered and given a room.

use std::collections::BTreeMap;

use super::super::notes::{Note, Voice};
use super::super::song::{self, SAMPLES_PER_TICK, TICKS_PER_BEAT};
use super::effects::{self, Room};
use super::filter::Filter;
use super::{Frames, drums as drum_kit, voices};

fn level(voice: Voice) -> f32 {
    match voice {
        Voice::Kick => 0.52,
        Voice::Clap => 0.34,
        Voice::Roll => 0.26,
        Voice::ClosedHat => 0.2,
        Voice::OpenHat => 0.17,
        Voice::Crash => 0.22,
        Voice::Sub => 0.22,
        Voice::Bass => 0.15,
        Voice::Pad => 0.16,
        Voice::Arp => 0.22,
        Voice::Stab => 0.16,
        Voice::Lead => 0.22,
        Voice::Choir => 0.55,
        Voice::Riser => 0.34,
    }
}

/// Mixes the notes of some voices; each distinct note is rendered once.
fn mix(notes: &[Note], voices: &[Voice]) -> Frames {
    let mut bus = vec![[0.0; 2]; song::n_samples()];
    mix_into(&mut bus, notes, voices);
    bus
}

fn mix_into(bus: &mut [[f32; 2]], notes: &[Note], voices: &[Voice]) {
    let mut renders: BTreeMap<(Voice, u8, u32), Frames> = BTreeMap::new();
    for note in notes.iter().filter(|note| voices.contains(&note.voice)) {
        let render = renders.entry((note.voice, note.pitch, note.length)).or_insert_with(|| {
            let hit = drum_kit::hit(note.voice);
            if hit.is_empty() { voices::note(note.voice, note.pitch, note.length as usize * SAMPLES_PER_TICK) } else { hit }
        });
        let gain = level(note.voice) * note.velocity;
        let at = song::sample_of_tick(note.tick);
        lay(bus, render, at, [gain; 2]);
        if matches!(note.voice, Voice::Arp | Voice::Lead) {
            echo(bus, render, at, gain);
        }
    }
}

fn lay(bus: &mut [[f32; 2]], render: &[[f32; 2]], at: usize, gains: [f32; 2]) {
    let Some(room) = bus.get_mut(at..) else { return };
    for (frame, sample) in room.iter_mut().zip(render) {
        frame[0] += sample[0] * gains[0];
        frame[1] += sample[1] * gains[1];
    }
}

/// A dotted-eighth echo that goes from side to side.  Laid from the note's render, so it costs no delay line.
fn echo(bus: &mut [[f32; 2]], render: &[[f32; 2]], at: usize, gain: f32) {
    let delay = (TICKS_PER_BEAT * 3 / 4) as usize * SAMPLES_PER_TICK;
    for (repeat, gains) in [(1, [0.30, 0.10]), (2, [0.05, 0.16]), (3, [0.08, 0.03])] {
        lay(bus, render, at + repeat * delay, gains.map(|share| share * gain));
    }
}

pub(super) fn drums(notes: &[Note]) -> Frames {
    mix(notes, &[Voice::Kick, Voice::Clap, Voice::Roll, Voice::ClosedHat, Voice::OpenHat, Voice::Crash])
}

pub(super) fn bass(notes: &[Note], duck: &[f32]) -> Frames {
    let mut bus = mix(notes, &[Voice::Sub, Voice::Bass]);
    effects::duck(&mut bus, duck, 1.0);
    bus
}

pub(super) fn vocals(notes: &[Note], duck: &[f32]) -> Frames {
    let mut bus = mix(notes, &[Voice::Choir]);
    Room::large().add_to(&mut bus, 0.45);
    effects::duck(&mut bus, duck, 0.4);
    bus
}

pub(super) fn other(notes: &[Note], duck: &[f32]) -> Frames {
    let mut bus = mix(notes, &[Voice::Pad, Voice::Arp, Voice::Stab]);
    open_filter(&mut bus);
    mix_into(&mut bus, notes, &[Voice::Lead, Voice::Riser]);
    Room::large().add_to(&mut bus, 0.22);
    effects::duck(&mut bus, duck, 0.75);
    bus
}

/// The low pass over pads, arpeggio and stabs, which opens and closes with the form.
fn open_filter(bus: &mut [[f32; 2]]) {
    const BLOCK: usize = 64;
    let mut filters = [Filter::default(); 2];
    for (index, block) in bus.chunks_mut(BLOCK).enumerate() {
        let tick = (index * BLOCK).saturating_sub(song::FIRST_SAMPLE) as f32 / SAMPLES_PER_TICK as f32;
        let hz = 350.0 * 40.0_f32.powf(brightness(tick / song::TICKS_PER_BAR as f32));
        filters.iter_mut().for_each(|filter| filter.tune(hz, 0.8));
        for frame in block {
            *frame = [filters[0].low(frame[0]), filters[1].low(frame[1])];
        }
    }
}

/// How far the filter is open at a fractional bar.
fn brightness(bar: f32) -> f32 {
    let mut at_end = 0.0;
    for (first_bar, part) in song::parts() {
        let (from, to) = part.brightness;
        let progress = (bar - first_bar as f32) / part.n_bars as f32;
        if progress < 1.0 {
            return from + (to - from) * progress.max(0.0);
        }
        at_end = to;
    }
    at_end
}
