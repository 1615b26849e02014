//! A picture in memory and as a PNG file, and everything that may go wrong on the way there.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::darkroom::PATIENCE;
use super::driver::NoDriver;

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
    /// Writes a PNG under a temporary name first, so that nobody sees half of it.
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        let failed = |error| PictureError::Write(error, path.to_owned());
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("picture.png");
        let temporary = path.with_file_name(format!(".{name}.part"));
        let file = File::create(&temporary).map_err(failed)?;
        self.encode(&file).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&temporary, path).map_err(failed)
    }

    fn encode(&self, file: &File) -> io::Result<()> {
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(())
    }

    /// Red, green and blue of a pixel; black outside the picture.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        if x >= self.width { [0; 3] } else { self.rgb.get(at..at + 3).map_or([0; 3], |rgb| [rgb[0], rgb[1], rgb[2]]) }
    }
}
