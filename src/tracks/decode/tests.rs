//! Decoding of files written here: wav in several shapes, and things that only pretend to be sound.

use std::fs;

use tempfile::TempDir;

use super::*;

/// A 16-bit wav of the given frames; `n_bytes` overrides what the header says of the data's size.
fn wav(rate_hz: u32, n_channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let n_bytes = data.len() as u32;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + n_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&n_channels.to_le_bytes());
    file.extend_from_slice(&rate_hz.to_le_bytes());
    file.extend_from_slice(&(rate_hz * u32::from(n_channels) * 2).to_le_bytes());
    file.extend_from_slice(&(n_channels * 2).to_le_bytes());
    file.extend_from_slice(&16_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&n_bytes.to_le_bytes());
    file.extend_from_slice(&data);
    file
}

fn decode_bytes(name: &str, bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    decode(&path)
}

fn near(left: [f32; 2], right: [f32; 2]) -> bool {
    left.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-3)
}

#[test]
fn stereo_comes_out_as_it_went_in() {
    let samples: Vec<i16> = (0..48_000).flat_map(|n| [(n % 1_000) as i16 * 16, -((n % 700) as i16) * 16]).collect();
    let decoded = decode_bytes("a.wav", &wav(48_000, 2, &samples)).unwrap();
    assert_eq!(decoded.warnings, []);
    assert_eq!((decoded.sound.rate_hz, decoded.sound.frames.len()), (48_000, 48_000));
    for (n, frame) in decoded.sound.frames.iter().enumerate() {
        let expected = [samples[2 * n], samples[2 * n + 1]].map(|sample| f32::from(sample) / 32_768.0);
        assert!(near(*frame, expected), "frame {n}");
    }
}

#[test]
fn mono_is_doubled_and_six_channels_are_folded_without_the_low_one() {
    let mono = decode_bytes("mono.wav", &wav(22_050, 1, &[16_384; 5_000])).unwrap();
    assert!(near(mono.sound.frames[2_500], [0.5, 0.5]));

    let frame = [16_384, 0, 0, 32_767, 0, 0];
    let six: Vec<i16> = frame.iter().copied().cycle().take(6 * 5_000).collect();
    let folded = decode_bytes("six.wav", &wav(44_100, 6, &six)).unwrap();
    let [left, right] = folded.sound.frames[2_500];
    assert!(left > 0.1 && right.abs() < 1e-3, "left only: {left} {right}");
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let folder = TempDir::new().unwrap();
    let missing = decode(&folder.path().join("gone.mp3")).unwrap_err();
    assert!(matches!(missing, DecodeError::Missing { .. }) && missing.to_string().contains("gone.mp3"), "{missing}");
    assert!(matches!(decode(folder.path()).unwrap_err(), DecodeError::NotSound { .. }));
}

#[test]
fn what_only_pretends_to_be_sound_is_refused_in_words() {
    let text = "Sheet music for light. ".repeat(4_000);
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect();
    let cases: [(&str, &[u8]); 6] = [
        ("text.mp3", text.as_bytes()),
        ("text.m4a", text.as_bytes()),
        ("noise.ogg", &noise),
        ("noise.mp3", &noise),
        ("noise.wav", &noise),
        ("empty.flac", b""),
    ];
    for (name, bytes) in cases {
        let error = decode_bytes(name, bytes).unwrap_err();
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[test]
fn a_wav_without_samples_says_so() {
    let error = decode_bytes("none.wav", &wav(44_100, 2, &[])).unwrap_err();
    assert!(matches!(error, DecodeError::Empty { .. } | DecodeError::NotSound { .. }), "{error}");
}

#[test]
fn a_file_that_was_cut_short_plays_as_far_as_it_goes() {
    let whole = wav(44_100, 2, &[1_000; 2 * 44_100]);
    let decoded = decode_bytes("cut.wav", &whole[..44 + 4 * 22_050]).unwrap();
    let secs = decoded.sound.duration_secs();
    assert!((0.3..=0.5).contains(&secs), "{secs} s");
}

/// Counts what it is given.
#[derive(Default)]
struct Blocks {
    sound: Sound,
    longest: usize,
    n_begun: usize,
}

impl Take for Blocks {
    fn begin(&mut self, rate_hz: u32, n_promised: usize) {
        self.n_begun += 1;
        self.sound.begin(rate_hz, n_promised);
    }

    fn take(&mut self, frames: &[[f32; 2]]) {
        self.longest = self.longest.max(frames.len());
        self.sound.take(frames);
    }

    fn max_frames(&self) -> usize {
        100_000
    }
}

#[test]
fn a_stream_gives_the_same_in_small_blocks_and_ends_where_its_taker_wants() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.wav");
    let samples: Vec<i16> = (0..120_000).map(|n| (n % 1_000) as i16 * 16).collect();
    fs::write(&path, wav(44_100, 1, &samples)).unwrap();
    let whole = decode(&path).unwrap();
    let mut blocks = Blocks::default();
    let told = stream(&path, &mut blocks).unwrap();
    assert_eq!((told.rate_hz, told.n_frames, blocks.n_begun), (44_100, 100_000, 1));
    assert!(matches!(told.warnings[..], [Warning::TooLong { .. }]), "{:?}", told.warnings);
    assert_eq!(blocks.sound.frames, whole.sound.frames[..100_000]);
    assert!(blocks.longest < 20_000, "{}", blocks.longest);
}
