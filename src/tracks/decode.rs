//! Sound files to samples: mp3, flac, ogg vorbis, wav, aiff, m4a and what else symphonia reads.
//!
//! [`stream`] hands a file on block by block, so that hours of it need no memory; [`decode`] keeps the whole.
//!
//! Second 0 is the first sample that was recorded: the encoder's delay and padding are removed, for MP4 by the edit
//! list ([`super::mp4_edits`]) or the `iTunSMPB` tag, for all others by symphonia.  The rate stays the file's own; mono is
//! doubled, more than two channels are folded down.  Tags and covers come with it.  Only this folder knows symphonia.

mod channels;
mod reading;
mod tags;

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecId, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::{MetadataOptions, RawValue};
use thiserror::Error;

use super::model::{Sound, Tags};
use super::mp4_edits::{self, Played};
use reading::Reading;

#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub sound: Sound,
    pub tags: Tags,
    pub warnings: Vec<Warning>,
}

/// Who takes a file's sound as it is decoded.
pub trait Take {
    /// What follows begins at the file's start; what came before, if anything did, was a try that failed.
    /// `n_promised` is what the file says of its length, 0 where it says nothing.
    fn begin(&mut self, rate_hz: u32, n_promised: usize);

    /// The next frames, left and right.
    fn take(&mut self, frames: &[[f32; 2]]);

    /// How many frames may come; what is beyond is told as [`Warning::TooLong`].
    fn max_frames(&self) -> usize {
        LONGEST_STREAM
    }
}

/// What there is to say of a file whose sound was handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub rate_hz: u32,
    pub n_frames: usize,
    pub tags: Tags,
    pub warnings: Vec<Warning>,
}

/// Eight hours at 48 kHz, whatever a file says of itself.
const LONGEST_STREAM: usize = 8 * 3_600 * 48_000;
/// Two hours at 48 kHz: 2.8 GB of samples.
const LONGEST_IN_MEMORY: usize = 2 * 3_600 * 48_000;
/// What is reserved on a file's word alone.
const MAX_RESERVED: usize = 15 * 60 * 48_000;

/// What was lost on the way; the rest plays.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Warning {
    #[error("{path} breaks off after {at_secs:.1} s and plays up to there: {reason}", path = path.display())]
    BreaksOff { path: PathBuf, at_secs: f64, reason: String },
    #[error("{path} has {n_places} damaged places, the first at {first_secs:.1} s; they play as silence", path = path.display())]
    Damaged { path: PathBuf, n_places: usize, first_secs: f64 },
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

/// Reads a whole file into memory.
pub fn decode(path: &Path) -> Result<Decoded, DecodeError> {
    let mut sound = Sound::default();
    let told = stream(path, &mut sound)?;
    // A broken file may have reserved far more than it held.
    sound.frames.shrink_to_fit();
    Ok(Decoded { sound, tags: told.tags, warnings: told.warnings })
}

impl Take for Sound {
    fn begin(&mut self, rate_hz: u32, n_promised: usize) {
        *self = Self { rate_hz, frames: Vec::with_capacity(n_promised.min(MAX_RESERVED)) };
    }

    fn take(&mut self, frames: &[[f32; 2]]) {
        self.frames.extend_from_slice(frames);
    }

    fn max_frames(&self) -> usize {
        LONGEST_IN_MEMORY
    }
}

/// Reads a whole file block by block.
pub fn stream(path: &Path, take: &mut dyn Take) -> Result<Told, DecodeError> {
    // A damaged file may trip an arithmetic check deep inside a decoder; that must cost one file, not the show.
    catch_unwind(AssertUnwindSafe(|| stream_unguarded(path, take)))
        .unwrap_or_else(|_| Err(DecodeError::NotSound { path: path.into(), reason: "its decoder gave up on damaged data".into() }))
}

fn stream_unguarded(path: &Path, take: &mut dyn Take) -> Result<Told, DecodeError> {
    let error = match read(path, Access::Anywhere, take) {
        Err(error @ (DecodeError::NotSound { .. } | DecodeError::Empty { .. })) => error,
        decided => return decided,
    };
    // Readers that may seek look at a file's end first and give up if it is damaged or missing; its beginning may be whole.
    read(path, Access::FromTheStart, take).or(Err(error))
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Anywhere,
    FromTheStart,
}

fn read(path: &Path, access: Access, take: &mut dyn Take) -> Result<Told, DecodeError> {
    let mut source = open(path)?;
    let played_by_edits = mp4_edits::read(&mut source);
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let source: Box<dyn MediaSource> = match access {
        Access::Anywhere => Box::new(source),
        Access::FromTheStart => Box::new(ReadOnlySource::new(source)),
    };
    let mut format = symphonia::default::get_probe()
        .probe(&hint, MediaSourceStream::new(source, Default::default()), FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| DecodeError::NotSound { path: path.into(), reason: in_words(&error) })?;

    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| DecodeError::NotSound { path: path.into(), reason: "it has no sound track".into() })?;
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let params = params.ok_or_else(|| DecodeError::UnknownCodec { path: path.into(), reason: "unnamed".into() })?;
    let decoder = symphonia::default::get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default());
    let mut decoder = decoder.map_err(|error| DecodeError::UnknownCodec { path: path.into(), reason: in_words(&error) })?;

    let (codec, has_delay, track) = (params.codec, track.delay.is_some(), track.clone());
    let by_tag = tagged_delay(format.as_mut());
    let played = move |rate_hz: u32| {
        let rate = f64::from(rate_hz.max(1));
        let of_samples = |from: f64, n: Option<f64>| Played { from_secs: from / rate, length_secs: n.map(|n| n / rate) };
        let usual = || usual_delay(codec).filter(|_| !has_delay).map(|delay| of_samples(delay, None));
        played_by_edits.or_else(|| by_tag.map(|(delay, n)| of_samples(delay, n))).or_else(usual)
    };
    let mut reading = Reading::new(path, &track, &played, take);
    if codec == CODEC_ID_MP3 && !has_delay {
        // Without a header frame its length is a guess from the first bit rate.
        reading.n_promised = 0;
    }
    reading.read_all(format.as_mut(), decoder.as_mut());
    let tags = tags::read(format.as_mut(), reading.track_id);
    reading.finish(tags)
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

/// What iTunes wrote of delay and length before edit lists were common: hexadecimal words, the second the delay, the
/// fourth the count of samples.
fn tagged_delay(format: &mut dyn FormatReader) -> Option<(f64, Option<f64>)> {
    let metadata = format.metadata();
    let tag = metadata.current()?.media.tags.iter().find(|tag| tag.raw.key.ends_with("iTunSMPB"))?;
    let RawValue::String(text) = &tag.raw.value else { return None };
    let mut words = text.split_whitespace().map(|word| u64::from_str_radix(word, 16));
    let delay = words.nth(1)?.ok()?;
    let n_samples = words.nth(1)?.ok()?;
    (delay < 1 << 16).then_some((delay as f64, (n_samples > 0).then_some(n_samples as f64)))
}

/// Samples of delay where a file does not say: what the transform itself costs in AAC; encoder and decoder of LAME's kind.
fn usual_delay(codec: AudioCodecId) -> Option<f64> {
    match codec {
        CODEC_ID_AAC => Some(1_024.0),
        CODEC_ID_MP3 => Some(576.0 + 529.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
