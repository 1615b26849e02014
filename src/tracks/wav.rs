//! Stereo sound as a wav file of 32-bit floats: what comes out adds up to the last bit.

/// The bytes of the file.
pub fn bytes(frames: &[[f32; 2]], rate_hz: u32) -> Vec<u8> {
    const HEADER: usize = 58;
    let n_bytes = u32::try_from(frames.len() * 8).unwrap_or(u32::MAX - HEADER as u32);
    let mut bytes = Vec::with_capacity(HEADER + n_bytes as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(n_bytes + HEADER as u32 - 8).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x12\0\0\0");
    // IEEE float, two channels, no extension.
    for word in [3_u16, 2] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for word in [rate_hz, rate_hz.saturating_mul(8)] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for word in [8_u16, 32, 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(b"fact\x04\0\0\0");
    bytes.extend_from_slice(&(n_bytes / 8).to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&n_bytes.to_le_bytes());
    for sample in frames.iter().take(n_bytes as usize / 8).flatten() {
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.wav");
        let frames: Vec<[f32; 2]> = (0..5_000).map(|at| [at as f32 / 7_000.0, -(at as f32) / 9_000.0]).collect();
        std::fs::write(&path, bytes(&frames, 48_000)).unwrap();
        let decoded = super::super::decode::decode(&path).unwrap();
        assert_eq!(decoded.sound.rate_hz, 48_000);
        assert_eq!(decoded.sound.frames, frames);
    }
}
