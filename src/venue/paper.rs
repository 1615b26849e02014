//! A venue on paper: patch sheet, address labels, universe map, power and weight, as CSV and as PDF.
//!
//! [`Sheet`] is what all of them say; [`csv`] and [`pdf`] only lay it out.  What a definition does not know is told as unknown,
//! never as nothing.

pub mod csv;
pub mod pdf;
mod sheet;
#[cfg(test)]
mod tests;

pub use sheet::{Row, Sheet, Total, Universe};

/// Which of the papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Every fixture by address.
    Patch,
    /// Stickers: one a fixture.
    Labels,
    /// Who has which of the 512 channels.
    Universes,
    /// Watts and kilograms by universe, group and line.
    Power,
}

impl What {
    pub fn title(self) -> &'static str {
        match self {
            Self::Patch => "Patch sheet",
            Self::Labels => "Address labels",
            Self::Universes => "Universe map",
            Self::Power => "Power and weight",
        }
    }
}
