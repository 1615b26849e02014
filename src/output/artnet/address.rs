//! `ArtAddress`: a node's names, and what it can be told from afar.
//!
//! 107 bytes: 10 version · 12 net · 13 bind index · 14 short name · 32 long name · 96 `SwIn` · 100 `SwOut` · 104 sub-net · 105 sACN
//! priority · 106 command.  Nothing here moves a port: 0x7f leaves net, sub-net and universes, an empty name the name.

pub const LEN: usize = 107;
const SHORT_LEN: usize = 18;
const LONG_LEN: usize = 64;
const LEAVE: u8 = 0x7f;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    None,
    /// A node that mixes two sources takes the next one alone.
    CancelMerge,
    /// Its lamps blink, so that it is found.
    Locate,
    /// They stop.
    Normal,
}

impl Command {
    fn code(self) -> u8 {
        match self {
            Self::None => 0x00,
            Self::CancelMerge => 0x01,
            Self::Normal => 0x02,
            Self::Locate => 0x04,
        }
    }
}

/// A packet for one page of a node; an empty name leaves the one it has.
pub fn write(bind_index: u8, short_name: &str, long_name: &str, command: Command) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[..8].copy_from_slice(b"Art-Net\0");
    bytes[8..12].copy_from_slice(&[0x00, 0x60, 0, 14]);
    bytes[12] = LEAVE;
    bytes[13] = bind_index;
    // Closed by a zero each.
    for (at, length, name) in [(14, SHORT_LEN, short_name), (32, LONG_LEN, long_name)] {
        let name = &name.as_bytes()[..name.floor_char_boundary(length - 1)];
        bytes[at..at + name.len()].copy_from_slice(name);
    }
    bytes[96..105].fill(LEAVE);
    bytes[105] = 0xff;
    bytes[106] = command.code();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_is_changed() {
        let bytes = write(2, "Bar, upstage, left and right", "", Command::Locate);
        assert_eq!((&bytes[..12], bytes[12], bytes[13]), (b"Art-Net\0\x00\x60\x00\x0e".as_slice(), 0x7f, 2));
        assert_eq!((&bytes[14..32], bytes[32]), (b"Bar, upstage, lef\0".as_slice(), 0));
        assert_eq!((&bytes[96..105], bytes[105], bytes[106]), ([0x7f; 9].as_slice(), 0xff, 4));
        let codes = [Command::None, Command::CancelMerge, Command::Normal].map(|command| write(1, "", "", command)[106]);
        assert_eq!(codes, [0, 1, 2]);
    }
}
