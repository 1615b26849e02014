//! Sound files to samples: mp3, flac, ogg vorbis, wav, aiff, m4a and what else symphonia reads.
//!
//! Second 0 is the first sample that was recorded: the encoder's delay and padding are removed, for MP4 by the edit
//! list ([`super::mp4_edits`]) or the `iTunSMPB` tag, for all others by symphonia.  The rate stays the file's own; mono is
//! doubled, more than two channels are folded down.  Only this file knows symphonia.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{MetadataOptions, RawValue};
use thiserror::Error;

use super::model::Sound;
use super::mp4_edits::{self, Played};

/// Two hours at 48 kHz: 2.8 GB of samples, whatever a file says of itself.
const MAX_FRAMES: usize = 2 * 3_600 * 48_000;
/// What is reserved on a file's word alone.
const MAX_RESERVED: usize = 15 * 60 * 48_000;
/// A file of which more packets are broken than whole is not taken for sound.
const MIN_WHOLE_SHARE: f64 = 0.5;

#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub sound: Sound,
    pub warnings: Vec<Warning>,
}

/// What was lost on the way; the rest plays.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Warning {
    #[error("{path} breaks off after {at_secs:.1} s and plays up to there: {reason}", path = path.display())]
    BreaksOff { path: PathBuf, at_secs: f64, reason: String },
    #[error("{path} has {n_packets} broken packets, the first at {first_secs:.1} s; they play as silence", path = path.display())]
    BrokenPackets { path: PathBuf, n_packets: usize, first_secs: f64 },
    #[error("{path} is longer than Luma holds in memory and plays up to {at_secs:.0} s; cut it in two", path = path.display())]
    TooLong { path: PathBuf, at_secs: f64 },
}

#[derive(Debug, Error)]
pub enum DecodeError {
    #[error("there is no file {path}; check its name and folder", path = path.display())]
    Missing { path: PathBuf },
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is not a sound file that Luma reads (mp3, flac, ogg vorbis, wav, aiff, m4a): {reason}", path = path.display())]
    NotSound { path: PathBuf, reason: String },
    #[error("{path} holds sound in a coding that Luma does not read ({reason}); convert it to flac, mp3 or wav", path = path.display())]
    UnknownCodec { path: PathBuf, reason: String },
    #[error("nothing in {path} could be decoded: {reason}", path = path.display())]
    Empty { path: PathBuf, reason: String },
}

/// Reads a whole file.
pub fn decode(path: &Path) -> Result<Decoded, DecodeError> {
    // A damaged file may trip an arithmetic check deep inside a decoder; that must cost one file, not the show.
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(path)))
        .unwrap_or_else(|_| Err(DecodeError::NotSound { path: path.into(), reason: "its decoder gave up on damaged data".into() }))
}

fn decode_unguarded(path: &Path) -> Result<Decoded, DecodeError> {
    let mut source = open(path)?;
    let played_by_edits = mp4_edits::read(&mut source);
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| DecodeError::NotSound { path: path.into(), reason: in_words(&error) })?;

    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| DecodeError::NotSound { path: path.into(), reason: "it has no sound track".into() })?;
    let (track_id, n_frames) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let params = params.ok_or_else(|| DecodeError::UnknownCodec { path: path.into(), reason: "unnamed".into() })?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|error| DecodeError::UnknownCodec { path: path.into(), reason: in_words(&error) })?;

    let mut reading = Reading::new(path, n_frames);
    reading.read_all(format.as_mut(), decoder.as_mut(), track_id);
    let played = played_by_edits.or_else(|| played_by_tag(format.as_mut(), reading.rate_hz));
    reading.finish(played)
}

fn open(path: &Path) -> Result<File, DecodeError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => DecodeError::Missing { path: path.into() },
        _ => DecodeError::Unreadable { path: path.into(), source },
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(DecodeError::NotSound { path: path.into(), reason: "it is a folder".into() });
    }
    Ok(file)
}

fn in_words(error: &SymphoniaError) -> String {
    match error {
        SymphoniaError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it ends too early".into(),
        SymphoniaError::Unsupported(what) => format!("unknown to the decoder: {what}"),
        error => error.to_string(),
    }
}

/// A file on its way into memory.
struct Reading<'a> {
    path: &'a Path,
    rate_hz: u32,
    frames: Vec<[f32; 2]>,
    interleaved: Vec<f32>,
    n_whole: usize,
    n_broken: usize,
    first_broken_secs: f64,
    warnings: Vec<Warning>,
    last_error: Option<String>,
}

impl<'a> Reading<'a> {
    fn new(path: &'a Path, n_frames: Option<u64>) -> Self {
        let expected = usize::try_from(n_frames.unwrap_or(0)).unwrap_or(MAX_RESERVED).min(MAX_RESERVED);
        Self {
            path,
            rate_hz: 0,
            frames: Vec::with_capacity(expected),
            interleaved: Vec::new(),
            n_whole: 0,
            n_broken: 0,
            first_broken_secs: 0.0,
            warnings: Vec::new(),
            last_error: None,
        }
    }

    fn secs(&self) -> f64 {
        self.frames.len() as f64 / f64::from(self.rate_hz.max(1))
    }

    fn read_all(&mut self, format: &mut dyn FormatReader, decoder: &mut dyn AudioDecoder, track_id: u32) {
        loop {
            let packet = match format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return,
                Err(error) => return self.break_off(in_words(&error)),
            };
            if packet.track_id != track_id {
                continue;
            }
            match decoder.decode(&packet) {
                Ok(buffer) => {
                    let (rate_hz, channels) = (buffer.spec().rate(), buffer.spec().channels().clone());
                    if self.rate_hz != 0 && rate_hz != self.rate_hz && buffer.frames() > 0 {
                        return self.break_off(format!("its rate changes from {} to {rate_hz} Hz", self.rate_hz));
                    }
                    self.rate_hz = rate_hz;
                    self.interleaved.resize(buffer.samples_interleaved(), 0.0);
                    buffer.copy_to_slice_interleaved(&mut self.interleaved);
                    self.n_whole += 1;
                    self.take(&channels);
                }
                Err(SymphoniaError::DecodeError(reason)) => self.skip(packet.dur.get(), reason),
                Err(error) => return self.break_off(in_words(&error)),
            }
            if self.frames.len() >= MAX_FRAMES {
                self.frames.truncate(MAX_FRAMES);
                self.warnings.push(Warning::TooLong { path: self.path.into(), at_secs: self.secs() });
                return;
            }
        }
    }

    fn break_off(&mut self, reason: String) {
        if !self.frames.is_empty() {
            self.warnings.push(Warning::BreaksOff { path: self.path.into(), at_secs: self.secs(), reason: reason.clone() });
        }
        self.last_error = Some(reason);
    }

    /// A broken packet leaves silence of its own length, so that what follows stays in time.
    fn skip(&mut self, n_frames: u64, reason: &str) {
        if self.n_broken == 0 {
            self.first_broken_secs = self.secs();
        }
        self.n_broken += 1;
        self.last_error = Some(reason.into());
        let n_silent = usize::try_from(n_frames).unwrap_or(0).min(1 << 16);
        if self.n_whole > 0 {
            self.frames.resize(self.frames.len() + n_silent, [0.0; 2]);
        }
    }

    fn take(&mut self, channels: &Channels) {
        let finite = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
        match channels.count() {
            0 => {}
            1 => self.frames.extend(self.interleaved.iter().map(|&sample| [finite(sample); 2])),
            2 => self.frames.extend(self.interleaved.chunks_exact(2).map(|frame| [finite(frame[0]), finite(frame[1])])),
            n_channels => {
                let gains = fold_down(channels);
                self.frames.extend(self.interleaved.chunks_exact(n_channels).map(|frame| {
                    let mixed = frame.iter().zip(&gains).fold([0.0; 2], |sum, (&sample, gain)| {
                        let sample = finite(sample);
                        [sum[0] + sample * gain[0], sum[1] + sample * gain[1]]
                    });
                    mixed.map(|sample: f32| sample.clamp(-1.0, 1.0))
                }));
            }
        }
    }

    fn finish(mut self, played: Option<Played>) -> Result<Decoded, DecodeError> {
        let path = self.path;
        let n_packets = self.n_whole + self.n_broken;
        let reason = self.last_error.unwrap_or_else(|| "it is empty".into());
        if self.frames.is_empty() || self.rate_hz == 0 {
            return Err(DecodeError::Empty { path: path.into(), reason });
        }
        if (self.n_whole as f64) < MIN_WHOLE_SHARE * n_packets as f64 {
            let reason = format!("{} of {n_packets} packets are damaged ({reason})", self.n_broken);
            return Err(DecodeError::NotSound { path: path.into(), reason });
        }
        if self.n_broken > 0 {
            let (n_packets, first_secs) = (self.n_broken, self.first_broken_secs);
            self.warnings.push(Warning::BrokenPackets { path: path.into(), n_packets, first_secs });
        }
        if let Some(played) = played {
            let sample = |secs: f64| (secs.max(0.0) * f64::from(self.rate_hz)).round() as usize;
            let from = sample(played.from_secs).min(self.frames.len());
            self.frames.drain(..from);
            if let Some(length_secs) = played.length_secs {
                self.frames.truncate(sample(length_secs));
            }
        }
        if self.frames.is_empty() {
            return Err(DecodeError::Empty { path: path.into(), reason: "its edit list plays nothing".into() });
        }
        // A broken file may have reserved far more than it held.
        self.frames.shrink_to_fit();
        Ok(Decoded { sound: Sound { rate_hz: self.rate_hz, frames: self.frames }, warnings: self.warnings })
    }
}

/// What iTunes wrote of delay and length before edit lists were common: hexadecimal words, the second the delay, the
/// fourth the count of samples.
fn played_by_tag(format: &mut dyn FormatReader, rate_hz: u32) -> Option<Played> {
    let metadata = format.metadata();
    let tag = metadata.current()?.media.tags.iter().find(|tag| tag.raw.key.ends_with("iTunSMPB"))?;
    let RawValue::String(text) = &tag.raw.value else { return None };
    let mut words = text.split_whitespace().map(|word| u64::from_str_radix(word, 16));
    let delay = words.nth(1)?.ok()?;
    let n_samples = words.nth(1)?.ok()?;
    let rate = f64::from(rate_hz.max(1));
    let length_secs = (n_samples > 0).then_some(n_samples as f64 / rate);
    (delay < 1 << 16).then_some(Played { from_secs: delay as f64 / rate, length_secs })
}

/// How much of each channel goes left and right.  The low-frequency channel is left out, as broadcasters do.
fn fold_down(channels: &Channels) -> Vec<[f32; 2]> {
    const SIDE: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let lefts =
        Position::REAR_LEFT | Position::SIDE_LEFT | Position::TOP_FRONT_LEFT | Position::TOP_REAR_LEFT | Position::FRONT_LEFT_CENTER;
    let rights =
        Position::REAR_RIGHT | Position::SIDE_RIGHT | Position::TOP_FRONT_RIGHT | Position::TOP_REAR_RIGHT | Position::FRONT_RIGHT_CENTER;
    let gains: Vec<[f32; 2]> = match channels {
        Channels::Positioned(positions) => positions
            .iter()
            .map(|position| match position {
                Position::FRONT_LEFT => [1.0, 0.0],
                Position::FRONT_RIGHT => [0.0, 1.0],
                Position::LFE1 | Position::LFE2 => [0.0; 2],
                side if lefts.contains(side) => [SIDE, 0.0],
                side if rights.contains(side) => [0.0, SIDE],
                _ => [0.5; 2],
            })
            .collect(),
        others => vec![[1.0; 2]; others.count()],
    };
    let loudest = (0..2).map(|side| gains.iter().map(|gain| gain[side]).sum::<f32>()).fold(1.0, f32::max);
    gains.into_iter().map(|gain| gain.map(|share| share / loudest)).collect()
}

#[cfg(test)]
mod tests;
