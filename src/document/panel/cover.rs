//! The cover of a track, read from its file beside the frame and put on the graphics card.

use std::io::Cursor;
use std::path::Path;
use std::thread::JoinHandle;

use bevy::asset::RenderAssetUsages;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::window::RequestRedraw;
use bevy_egui::egui::TextureId;
use bevy_egui::{EguiTextureHandle, EguiUserTextures};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Larger files are no covers.
const MOST_BYTES: u64 = 16 << 20;
/// Pixels a side; a print's worth.
const MOST_SIDE: usize = 6000;
/// What is kept of it: more is not seen.
const SIDE: usize = 256;

/// Columns, rows, RGBA.
type Pixels = (usize, usize, Vec<u8>);

/// The one cover that is looked at.
#[derive(Resource, Default)]
pub struct Cover {
    path: String,
    reading: Option<JoinHandle<Option<Pixels>>>,
    card: Option<(Handle<Image>, TextureId)>,
}

/// What it takes to put a cover on the card; without one there are no covers.
#[derive(SystemParam)]
pub struct Covers<'w> {
    cover: ResMut<'w, Cover>,
    images: Option<ResMut<'w, Assets<Image>>>,
    textures: Option<ResMut<'w, EguiUserTextures>>,
    redraw: Option<ResMut<'w, Messages<RequestRedraw>>>,
}

impl Covers<'_> {
    /// The picture in this file, once it is read; nothing where the file is none.
    pub fn look(&mut self, path: &str) -> Option<TextureId> {
        let cover = &mut *self.cover;
        if cover.path != path {
            let file = path.to_owned();
            let reading = std::thread::Builder::new().name("cover".into()).spawn(move || read(Path::new(&file)));
            *cover = Cover { path: path.to_owned(), reading: reading.ok(), card: None };
        }
        if let Some(thread) = cover.reading.take_if(|thread| thread.is_finished()) {
            let pixels = thread.join().ok().flatten();
            let there = self.images.as_mut().zip(self.textures.as_mut());
            cover.card = pixels.zip(there).map(|(pixels, (images, textures))| on_card(pixels, images, textures));
        }
        if let (Some(_), Some(redraw)) = (&cover.reading, &mut self.redraw) {
            // A window at rest would not look again.
            redraw.write(RequestRedraw);
        }
        cover.card.as_ref().map(|(_, id)| *id)
    }
}

fn on_card((width, height, rgba): Pixels, images: &mut Assets<Image>, textures: &mut EguiUserTextures) -> (Handle<Image>, TextureId) {
    let size = Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
    let image = Image::new(size, TextureDimension::D2, rgba, TextureFormat::Rgba8UnormSrgb, RenderAssetUsages::RENDER_WORLD);
    let image = images.add(image);
    let id = textures.add_image(EguiTextureHandle::Weak(image.id()));
    (image, id)
}

fn read(path: &Path) -> Option<Pixels> {
    if std::fs::metadata(path).ok()?.len() > MOST_BYTES {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let pixels = if bytes.starts_with(&[0xFF, 0xD8]) { jpeg(&bytes) } else { png(&bytes) };
    pixels.and_then(smaller)
}

fn jpeg(bytes: &[u8]) -> Option<Pixels> {
    let options = DecoderOptions::default().set_max_width(MOST_SIDE).set_max_height(MOST_SIDE).jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let rgba = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    Some((width, height, rgba))
}

fn png(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MOST_SIDE * MOST_SIDE * 4 });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let mut data = vec![0; reader.output_buffer_size().filter(|size| *size <= MOST_SIDE * MOST_SIDE * 4)?];
    let info = reader.next_frame(&mut data).ok()?;
    let rgba = match info.color_type {
        png::ColorType::Rgba => data,
        png::ColorType::GrayscaleAlpha => data.as_chunks::<2>().0.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect(),
        _ => return None,
    };
    Some((info.width as usize, info.height as usize, rgba))
}

/// The mean of whole blocks of pixels, so that no side is longer than is seen.
fn smaller((width, height, rgba): Pixels) -> Option<Pixels> {
    let block = width.max(height).div_ceil(SIDE).max(1);
    let (columns, rows) = (width / block, height / block);
    if columns == 0 || rows == 0 || rgba.len() < width * height * 4 {
        return None;
    }
    let mut small = Vec::with_capacity(columns * rows * 4);
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let mut sum = [0_usize; 4];
        for (y, x) in (0..block).flat_map(|y| (0..block).map(move |x| (y, x))) {
            let at = ((row * block + y) * width + column * block + x) * 4;
            sum.iter_mut().zip(&rgba[at..at + 4]).for_each(|(sum, &byte)| *sum += usize::from(byte));
        }
        small.extend(sum.map(|sum| (sum / (block * block)) as u8));
    }
    Some((columns, rows, small))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A red field with a green corner, as PNG.
    fn picture(width: usize, height: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let pixels: Vec<u8> = (0..height)
            .flat_map(|y| (0..width).map(move |x| if x < width / 2 && y < height / 2 { [0, 200, 0] } else { [200, 0, 0] }))
            .flatten()
            .collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        bytes
    }

    #[test]
    fn a_cover_is_read_and_made_as_small_as_it_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cover.png");
        std::fs::write(&file, picture(1024, 512)).unwrap();
        let (width, height, rgba) = read(&file).unwrap();
        assert_eq!((width, height), (256, 128));
        assert_eq!((&rgba[..4], &rgba[rgba.len() - 4..]), (&[0, 200, 0, 255][..], &[200, 0, 0, 255][..]));
    }

    #[test]
    fn what_is_no_picture_is_no_cover() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cover.jpg");
        let mut whole = picture(64, 64);
        whole.truncate(80);
        for bytes in [&b""[..], b"\xFF\xD8\xFF\xE0 no more", b"a song", &whole] {
            std::fs::write(&file, bytes).unwrap();
            assert!(read(&file).is_none());
        }
        assert!(read(&folder.path().join("nowhere.jpg")).is_none());
    }
}
