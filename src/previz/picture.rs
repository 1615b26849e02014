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
    #[error("The graphics driver takes one of Luma's shaders for wrong, so that pictures would lack what it draws: {0}")]
    Shader(String),
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

    /// The mean of every `n` by `n` pixels, as light adds up.
    pub(super) fn shrunk(self, n: u32) -> Self {
        if n < 2 {
            return self;
        }
        let linear: [f32; 256] = std::array::from_fn(|byte| {
            let level = byte as f32 / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        });
        let byte = |level: f32| {
            let level = if level <= 0.003_130_8 { level * 12.92 } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 };
            (level * 255.0).round().clamp(0.0, 255.0) as u8
        };
        let (width, height) = (self.width / n, self.height / n);
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0.0_f32; 3];
                for (dx, dy) in (0..n * n).map(|at| (at % n, at / n)) {
                    let pixel = self.pixel(x * n + dx, y * n + dy);
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += linear[usize::from(value)]);
                }
                rgb.extend(sum.map(|sum| byte(sum / (n * n) as f32)));
            }
        }
        Self { width, height, rgb }
    }

    /// Red, green and blue of a pixel; black outside the picture.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        if x >= self.width { [0; 3] } else { self.rgb.get(at..at + 3).map_or([0; 3], |rgb| [rgb[0], rgb[1], rgb[2]]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_smaller_as_light_adds_up() {
        let picture = Picture { width: 2, height: 2, rgb: [[255, 0, 7], [0, 0, 7], [255, 0, 7], [0, 0, 7]].concat() };
        assert_eq!(picture.clone().shrunk(2), Picture { width: 1, height: 1, rgb: vec![188, 0, 7] });
        assert_eq!(picture.clone().shrunk(1), picture);
    }
}
