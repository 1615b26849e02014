//! A file becomes a track: decoded, named by its tags, drawn.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::engine::TrackAnalysis;
use crate::engine::track::Audio;

use super::decode::{self, Decoded};
use super::model::{Sound, Tags, Track};
use super::waveform;

pub use super::decode::{DecodeError as ImportError, Warning};

const BLOCK_BYTES: usize = 1 << 20;

/// A file that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Of its music only the sound is known: listening is `analysis`' business.
    pub track: Track,
    pub tags: Tags,
    pub warnings: Vec<Warning>,
}

/// Opens a sound file as a track.  Its id follows from its bytes: the same file has the same id under any name, on any
/// machine (decoded samples differ in their last bits from processor to processor).
pub fn open(path: &Path) -> Result<Opened, ImportError> {
    let Decoded { sound, tags, warnings } = decode::decode(path)?;
    let hash = File::open(path).and_then(hash_of).map_err(|source| ImportError::Unreadable { path: path.into(), source })?;
    let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let track = Track {
        id: Track::id_of(&hash),
        hash,
        file: Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned())),
        title: if tags.title.is_empty() { stem() } else { tags.title.clone() },
        artist: tags.artist.clone(),
        analysis: Arc::new(unheard(&sound)),
        correction: None,
        hearing: Arc::default(),
        waveform: Arc::new(waveform::of(&sound)),
        sound: Some(Arc::new(sound)),
    };
    Ok(Opened { track, tags, warnings })
}

/// What is known of a sound before anybody listened: its length and its samples.
fn unheard(sound: &Sound) -> TrackAnalysis {
    let samples: Vec<f32> = sound.frames.iter().map(|frame| (frame[0] + frame[1]) * 0.5).collect();
    TrackAnalysis {
        duration_secs: sound.duration_secs(),
        audio: Some(Audio { samples: samples.into(), rate_hz: sound.rate_hz }),
        ..TrackAnalysis::default()
    }
}

/// SHA-256 in hexadecimal.
fn hash_of(mut file: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n_bytes => hash.update(&block[..n_bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard_and_of_every_byte() {
        // FIPS 180-4's own example.
        assert_eq!(hash_of(&b"abc"[..]).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let bytes = vec![7_u8; 3_000_000];
        let mut other = bytes.clone();
        other[2_500_000] = 8;
        assert_ne!(hash_of(&bytes[..]).unwrap(), hash_of(&other[..]).unwrap());
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_name() {
        let error = open(Path::new("no/such/song.flac")).unwrap_err();
        assert!(error.to_string().contains("song.flac"), "{error}");
    }
}
