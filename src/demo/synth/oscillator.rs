//! Sound sources: a saw and a square whose steps are rounded so that they hardly alias, and seeded noise.

use super::super::song::RATE_HZ;

pub(super) fn hz_of_midi(pitch: u8) -> f32 {
    440.0 * ((f32::from(pitch) - 69.0) / 12.0).exp2()
}

pub(super) fn ratio_of_cents(cents: f32) -> f32 {
    (cents / 1_200.0).exp2()
}

/// A phase in turns that advances once a sample.
pub(super) struct Phase {
    turns: f32,
    step: f32,
}

impl Phase {
    pub(super) fn new(hz: f32, start_turns: f32) -> Self {
        Self { turns: start_turns.rem_euclid(1.0), step: hz / RATE_HZ as f32 }
    }

    #[inline]
    pub(super) fn advance(&mut self, ratio: f32) {
        self.turns += self.step * ratio;
        if self.turns >= 1.0 {
            self.turns -= 1.0;
        }
    }

    #[inline]
    pub(super) fn saw(&self) -> f32 {
        2.0 * self.turns - 1.0 - self.rounded_step(self.turns)
    }

    #[inline]
    pub(super) fn square(&self) -> f32 {
        let half = if self.turns < 0.5 { self.turns + 0.5 } else { self.turns - 0.5 };
        let naive = if self.turns < 0.5 { 1.0 } else { -1.0 };
        naive + self.rounded_step(self.turns) - self.rounded_step(half)
    }

    /// What to take off a step at phase 0 so that it bends over two samples (a polynomial band-limited step).
    #[inline]
    fn rounded_step(&self, turns: f32) -> f32 {
        if turns < self.step {
            let x = turns / self.step;
            x + x - x * x - 1.0
        } else if turns > 1.0 - self.step {
            let x = (turns - 1.0) / self.step;
            x * x + x + x + 1.0
        } else {
            0.0
        }
    }
}

/// White noise, `-1.0..1.0`, from a seed (xorshift).
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn seeded(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9) | 1)
    }

    #[inline]
    pub(super) fn sample(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as i32 as f32 / 2_147_483_648.0
    }
}
