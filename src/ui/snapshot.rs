//! Pictures of panels for tests: what egui would have a GPU draw, drawn by the CPU, the same on every machine.
//!
//! Triangles by their edge functions, textures bilinear, colours blended as they are (egui blends gamma-encoded and
//! premultiplied).  Slow and exact; only tests use it.

use std::collections::HashMap;

use bevy_egui::egui::epaint::{ImageData, Primitive, Vertex};
use bevy_egui::egui::{self, Color32, ColorImage, Rect, TextureId, TexturesDelta};
use egui_kittest::{Harness, SnapshotOptions, TestRenderer, image_snapshot_options};
use image::RgbaImage;

/// Pixels may differ by rounding, and a few of them by more.
const THRESHOLD: f32 = 1.0;
/// The graph canvas draws its wires in no fixed order: where they cross, a few pixels differ from run to run.
const MAX_PIXELS: usize = 60;

#[derive(Default)]
pub(crate) struct Raster {
    textures: HashMap<TextureId, ColorImage>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let new = delta.set.drain().flat_map(|(id, parts)| parts.into_iter().map(move |part| (id, part)));
        for (id, part) in new {
            let ImageData::Color(image) = &part.image;
            let Some([left, top]) = part.pos else {
                self.textures.insert(id, ColorImage::clone(image));
                continue;
            };
            let Some(old) = self.textures.get_mut(&id) else { continue };
            for (row, pixels) in image.pixels.chunks(image.size[0].max(1)).enumerate() {
                let start = (top + row) * old.size[0] + left;
                old.pixels[start..start + pixels.len()].copy_from_slice(pixels);
            }
        }
        self.textures.retain(|id, _| !delta.free.contains(id));
        delta.free.clear();
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let size = ctx.content_rect().size() * output.pixels_per_point;
        let mut canvas = Canvas { size: [size.x.round() as usize, size.y.round() as usize], pixels: Vec::new() };
        canvas.pixels.resize(canvas.size[0] * canvas.size[1], Color32::BLACK);
        for shape in ctx.tessellate(output.shapes.clone(), output.pixels_per_point) {
            let Primitive::Mesh(mesh) = shape.primitive else { continue };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a mesh has a texture that nobody brought")?;
            for corners in mesh.indices.chunks_exact(3) {
                let corners = [corners[0], corners[1], corners[2]].map(|corner| mesh.vertices[corner as usize]);
                canvas.triangle(corners, texture, shape.clip_rect, output.pixels_per_point);
            }
        }
        let bytes = canvas.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
        RgbaImage::from_raw(canvas.size[0] as u32, canvas.size[1] as u32, bytes).ok_or_else(|| "an image of another size".to_owned())
    }
}

struct Canvas {
    size: [usize; 2],
    pixels: Vec<Color32>,
}

impl Canvas {
    fn triangle(&mut self, corners: [Vertex; 3], texture: &ColorImage, clip: Rect, scale: f32) {
        let [a, mut b, mut c] = corners;
        let edge = |from: Vertex, to: Vertex, x: f32, y: f32| {
            (to.pos.x - from.pos.x) * (y - from.pos.y) - (to.pos.y - from.pos.y) * (x - from.pos.x)
        };
        let area = edge(a, b, c.pos.x, c.pos.y);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            (b, c) = (c, b);
        }
        let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
        let range = |low: f32, high: f32, n: usize| {
            ((low * scale - 0.5).ceil().max(0.0) as usize)..((high * scale + 0.5).ceil().max(0.0) as usize).min(n)
        };
        // A pixel on an edge that two triangles share belongs to one of them.
        let owns = |from: Vertex, to: Vertex| (to.pos.y, from.pos.x) < (from.pos.y, to.pos.x);
        let edges = [(b, c), (c, a), (a, b)];
        for y in range(bounds.min.y, bounds.max.y, self.size[1]) {
            for x in range(bounds.min.x, bounds.max.x, self.size[0]) {
                let at = egui::pos2((x as f32 + 0.5) / scale, (y as f32 + 0.5) / scale);
                let weights = edges.map(|(from, to)| edge(from, to, at.x, at.y));
                let inside = weights.iter().zip(edges).all(|(weight, (from, to))| *weight > 0.0 || *weight == 0.0 && owns(from, to));
                if !inside || !clip.contains(at) {
                    continue;
                }
                let shares = weights.map(|weight| weight / area.abs());
                let mix = |of: fn(&Vertex) -> f32| of(&a) * shares[0] + of(&b) * shares[1] + of(&c) * shares[2];
                let texel = sample(texture, mix(|corner| corner.uv.x), mix(|corner| corner.uv.y));
                let tint = [0, 1, 2, 3].map(|at| {
                    let of = |corner: &Vertex| f32::from(corner.color.to_array()[at]);
                    of(&a) * shares[0] + of(&b) * shares[1] + of(&c) * shares[2]
                });
                let pixel = &mut self.pixels[y * self.size[0] + x];
                let above = [0, 1, 2, 3].map(|at| texel[at] * tint[at] / 255.0);
                let below = pixel.to_array().map(|channel| f32::from(channel) * (1.0 - above[3] / 255.0));
                let [red, green, blue, alpha] = [0, 1, 2, 3].map(|at| (above[at] + below[at]).round().clamp(0.0, 255.0) as u8);
                *pixel = Color32::from_rgba_premultiplied(red, green, blue, alpha);
            }
        }
    }
}

fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let place = |at: f32, n: usize| (at * n as f32 - 0.5).clamp(0.0, n.saturating_sub(1) as f32);
    let (x, y) = (place(u, texture.size[0]), place(v, texture.size[1]));
    let texel = |x: usize, y: usize| {
        let (x, y) = (x.min(texture.size[0] - 1), y.min(texture.size[1] - 1));
        texture.pixels[y * texture.size[0] + x].to_array().map(f32::from)
    };
    let (left, top) = (x.floor() as usize, y.floor() as usize);
    let (right, down) = (x.fract(), y.fract());
    let rows = [texel(left, top), texel(left + 1, top), texel(left, top + 1), texel(left + 1, top + 1)];
    [0, 1, 2, 3].map(|at| {
        let upper = rows[0][at] + (rows[1][at] - rows[0][at]) * right;
        let lower = rows[2][at] + (rows[3][at] - rows[2][at]) * right;
        upper + (lower - upper) * down
    })
}

/// Compares the part `rect` of a picture with the one that is kept as `tests/snapshots/NAME.png`.
///
/// Panics where they differ, and says how to keep the new one.
pub(crate) fn compare(picture: &RgbaImage, rect: Rect, pixels_per_point: f32, name: &str) {
    let [left, top, right, bottom] =
        [rect.left(), rect.top(), rect.right(), rect.bottom()].map(|it| (it * pixels_per_point).round().max(0.0) as u32);
    let (width, height) = (right.min(picture.width()) - left, bottom.min(picture.height()) - top);
    let part = RgbaImage::from_fn(width, height, |x, y| *picture.get_pixel(left + x, top + y));
    image_snapshot_options(&part, name, &SnapshotOptions::new().threshold(THRESHOLD).max_failed_pixels(MAX_PIXELS));
}

/// The same of everything that a harness draws, the pointer gone.
pub(crate) fn compare_all<State>(harness: &mut Harness<'_, State>, name: &str) {
    harness.remove_cursor();
    harness.run_steps(3);
    let picture = harness.render().unwrap_or_else(|error| panic!("{name}: {error}"));
    let size = harness.ctx.content_rect().size();
    compare(&picture, Rect::from_min_size(egui::Pos2::ZERO, size), harness.ctx.pixels_per_point(), name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_where_it_was_put_and_half_seen_through_mixes() {
        let mut harness = Harness::builder().with_size([40.0, 30.0]).renderer(Raster::default()).build_ui(|ui| {
            let rect = |x: f32, y: f32, w: f32, h: f32| Rect::from_min_size(egui::pos2(x, y), egui::vec2(w, h));
            let painter = ui.ctx().layer_painter(egui::LayerId::debug());
            painter.rect_filled(rect(0.0, 0.0, 40.0, 30.0), 0.0, Color32::BLACK);
            painter.rect_filled(rect(10.0, 10.0, 10.0, 10.0), 0.0, Color32::RED);
            painter.rect_filled(rect(15.0, 5.0, 10.0, 20.0), 0.0, Color32::from_rgba_premultiplied(0, 0, 128, 128));
        });
        harness.run();
        let picture = harness.render().unwrap();
        let pixel = |x, y| picture.get_pixel(x, y).0;
        assert_eq!((picture.width(), picture.height()), (40, 30));
        assert_eq!((pixel(5, 5), pixel(12, 12), pixel(22, 8)), ([0, 0, 0, 255], [255, 0, 0, 255], [0, 0, 128, 255]));
        assert_eq!(pixel(17, 14), [127, 0, 128, 255]);
    }
}
