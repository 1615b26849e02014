//! `luma venue sheet`: a venue on paper.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::super::{open, refused, status};
use crate::files;
use crate::venue::paper::{self, csv, pdf};

#[derive(Args)]
pub(super) struct Sheet {
    /// The venue: a file, or the name of a built-in one
    venue: String,
    /// The file to write; its end says which form: .pdf or .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which paper
    #[arg(long, value_enum, default_value_t = What::Patch)]
    what: What,
    /// What stands at the head as the date
    #[arg(long, value_name = "TEXT", default_value = "")]
    date: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Every fixture by address
    Patch,
    /// Stickers of 70 x 37 mm, 24 on A4
    Labels,
    /// 512 cells a universe, coloured by fixture
    Universes,
    /// Watts and kilograms by universe, group and line
    Power,
}

impl Sheet {
    pub(super) fn run(&self) -> Result<()> {
        let shown = self.out.display();
        let end = self.out.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
        if !["pdf", "csv"].contains(&end.as_str()) {
            return Err(refused(format!("\"{shown}\" says not which form it has; end it in .pdf or .csv")));
        }
        let (venue, library) = open::open_venue(&self.venue)?;
        let sheet = paper::Sheet::of(&venue, &library);
        let what = match self.what {
            What::Patch => paper::What::Patch,
            What::Labels => paper::What::Labels,
            What::Universes => paper::What::Universes,
            What::Power => paper::What::Power,
        };
        let bytes = if end == "csv" {
            csv::csv(&sheet, what).into_bytes()
        } else {
            let rendered = pdf::pdf(&sheet, what, &self.date);
            if !rendered.missing.is_empty() {
                let signs: String = rendered.missing.iter().take(40).collect();
                status::say(&format!("the font of the PDF has no picture of {signs}; they are empty boxes there, and whole in the CSV"));
            }
            rendered.bytes
        };
        if !sheet.troubles.is_empty() {
            status::say(&format!("{} problems in the patch; `luma venue check` tells them", sheet.troubles.len()));
        }
        files::write_atomic(&self.out, &bytes).map_err(|error| refused(format!("\"{shown}\" cannot be written: {error}")))
    }
}
