//! A state-variable filter with trapezoidal integrators: stable at any cutoff, and it may be swept.

use std::f32::consts::PI;

use super::super::song::RATE_HZ;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filter {
    a1: f32,
    a2: f32,
    a3: f32,
    damping: f32,
    state: [f32; 2],
}

/// The three outputs of one step.
pub(super) struct Bands {
    pub(super) low: f32,
    pub(super) band: f32,
    pub(super) high: f32,
}

impl Filter {
    /// `q` from about 0.5 (soft) to 10 (a narrow peak).
    pub(super) fn new(cutoff_hz: f32, q: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(cutoff_hz, q);
        filter
    }

    /// Moves the cutoff and keeps the sound that is in the filter.
    pub(super) fn tune(&mut self, cutoff_hz: f32, q: f32) {
        let rate = RATE_HZ as f32;
        let g = (PI * cutoff_hz.clamp(10.0, rate * 0.45) / rate).tan();
        self.damping = 1.0 / q.max(0.1);
        self.a1 = 1.0 / (1.0 + g * (g + self.damping));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    #[inline]
    pub(super) fn step(&mut self, input: f32) -> Bands {
        let [s0, s1] = self.state;
        let v3 = input - s1;
        let band = self.a1 * s0 + self.a2 * v3;
        let low = s1 + self.a2 * s0 + self.a3 * v3;
        self.state = [2.0 * band - s0, 2.0 * low - s1];
        Bands { low, band, high: input - self.damping * band - low }
    }

    #[inline]
    pub(super) fn low(&mut self, input: f32) -> f32 {
        self.step(input).low
    }

    /// Band pass with a gain of 1 at the centre.
    #[inline]
    pub(super) fn band(&mut self, input: f32) -> f32 {
        self.step(input).band * self.damping
    }

    #[inline]
    pub(super) fn high(&mut self, input: f32) -> f32 {
        self.step(input).high
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn gain_at(hz: f32, mut pass: impl FnMut(f32) -> f32) -> f32 {
        let outputs = (0..20_000).map(|n| pass((TAU * hz * n as f32 / RATE_HZ as f32).sin()));
        outputs.skip(10_000).fold(0.0_f32, |peak, value| peak.max(value.abs()))
    }

    #[test]
    fn each_output_passes_its_own_side_of_the_cutoff() {
        let filter = Filter::new(1_000.0, 0.7);
        let (mut low, mut high, mut band) = (filter, filter, filter);
        assert!(gain_at(100.0, |x| low.low(x)) > 0.9 && gain_at(10_000.0, |x| low.low(x)) < 0.05);
        assert!(gain_at(100.0, |x| high.high(x)) < 0.05 && gain_at(10_000.0, |x| high.high(x)) > 0.9);
        assert!(gain_at(1_000.0, |x| band.band(x)) > 0.95 && gain_at(60.0, |x| band.band(x)) < 0.15);
    }
}
