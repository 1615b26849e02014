//! A sound on its way through: taken block by block, so that two hours of it need a fraction of their size.
//!
//! What is left is what the hearing needs: spectra for the nets, an outline for grid and sections, and the loudness.

use super::dsp::resample::Resampler;
use super::ear::{self, Spectra};
use super::loudness::{Loudness, Meter};
use super::outline::Outline;
use crate::tracks::decode::Take;
use crate::tracks::model::Sound;

/// Frames of a sound in memory that are taken at once.
const BLOCK: usize = 1 << 16;

pub struct Intake {
    rate_hz: u32,
    n_frames: usize,
    meter: Meter,
    resampler: Resampler,
    mono: Vec<f32>,
    at_rate: Vec<f32>,
    pub(super) outline: Outline,
    pub(super) spectra: Spectra,
}

impl Default for Intake {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Intake {
    fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            n_frames: 0,
            meter: Meter::new(rate_hz),
            resampler: Resampler::new(rate_hz, ear::RATE_HZ),
            mono: Vec::new(),
            at_rate: Vec::new(),
            outline: Outline::new(ear::RATE_HZ),
            spectra: Spectra::new(),
        }
    }

    /// Of a sound that is in memory anyway.
    pub fn of(sound: &Sound) -> Self {
        Self::of_frames(&sound.frames, sound.rate_hz)
    }

    pub(super) fn of_frames(frames: &[[f32; 2]], rate_hz: u32) -> Self {
        let mut intake = Self::new(rate_hz);
        frames.chunks(BLOCK).for_each(|block| intake.take(block));
        intake.finish();
        intake
    }

    /// The sound has ended.
    pub fn finish(&mut self) {
        self.at_rate.clear();
        self.resampler.finish(&mut self.at_rate);
        self.outline.push(&self.at_rate);
        self.spectra.push(&self.at_rate);
        self.outline.finish();
        self.spectra.finish();
        (self.mono, self.at_rate) = (Vec::new(), Vec::new());
    }

    pub(super) fn into_outline(self) -> Outline {
        self.outline
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub fn duration_secs(&self) -> f64 {
        self.n_frames as f64 / f64::from(self.rate_hz.max(1))
    }

    pub fn loudness(&self) -> Loudness {
        self.meter.loudness()
    }
}

impl Take for Intake {
    fn begin(&mut self, rate_hz: u32, _: usize) {
        *self = Self::new(rate_hz);
    }

    fn take(&mut self, frames: &[[f32; 2]]) {
        self.n_frames += frames.len();
        self.meter.push(frames);
        self.mono.clear();
        self.mono.extend(frames.iter().map(|frame| (frame[0] + frame[1]) * 0.5));
        self.at_rate.clear();
        self.resampler.push(&self.mono, &mut self.at_rate);
        self.outline.push(&self.at_rate);
        self.spectra.push(&self.at_rate);
    }
}
