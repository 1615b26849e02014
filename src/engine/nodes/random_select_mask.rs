//! A few heads drawn anew whenever a trigger changes.
//!
//! Draws come from a shuffled deck: every head gets its turn before any is drawn again, and where a deck ends the next
//! one is shuffled until its first hand shares nothing with the last (large hands: as little as some tries can find; where
//! the count varies, decks of different counts have no last hand in common and are shuffled freely).  Which heads draw
//! number k lights is a function of (seed, k) alone, so nothing needs to be remembered.

use std::sync::{Arc, OnceLock};

use super::random::{draw_bits, mix};
use super::spec::{NodeSpec, flag, ranged, selection, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, TimeSlot};

pub const RANDOM_SELECT_MASK: NodeSpec = NodeSpec {
    type_id: "random_select_mask",
    title: "Random heads",
    category: "Selection",
    doc: "1 for a few heads drawn at random, 0 for the others; drawn anew whenever the trigger's value changes.",
    inputs: &[selection("selection"), signal("trigger"), signal("count").optional()],
    outputs: &[signal("out")],
    params: &[ranged("count", 1.0, 0.0, 100_000.0).usually(0.0, 16.0), flag("avoid_repeat", true)],
    sink: false,
    build,
};

fn build(b: &mut Building<'_, '_>) {
    let selection = b.selection("selection");
    let n = selection.items.len() as u32;
    if n == 0 {
        let out = b.constant(1, 1, &[0.0]);
        return b.output("out", Value::Signal(out));
    }
    let changes = b.changes("trigger");
    let count = b.level("count");
    let count = b.signal_or("count", count);
    let deck = Deck { seed: b.seed(), n: n as usize, avoid_repeat: b.flag("avoid_repeat") };
    // Room to remember how each deck was shuffled; a count that varies shuffles anew.
    let fixed_count = if count.constant && count.n == 1 { b.sample_constant(count).round().max(0.0) as usize } else { 0 };
    let n_decks = if fixed_count > 0 { changes.len() * fixed_count / n as usize + 2 } else { 0 };
    let n_decks = b.table(n_decks.min(MAX_DECKS), size_of::<OnceLock<Shuffle>>()).max(n_decks.min(1));
    let shuffles = (0..n_decks).map(|_| OnceLock::new()).collect();
    let op = Mask { deck, shuffles, changes, count, time: b.time() };
    let out = b.push((n, 1), &[count], true, op);
    b.output("out", Value::Signal(out));
}

/// Draw number in force at an instant: 0 before the first change.
pub(super) fn draw_number(changes: &[f64], secs: f64) -> u64 {
    changes.partition_point(|&change| change <= secs) as u64
}

/// Remembered shuffles at most.
const MAX_DECKS: usize = 4096;
/// Cards compared at most while looking for a shuffle that fits between its neighbours: about a millisecond.
const MAX_COMPARED: usize = 1 << 13;

struct Mask {
    deck: Deck,
    /// The shuffle of each deck of a fixed count, once it has been looked for: a memo of a pure result.
    shuffles: Box<[OnceLock<Shuffle>]>,
    changes: Arc<[f64]>,
    count: Slot,
    time: TimeSlot,
}

impl Op for Mask {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (count, times) = (at.read(self.count), at.times(self.time));
        if times.len() == 1 {
            let hand = self.hand(times[0], count.get(0, 0));
            out.fill(0.0);
            for card in hand.from..hand.to {
                out[hand.shuffle.item(card)] = 1.0;
            }
            return;
        }
        // Most lanes hold the hand of the lane before them.
        let mut last: Option<((u64, usize), Hand)> = None;
        for (item, out) in out.iter_mut().enumerate() {
            let draw = self.draw(times[item % times.len()], count.get(item, 0));
            let hand = match last {
                Some((known, hand)) if known == draw => hand,
                _ => self.deck.hand(draw.0, draw.1, &self.shuffles),
            };
            *out = f32::from(u8::from(hand.holds(item)));
            last = Some((draw, hand));
        }
    }

    fn weight(&self) -> u32 {
        32
    }
}

impl Mask {
    /// Number of the draw, and how many it takes.
    fn draw(&self, secs: f64, count: f32) -> (u64, usize) {
        (draw_number(&self.changes, secs), count.round().max(0.0) as usize)
    }

    fn hand(&self, secs: f64, count: f32) -> Hand {
        let (draw, count) = self.draw(secs, count);
        self.deck.hand(draw, count, &self.shuffles)
    }
}

struct Deck {
    seed: u64,
    n: usize,
    avoid_repeat: bool,
}

/// The cards at `from..to` of one shuffle.
#[derive(Clone, Copy)]
struct Hand {
    shuffle: Shuffle,
    from: usize,
    to: usize,
}

impl Hand {
    fn holds(&self, item: usize) -> bool {
        self.from < self.to && (self.from..self.to).contains(&self.shuffle.place(item))
    }
}

impl Deck {
    /// `known`: shuffles found before, by deck, if the count never changes.
    fn hand(&self, draw: u64, count: usize, known: &[OnceLock<Shuffle>]) -> Hand {
        let count = count.min(self.n);
        if count == 0 || count == self.n || !self.avoid_repeat || self.n < 2 * count {
            // Each draw by itself.
            return Hand { shuffle: Shuffle::new(mix(self.seed ^ mix(draw)), self.n), from: 0, to: count };
        }
        let hands = (self.n / count) as u64;
        let (deck, hand) = (draw / hands, (draw % hands) as usize);
        let find = || self.shuffle(deck, count, hands as usize, !known.is_empty());
        let shuffle = known.get(deck as usize).map_or_else(find, |known| *known.get_or_init(find));
        Hand { shuffle, from: hand * count, to: (hand + 1) * count }
    }

    /// Even decks are shuffled freely; an odd one is shuffled until it fits between its neighbours, if it is to.
    fn shuffle(&self, deck: u64, count: usize, hands: usize, fitting: bool) -> Shuffle {
        let free = |deck: u64, attempt: u64| Shuffle::new(draw_bits(self.seed, deck, attempt), self.n);
        if hands == 2 {
            // Two hands can only take turns.
            return free(0, 0);
        }
        if deck.is_multiple_of(2) || !fitting {
            return free(deck, 0);
        }
        let (before, after) = (free(deck - 1, 0), free(deck + 1, 0));
        let last = (hands - 1) * count..hands * count;
        let overlap = |shuffle: &Shuffle| {
            let first = (0..count).filter(|&card| last.contains(&before.place(shuffle.item(card)))).count();
            first + last.clone().filter(|&card| after.place(shuffle.item(card)) < count).count()
        };
        let mut best = free(deck, 0);
        let mut least = overlap(&best);
        for attempt in 1..(MAX_COMPARED / count).min(256) as u64 {
            if least == 0 {
                break;
            }
            let shuffle = free(deck, attempt);
            let overlap = overlap(&shuffle);
            if overlap < least {
                (best, least) = (shuffle, overlap);
            }
        }
        best
    }
}

/// A permutation of `0..n` that is computed, not stored: a four-round Feistel network over the next power of four,
/// walked until it falls inside (Black & Rogaway 2002, cycle walking).
#[derive(Clone, Copy)]
struct Shuffle {
    keys: [u64; 4],
    half_bits: u32,
    n: usize,
}

impl Shuffle {
    fn new(seed: u64, n: usize) -> Self {
        let bits = usize::BITS - n.saturating_sub(1).leading_zeros();
        Self { keys: [1, 2, 3, 4].map(|round| mix(seed ^ (round << 56))), half_bits: bits.div_ceil(2).max(1), n }
    }

    fn walk(&self, mut card: usize, rounds: impl Fn(usize) -> usize) -> usize {
        loop {
            card = rounds(card);
            if card < self.n {
                return card;
            }
        }
    }

    fn halves(&self, card: usize) -> (usize, usize) {
        (card >> self.half_bits, card & ((1 << self.half_bits) - 1))
    }

    fn half(&self, key: u64, half: usize) -> usize {
        (mix(key ^ half as u64) as usize) & ((1 << self.half_bits) - 1)
    }

    /// Where in the deck an item lies.
    fn place(&self, item: usize) -> usize {
        self.walk(item, |card| {
            let (left, right) = self.keys.iter().fold(self.halves(card), |(left, right), &key| (right, left ^ self.half(key, right)));
            (left << self.half_bits) | right
        })
    }

    /// Which item lies at a place.
    fn item(&self, place: usize) -> usize {
        self.walk(place, |card| {
            let (left, right) = self.keys.iter().rev().fold(self.halves(card), |(left, right), &key| (right ^ self.half(key, left), left));
            (left << self.half_bits) | right
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation_with_an_inverse() {
        for n in [1, 2, 3, 7, 16, 100] {
            let shuffle = Shuffle::new(42, n);
            let mut places: Vec<usize> = (0..n).map(|item| shuffle.place(item)).collect();
            assert!((0..n).all(|item| shuffle.item(places[item]) == item));
            places.sort_unstable();
            assert_eq!(places, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_draw_lights_the_asked_number_and_never_the_same_twice_running() {
        for (n, count) in [(2, 1), (5, 1), (5, 2), (12, 3), (40, 7)] {
            let deck = Deck { seed: 9, n, avoid_repeat: true };
            let known = [OnceLock::new()];
            let lit = |draw| (0..n).filter(|&item| deck.hand(draw, count, &known).holds(item)).collect::<Vec<_>>();
            for draw in 0..200 {
                assert_eq!(lit(draw).len(), count);
                assert!(n < 2 * count || lit(draw).iter().all(|item| !lit(draw + 1).contains(item)), "{n} {count} {draw}");
            }
        }
    }

    #[test]
    fn every_head_gets_its_turn() {
        let deck = Deck { seed: 3, n: 8, avoid_repeat: true };
        let mut times = [0; 8];
        for draw in 0..80 {
            (0..8).filter(|&item| deck.hand(draw, 1, &[]).holds(item)).for_each(|item| times[item] += 1);
        }
        assert_eq!(times, [10; 8]);
    }
}
