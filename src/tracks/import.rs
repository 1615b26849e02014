//! A file becomes a track: decoded, drawn and analysed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::analysis;

use super::decode::{self, Decoded};
use super::model::Track;
use super::waveform;

pub use super::decode::{DecodeError as ImportError, Warning};

const BLOCK_BYTES: u64 = 1 << 20;

/// Opens a sound file as a track.  Its id follows from its bytes: the same file has the same id under any name, on any
/// machine (decoded samples differ in their last bits from processor to processor).
pub fn open(path: &Path) -> Result<(Track, Vec<Warning>), ImportError> {
    let Decoded { sound, warnings } = decode::decode(path)?;
    let id = File::open(path).and_then(id_of).map_err(|source| ImportError::Unreadable { path: path.into(), source })?;
    let track = Track {
        id,
        title: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        artist: String::new(),
        analysis: Arc::new(analysis::analyse(&sound.frames, sound.rate_hz)),
        waveform: Arc::new(waveform::of(&sound)),
        sound: Some(Arc::new(sound)),
    };
    Ok((track, warnings))
}

/// Persisted: the namespace and what is hashed must never change.
fn id_of(mut file: impl Read) -> io::Result<Uuid> {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"luma:track/file");
    // Each block's own id, then the id of them all: a file of any size is hashed in little memory.
    let mut blocks = Vec::new();
    let mut block = Vec::new();
    loop {
        block.clear();
        if file.by_ref().take(BLOCK_BYTES).read_to_end(&mut block)? == 0 {
            return Ok(Uuid::new_v5(&namespace, &blocks));
        }
        blocks.extend_from_slice(Uuid::new_v5(&namespace, &block).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_follows_every_byte() {
        let bytes = vec![7_u8; 3_000_000];
        let mut other = bytes.clone();
        other[2_500_000] = 8;
        assert_eq!(id_of(&bytes[..]).unwrap(), id_of(&bytes[..]).unwrap());
        assert_ne!(id_of(&bytes[..]).unwrap(), id_of(&other[..]).unwrap());
        assert_ne!(id_of(&bytes[..]).unwrap(), id_of(&bytes[1..]).unwrap());
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_name() {
        let error = open(Path::new("no/such/song.flac")).unwrap_err();
        assert!(error.to_string().contains("song.flac"), "{error}");
    }
}
