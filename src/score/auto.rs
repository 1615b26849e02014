//! The auto score: built-in patterns placed by bar and energy, so that any song has a watchable show at once.
//!
//! Every phrase gets the layers of a lighting designer: ground, beams, movement, rhythm, hits and accents; quiet phrases
//! fewer of them.  The ground never leaves the track, and nothing but half a bar of tension before a rise darkens it.
//! The same track and seed give the same score.  Lamps are named by what they can do, so it fits a venue it has never seen.

mod layers;
mod palette;
mod phrase;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::model::{Annotation, Score};
use crate::engine::composite::blend::BlendMode;
use crate::engine::nodes::random::draw_bits;
use crate::engine::{BeatGrid, TrackAnalysis};
use crate::patterns::model::{Pattern, builtin_id};
use palette::Palette;
use phrase::Phrase;

/// Far above what eight layers on every phrase need.
const MAX_ANNOTATIONS: usize = 50_000;

/// A score for `track`.  Layers whose pattern is not among `patterns`, or whose analysis is missing, are left out.
pub fn score(track: &TrackAnalysis, patterns: &[Pattern], seed: u64) -> Score {
    let grid = phrase::usable_grid(track);
    let phrases = phrase::phrases(track, &grid);
    let palettes = palette::of_song(track, seed);
    let mut sheet = Sheet {
        score: Score { id: numbered_id(seed, 0), name: "Auto".into(), annotations: Vec::new() },
        known: patterns.iter().map(|pattern| pattern.id).collect(),
        seed,
        n_placed: 0,
    };
    for (number, phrase) in phrases.iter().enumerate() {
        let look = Look {
            track,
            grid: &grid,
            phrase,
            before: number.checked_sub(1).map(|at| &phrases[at]),
            after: phrases.get(number + 1),
            palette: palettes[phrase.section % 2],
            draws: mix_draws(seed, number as u64),
        };
        layers::place(&look, &mut sheet);
    }
    sheet.score
}

fn mix_draws(seed: u64, phrase: u64) -> u64 {
    draw_bits(seed, phrase, 1)
}

/// Everything that decides what one phrase looks like.
struct Look<'a> {
    track: &'a TrackAnalysis,
    grid: &'a BeatGrid,
    phrase: &'a Phrase,
    before: Option<&'a Phrase>,
    after: Option<&'a Phrase>,
    palette: Palette,
    draws: u64,
}

impl Look<'_> {
    /// A whole number of bars in beats.
    fn bars(&self, n_bars: f64) -> f64 {
        n_bars * f64::from(self.grid.beats_per_bar.max(1))
    }

    /// One of `choices`, by this phrase's draw for `layer`.
    fn pick<T: Clone>(&self, layer: u64, choices: &[T]) -> Option<T> {
        let at = draw_bits(self.draws, layer, 0) % (choices.len() as u64).max(1);
        choices.get(at as usize).cloned()
    }

    fn chance(&self, layer: u64, share: f32) -> bool {
        crate::engine::nodes::random::draw(self.draws, layer, 1) < share
    }

    /// Seconds of the bars `from..to` of the phrase; negative bars count from its end.
    fn span(&self, from: f64, to: f64) -> (f64, f64) {
        let secs = |bar: f64| {
            let bar = if bar < 0.0 { self.phrase.to_bar + bar } else { self.phrase.from_bar + bar };
            self.grid.secs_at_bar(bar).clamp(self.phrase.start, self.phrase.end)
        };
        (secs(from), secs(to))
    }

    fn whole(&self) -> (f64, f64) {
        (self.phrase.start, self.phrase.end)
    }
}

/// The score being written.
struct Sheet {
    score: Score,
    known: BTreeSet<Uuid>,
    seed: u64,
    n_placed: u32,
}

impl Sheet {
    fn place(&mut self, slug: &str, lamps: &str, (start, end): (f64, f64), z: i32, blend: BlendMode, args: Value) {
        let pattern = builtin_id(slug);
        if end - start < 1e-3 || !self.known.contains(&pattern) || self.score.annotations.len() >= MAX_ANNOTATIONS {
            return;
        }
        self.n_placed += 1;
        let mut given = Map::from_iter([("selection".to_owned(), json!({ "expression": lamps, "spatialReference": "global" }))]);
        if let Value::Object(args) = args {
            given.extend(args);
        }
        self.score.annotations.push(Annotation {
            id: numbered_id(self.seed, self.n_placed),
            pattern,
            start,
            end,
            z_index: z,
            blend_mode: blend,
            args: given,
        });
    }
}

fn numbered_id(seed: u64, number: u32) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_URL, b"luma/auto/score"), format!("{seed}/{number}").as_bytes())
}

#[cfg(test)]
mod tests;
