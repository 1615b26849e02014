//! The packets of one file, decoded in order, on their way to whoever takes them.
//!
//! Whatever is broken or missing leaves silence of its own length, so that what follows stays in time.

use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use super::super::model::Tags;
use super::super::mp4_edits::Played;
use super::{DecodeError, Take, Told, Warning, channels, in_words};

/// Silence is given in pieces of this.
const SILENCE: [[f32; 2]; 1_024] = [[0.0; 2]; 1_024];
/// A file of which more packets are broken than whole is not taken for sound.
const MIN_WHOLE_SHARE: f64 = 0.5;
/// Coarse clocks of containers make packets seem apart by less.
const MIN_GAP_SECS: f64 = 0.012;

/// A file on its way.
pub(super) struct Reading<'a> {
    path: &'a Path,
    take: &'a mut dyn Take,
    pub(super) track_id: u32,
    time_base: Option<TimeBase>,
    /// How long the file says it is, where that can be trusted.
    pub(super) n_promised: usize,
    /// Which part is played, once the rate is known.
    played: &'a dyn Fn(u32) -> Option<Played>,
    /// Samples before the first that is played, and the one behind the last.
    span: (usize, usize),
    max_frames: usize,
    /// Seconds of the first packet in the file's own time.
    first_secs: Option<f64>,
    rate_hz: u32,
    /// Frames so far, those that are not played included.
    n_done: usize,
    n_given: usize,
    frames: Vec<[f32; 2]>,
    interleaved: Vec<f32>,
    n_whole: usize,
    n_broken: usize,
    last_was_broken: bool,
    first_broken_secs: f64,
    warnings: Vec<Warning>,
    last_error: Option<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(path: &'a Path, track: &Track, played: &'a dyn Fn(u32) -> Option<Played>, take: &'a mut dyn Take) -> Self {
        let max_frames = take.max_frames();
        Self {
            path,
            take,
            track_id: track.id,
            time_base: track.time_base,
            n_promised: usize::try_from(track.num_frames.unwrap_or(0)).unwrap_or(max_frames),
            played,
            span: (0, usize::MAX),
            max_frames,
            first_secs: None,
            rate_hz: 0,
            n_done: 0,
            n_given: 0,
            frames: Vec::new(),
            interleaved: Vec::new(),
            n_whole: 0,
            n_broken: 0,
            last_was_broken: false,
            first_broken_secs: 0.0,
            warnings: Vec::new(),
            last_error: None,
        }
    }

    fn secs(&self) -> f64 {
        self.n_done as f64 / f64::from(self.rate_hz.max(1))
    }

    /// The rate is known: so is what is played.
    fn begin(&mut self, rate_hz: u32) {
        self.rate_hz = rate_hz;
        if let Some(played) = (self.played)(rate_hz) {
            let sample = |secs: f64| (secs.max(0.0) * f64::from(rate_hz)).round() as usize;
            let from = sample(played.from_secs);
            self.span = (from, played.length_secs.map_or(usize::MAX, |secs| from.saturating_add(sample(secs))));
        }
        self.take.begin(rate_hz, self.n_promised);
    }

    /// Hands on what of these frames is played.
    fn give(&mut self, frames: &[[f32; 2]]) {
        let frames = &frames[..frames.len().min(self.max_frames.saturating_sub(self.n_done))];
        let (from, to) = (self.span.0.saturating_sub(self.n_done), self.span.1.saturating_sub(self.n_done).min(frames.len()));
        self.n_done += frames.len();
        if let Some(inside) = frames.get(from..to).filter(|inside| !inside.is_empty()) {
            self.n_given += inside.len();
            self.take.take(inside);
        }
    }

    pub(super) fn read_all(&mut self, format: &mut dyn FormatReader, decoder: &mut dyn AudioDecoder) {
        loop {
            let packet = match format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.check_length(),
                Err(error) => return self.break_off(in_words(&error)),
            };
            if packet.track_id != self.track_id {
                continue;
            }
            match decoder.decode(&packet) {
                Ok(buffer) => {
                    let (rate_hz, channels) = (buffer.spec().rate(), buffer.spec().channels().clone());
                    if self.rate_hz != 0 && rate_hz != self.rate_hz && buffer.frames() > 0 {
                        return self.break_off(format!("its rate changes from {} to {rate_hz} Hz", self.rate_hz));
                    }
                    if self.rate_hz == 0 && rate_hz > 0 {
                        self.begin(rate_hz);
                    }
                    self.interleaved.resize(buffer.samples_interleaved(), 0.0);
                    buffer.copy_to_slice_interleaved(&mut self.interleaved);
                    self.n_whole += 1;
                    self.bridge_gap(&packet);
                    self.last_was_broken = false;
                    self.take(&channels);
                }
                Err(error @ SymphoniaError::ResetRequired) => return self.break_off(in_words(&error)),
                // Whatever a packet of its own makes a decoder say, the next one may be whole.
                Err(error) => self.mark_broken(in_words(&error)),
            }
            if self.n_done >= self.max_frames {
                self.warnings.push(Warning::TooLong { path: self.path.into(), at_secs: self.secs() });
                return;
            }
        }
    }

    fn break_off(&mut self, reason: String) {
        if self.n_done > 0 {
            self.warnings.push(Warning::BreaksOff { path: self.path.into(), at_secs: self.secs(), reason: reason.clone() });
        }
        self.last_error = Some(reason);
    }

    /// Some formats end without a word where the file was cut.
    fn check_length(&mut self) {
        if self.n_done + self.rate_hz as usize / 2 < self.n_promised {
            let secs = self.n_promised as f64 / f64::from(self.rate_hz.max(1));
            self.break_off(format!("it says that it is {secs:.1} s long"));
        }
    }

    fn mark_broken(&mut self, reason: String) {
        if self.n_broken == 0 {
            self.first_broken_secs = self.secs();
        }
        self.n_broken += 1;
        self.last_was_broken = true;
        self.last_error = Some(reason);
    }

    /// Packets that broke or were lost leave silence of their own length, so that what follows stays in time.
    fn bridge_gap(&mut self, packet: &Packet) {
        let Some(time_base) = self.time_base else { return };
        let ticks = packet.pts.get() as f64 + packet.trim_start.get() as f64;
        let secs = ticks * f64::from(time_base.numer.get()) / f64::from(time_base.denom.get());
        let since_first = secs - *self.first_secs.get_or_insert(secs);
        let expected = (since_first * f64::from(self.rate_hz)) as usize;
        if expected > self.n_done + (f64::from(self.rate_hz) * MIN_GAP_SECS) as usize && expected < self.max_frames {
            if !self.last_was_broken {
                self.mark_broken("some of it is missing".into());
            }
            while self.n_done < expected {
                self.give(&SILENCE[..(expected - self.n_done).min(SILENCE.len())]);
            }
        }
    }

    fn take(&mut self, channels: &Channels) {
        let mut frames = std::mem::take(&mut self.frames);
        frames.clear();
        self.framed(channels, &mut frames);
        self.give(&frames);
        self.frames = frames;
    }

    /// What was decoded last, as stereo.
    fn framed(&self, channels: &Channels, frames: &mut Vec<[f32; 2]>) {
        let finite = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
        match channels.count() {
            0 => {}
            1 => frames.extend(self.interleaved.iter().map(|&sample| [finite(sample); 2])),
            2 => frames.extend(self.interleaved.chunks_exact(2).map(|frame| [finite(frame[0]), finite(frame[1])])),
            n_channels => {
                let gains = channels::fold_down(channels);
                frames.extend(self.interleaved.chunks_exact(n_channels).map(|frame| {
                    let mixed = frame.iter().zip(&gains).fold([0.0; 2], |sum, (&sample, gain)| {
                        let sample = finite(sample);
                        [sum[0] + sample * gain[0], sum[1] + sample * gain[1]]
                    });
                    mixed.map(|sample: f32| sample.clamp(-1.0, 1.0))
                }));
            }
        }
    }

    pub(super) fn finish(mut self, tags: Tags) -> Result<Told, DecodeError> {
        let path = self.path;
        let n_packets = self.n_whole + self.n_broken;
        let reason = self.last_error.unwrap_or_else(|| "it is empty".into());
        if self.n_done == 0 || self.rate_hz == 0 {
            return Err(DecodeError::Empty { path: path.into(), reason });
        }
        if (self.n_whole as f64) < MIN_WHOLE_SHARE * n_packets as f64 {
            let reason = format!("{} of {n_packets} packets are damaged ({reason})", self.n_broken);
            return Err(DecodeError::NotSound { path: path.into(), reason });
        }
        if self.n_broken > 0 {
            let (n_places, first_secs) = (self.n_broken, self.first_broken_secs);
            self.warnings.push(Warning::Damaged { path: path.into(), n_places, first_secs });
        }
        if self.n_given == 0 {
            return Err(DecodeError::Empty { path: path.into(), reason: "its edit list plays nothing".into() });
        }
        Ok(Told { rate_hz: self.rate_hz, n_frames: self.n_given, tags, warnings: self.warnings })
    }
}
