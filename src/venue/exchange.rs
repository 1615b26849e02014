//! Rooms of other programs into a [`Venue`](super::model::Venue) and back, through MVR.
//!
//! Both programs mean the same space: X to the audience's right, Y upstage, Z up; MVR counts millimetres.  A fixture's pose is
//! its matrix without scale.  What MVR has no word for - groups, limits, curves, swapped axes, which definition of the library
//! a fixture was patched with - stands as JSON in the part of the file that the standard leaves to each program, and is only
//! believed where it fits what the rest of the file says.
//!
//! # Devices with several addresses
//! A patch has one address.  Where the addresses of a fixture follow each other break by break it is patched as a whole; where
//! they do not it becomes a fixture a break, in the modes that the GDTF reader makes for that.

pub mod export;
pub mod import;
mod own;
mod pose;
mod scenery;
mod stand_in;
#[cfg(test)]
mod tests;

/// What became of a room, in sentences for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub notes: Vec<String>,
}

impl Report {
    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// One sentence for however many of a kind, none for none.
    fn count(&mut self, n: usize, one: &str, many: &str) {
        match n {
            0 => {}
            1 => self.note(format!("1 {one}")),
            n => self.note(format!("{n} {many}")),
        }
    }
}

/// A file's name that every system takes: nothing that leads anywhere, nothing invisible.
fn file_name(text: &str) -> String {
    let plain =
        |sign: char| if sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_' | '@' | '+' | '(' | ')' | '.') { sign } else { '-' };
    let name: String = text.chars().map(plain).take(120).collect();
    let name = name.trim().trim_matches('.').trim().to_owned();
    if name.is_empty() { "fixture".to_owned() } else { name }
}
