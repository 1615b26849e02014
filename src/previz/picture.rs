//! A picture in memory and as a PNG file, and everything that may go wrong on the way there.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::darkroom::PATIENCE;
use super::driver::NoDriver;
use crate::files::write_atomic;

#[derive(Debug, Error)]
pub enum PictureError {
    #[error(transparent)]
    NoDriver(#[from] NoDriver),
    #[error("The graphics driver did not finish a picture within {} s: it may be overloaded or broken", PATIENCE.as_secs())]
    Stuck,
    #[error("A picture of {0}x{1} is not possible: give 16 to 8192 a side")]
    Size(u32, u32),
    #[error("The picture has a form that cannot be written")]
    Format,
    #[error("Cannot write the picture {}: give a folder that can be written", .1.display())]
    Write(#[source] io::Error, PathBuf),
}

/// Eight-bit sRGB, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Writes a PNG; nobody sees half of it.
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        let failed = |error| PictureError::Write(error, path.to_owned());
        write_atomic(path, &self.png().map_err(failed)?).map_err(failed)
    }

    fn png(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Red, green and blue of a pixel; black outside the picture.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        if x >= self.width { [0; 3] } else { self.rgb.get(at..at + 3).map_or([0; 3], |rgb| [rgb[0], rgb[1], rgb[2]]) }
    }
}
