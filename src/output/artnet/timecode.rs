//! `ArtTimeCode`: where a show is, in hours, minutes, seconds and frames.
//!
//! 19 bytes: 10 version · 12 zero · 13 stream · 14 frames · 15 seconds · 16 minutes · 17 hours · 18 kind.

use serde::{Deserialize, Serialize};

use super::poll::Malformed;

pub const LEN: usize = 19;
const DAY_SECS: f64 = 86_400.0;

/// How many frames a second has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    Film24,
    #[default]
    Ebu25,
    /// 30 numbers for 29.97 frames: two are left out every minute but the tenth.
    Drop2997,
    Smpte30,
}

impl Rate {
    pub const ALL: [Self; 4] = [Self::Film24, Self::Ebu25, Self::Drop2997, Self::Smpte30];

    pub fn words(self) -> &'static str {
        match self {
            Self::Film24 => "24 (film)",
            Self::Ebu25 => "25 (EBU)",
            Self::Drop2997 => "29.97 (drop frame)",
            Self::Smpte30 => "30 (SMPTE)",
        }
    }

    /// Frame numbers in a second.
    fn numbers(self) -> u32 {
        match self {
            Self::Film24 => 24,
            Self::Ebu25 => 25,
            Self::Drop2997 | Self::Smpte30 => 30,
        }
    }

    fn per_sec(self) -> f64 {
        if self == Self::Drop2997 { 30_000.0 / 1001.0 } else { f64::from(self.numbers()) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timecode {
    /// 0 = the one that counts.
    pub stream: u8,
    pub hours: u8,
    pub minutes: u8,
    pub seconds: u8,
    pub frames: u8,
    pub rate: Rate,
}

impl Timecode {
    /// Of what is behind the version.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes: &[u8; LEN] = bytes.first_chunk().ok_or(Malformed::Short)?;
        let rate = *Rate::ALL.get(usize::from(bytes[18])).ok_or(Malformed::Value)?;
        let code = Self { stream: bytes[13], frames: bytes[14], seconds: bytes[15], minutes: bytes[16], hours: bytes[17], rate };
        let within = u32::from(code.frames) < rate.numbers() && code.seconds < 60 && code.minutes < 60 && code.hours < 24;
        if within { Ok(code) } else { Err(Malformed::Value) }
    }

    pub fn write(self) -> [u8; LEN] {
        let kind = Rate::ALL.iter().position(|rate| *rate == self.rate).unwrap_or_default() as u8;
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(b"Art-Net\0");
        bytes[8..12].copy_from_slice(&[0x00, 0x97, 0, 14]);
        bytes[13..].copy_from_slice(&[self.stream, self.frames, self.seconds, self.minutes, self.hours, kind]);
        bytes
    }

    /// Seconds since 00:00:00:00.
    pub fn secs(self) -> f64 {
        let minutes = u32::from(self.hours) * 60 + u32::from(self.minutes);
        let numbers = (minutes * 60 + u32::from(self.seconds)) * self.rate.numbers() + u32::from(self.frames);
        let left_out = if self.rate == Rate::Drop2997 { 2 * (minutes - minutes / 10) } else { 0 };
        f64::from(numbers.saturating_sub(left_out)) / self.rate.per_sec()
    }

    /// The frame that is on at `secs`.  A day is over after a day; before the start is the start.
    pub fn at(secs: f64, rate: Rate) -> Self {
        let secs = if secs > 0.0 { secs % DAY_SECS } else { 0.0 };
        // A hair, so that a frame's own time is in it.
        let mut number = (secs * rate.per_sec() + 1e-6) as u32;
        if rate == Rate::Drop2997 {
            let (tens, rest) = (number / 17_982, number % 17_982);
            number += 18 * tens + if rest > 1 { 2 * ((rest - 2) / 1798) } else { 0 };
        }
        let per_sec = rate.numbers();
        let (secs, frames) = (number / per_sec, (number % per_sec) as u8);
        Self { stream: 0, hours: (secs / 3600 % 24) as u8, minutes: (secs / 60 % 60) as u8, seconds: (secs % 60) as u8, frames, rate }
    }
}

impl std::fmt::Display for Timecode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}:{:02}:{:02}", self.hours, self.minutes, self.seconds, self.frames)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::poll::{Packet, read};
    use super::*;

    #[test]
    fn codes_are_read_as_they_lie_on_the_wire() {
        let bytes = b"Art-Net\0\x00\x97\x00\x0e\x00\x00\x0c\x2d\x1e\x01\x01";
        let code = Timecode { stream: 0, hours: 1, minutes: 30, seconds: 45, frames: 12, rate: Rate::Ebu25 };
        assert_eq!(read(bytes), Ok(Packet::Timecode(code)));
        assert_eq!((code.write().as_slice(), code.to_string().as_str(), code.secs()), (bytes.as_slice(), "01:30:45:12", 5445.48));
        for (at, value) in [(14, 25), (15, 60), (16, 60), (17, 24), (18, 4)] {
            let mut bad = bytes.to_vec();
            bad[at] = value;
            assert_eq!(read(&bad), Err(Malformed::Value));
        }
        assert_eq!(read(&bytes[..18]), Err(Malformed::Short));
    }

    #[test]
    fn drop_frame_keeps_to_the_clock() {
        let code = |text: [u8; 4]| Timecode {
            stream: 0,
            hours: text[0],
            minutes: text[1],
            seconds: text[2],
            frames: text[3],
            rate: Rate::Drop2997,
        };
        // The number after 00:00:59:29 is 00:01:00:02, and the tenth minute begins at 00.
        assert!((code([0, 1, 0, 2]).secs() - code([0, 0, 59, 29]).secs() - 1001.0 / 30_000.0).abs() < 1e-9);
        assert!((code([0, 10, 0, 0]).secs() - 600.0).abs() < 0.001);
        assert!((code([1, 0, 0, 0]).secs() - 3600.0).abs() < 0.005);
    }

    proptest! {
        #[test]
        fn the_frame_at_a_time_is_on_at_that_time(secs in 0.0..86_399.0_f64, rate in 0..4_usize) {
            let rate = Rate::ALL[rate];
            let code = Timecode::at(secs, rate);
            prop_assert!((secs - code.secs() + 1e-6) * rate.per_sec() >= 0.0 && (secs - code.secs()) * rate.per_sec() < 1.001, "{code} {} at {secs}", code.secs());
            let written = code.write();
            prop_assert_eq!(read(&written), Ok(Packet::Timecode(code)));
            prop_assert_eq!(Timecode::at(code.secs(), rate), code);
        }
    }
}
