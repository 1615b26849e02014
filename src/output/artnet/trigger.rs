//! `ArtTrigger`: a key that somebody pressed elsewhere.
//!
//! 10 version · 12 zero · 14 maker's code (high first) · 16 key · 17 sub-key · 18 data of the maker's own.

use serde::Serialize;

use super::poll::Malformed;

const SHORTEST: usize = 18;
/// For everybody.
const ANY_OEM: u16 = 0xffff;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A character of a keyboard.
    Ascii(u8),
    Macro(u8),
    SoftKey(u8),
    Show(u8),
    /// Meant for devices of a maker, or of a kind that nobody has told.
    Foreign,
}

impl Trigger {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let head: &[u8; SHORTEST] = bytes.first_chunk().ok_or(Malformed::Short)?;
        let sub = head[17];
        Ok(match (u16::from_be_bytes([head[14], head[15]]), head[16]) {
            (ANY_OEM, 0) => Self::Ascii(sub),
            (ANY_OEM, 1) => Self::Macro(sub),
            (ANY_OEM, 2) => Self::SoftKey(sub),
            (ANY_OEM, 3) => Self::Show(sub),
            _ => Self::Foreign,
        })
    }

    /// The pad that it means, the first being 1: the digits of a keyboard, and the numbers of macros, soft keys and shows.
    pub fn pad(self) -> Option<usize> {
        match self {
            Self::Ascii(char @ b'1'..=b'9') => Some(usize::from(char - b'0')),
            Self::Macro(number) | Self::SoftKey(number) | Self::Show(number) => Some(usize::from(number)).filter(|number| *number > 0),
            Self::Ascii(_) | Self::Foreign => None,
        }
    }

    /// For people.
    pub fn words(self) -> String {
        match self {
            Self::Ascii(char) if char.is_ascii_graphic() => format!("key \"{}\"", char::from(char)),
            Self::Ascii(char) => format!("key {char}"),
            Self::Macro(number) => format!("macro {number}"),
            Self::SoftKey(number) => format!("soft key {number}"),
            Self::Show(number) => format!("show {number}"),
            Self::Foreign => "a trigger for others".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::poll::{Packet, read};
    use super::*;

    #[test]
    fn triggers_are_read_and_mean_pads() {
        let packet = |oem: [u8; 2], key, sub| [b"Art-Net\0\x00\x99\x00\x0e\x00\x00".as_slice(), &oem, &[key, sub], &[0; 512]].concat();
        for (bytes, trigger, pad) in [
            (packet([0xff, 0xff], 0, b'4'), Trigger::Ascii(b'4'), Some(4)),
            (packet([0xff, 0xff], 0, b'x'), Trigger::Ascii(b'x'), None),
            (packet([0xff, 0xff], 1, 12), Trigger::Macro(12), Some(12)),
            (packet([0xff, 0xff], 3, 0), Trigger::Show(0), None),
            (packet([0x12, 0x34], 3, 1), Trigger::Foreign, None),
            (packet([0xff, 0xff], 77, 1), Trigger::Foreign, None),
        ] {
            assert_eq!(read(&bytes), Ok(Packet::Trigger(trigger)));
            assert_eq!(trigger.pad(), pad);
        }
        assert_eq!(read(&packet([0xff, 0xff], 1, 1)[..17]), Err(Malformed::Short));
    }
}
