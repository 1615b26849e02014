//! Our own set of gobos, drawn by rule: which picture of it stands for a slot of a wheel, and all of them as one texture.
//!
//! A definition names what its wheel holds, rarely shows it.  A slot is matched by the words in its name; one without a word
//! that is known gets a picture of the set by its number, so that neighbours on a wheel look different.

use std::f32::consts::{PI, TAU};

use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, TextureDescriptor, TextureDimension, TextureFormat, TextureUsages, TextureViewDescriptor, TextureViewDimension,
};

use crate::engine::rig::kind::{Drive, FixtureKind};

/// A picture of the set; its place is its layer in the texture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gobo {
    Open,
    Dots,
    Breakup,
    Foliage,
    Bars,
    Star,
    Swirl,
    Window,
    Rings,
    Cone,
    Triangles,
    Clouds,
    Hexagons,
    Flower,
}

impl Gobo {
    pub const ALL: [Self; 14] = [
        Self::Open,
        Self::Dots,
        Self::Breakup,
        Self::Foliage,
        Self::Bars,
        Self::Star,
        Self::Swirl,
        Self::Window,
        Self::Rings,
        Self::Cone,
        Self::Triangles,
        Self::Clouds,
        Self::Hexagons,
        Self::Flower,
    ];

    /// Words of wheels' slots that mean it, in lower case.  The first gobo with a word in the name is meant.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Open => &[],
            Self::Foliage => &["foliage", "leaf", "leaves", "tree", "branch", "jungle", "grass"],
            Self::Breakup => &["breakup", "break-up", "break up", "shatter", "splinter", "crack", "glass", "texture", "stone", "brick"],
            Self::Dots => &["dot", "bubble", "hole", "spot", "confetti", "ball", "pearl"],
            Self::Bars => &["bar", "line", "stripe", "blind", "ray", "grid", "fence", "slot", "beam"],
            Self::Star => &["star", "sun", "spark", "galaxy", "space"],
            Self::Swirl => &["swirl", "spiral", "vortex", "twist", "helix", "whirl", "tunnel", "galax"],
            Self::Window => &["window", "cross", "square", "box", "cube", "chess", "check"],
            Self::Rings => &["ring", "circle", "target", "oval", "donut", "loop"],
            Self::Cone => &["cone", "wedge", "fan", "propeller", "radial", "wheel"],
            Self::Triangles => &["triang", "arrow", "delta", "pyramid", "prism", "diamond"],
            Self::Clouds => &["cloud", "water", "smoke", "fire", "flame", "wave", "fog", "rain", "sky"],
            Self::Hexagons => &["hex", "honey", "net", "web", "mesh", "cell"],
            Self::Flower => &["flower", "rose", "petal", "bloom", "lotus", "heart"],
        }
    }

    /// The picture for a slot of a wheel, by its name and its number; number 0 is open.
    pub fn of_slot(name: &str, number: usize) -> Self {
        if number == 0 {
            return Self::Open;
        }
        let name = name.to_lowercase();
        let named = Self::ALL.into_iter().find(|gobo| gobo.words().iter().any(|word| name.contains(word)));
        named.unwrap_or(Self::ALL[1 + (number - 1) % (Self::ALL.len() - 1)])
    }

    /// How much light comes through at a place of the unit disc.
    fn light_at(self, at: Vec2) -> f32 {
        let (r, angle) = (at.length(), at.y.atan2(at.x));
        let within = |yes: bool| if yes { 1.0 } else { 0.0 };
        match self {
            Self::Open => 1.0,
            Self::Dots => {
                let ring = |n: usize, away: f32, size: f32| {
                    (0..n).any(|dot| at.distance(Vec2::from_angle(dot as f32 / n as f32 * TAU) * away) < size)
                };
                within(r < 0.13 || ring(6, 0.42, 0.12) || ring(12, 0.76, 0.11))
            }
            Self::Breakup => within(cells(at * 3.1, 11).0 > 0.09 && hash(cells(at * 3.1, 11).1 ^ 0x51ed) > 0.42),
            Self::Foliage => {
                let (edge, cell) = cells(at * 2.4 + Vec2::new(0.15, 0.05) * (at.y * 9.0).sin(), 23);
                let vein = ((at.x + at.y * 0.6) * 22.0 + (at.y * 7.0).sin()).sin();
                within(edge > 0.12 && hash(cell) > 0.3 && vein > -0.55)
            }
            Self::Bars => within((at.x * 3.5 + 0.5).rem_euclid(1.0) < 0.5),
            Self::Star => within(r < 0.16 + 0.72 * ((angle * 2.5).cos().abs().powf(5.0)) && r < 0.92),
            Self::Swirl => within((angle * 4.0 / TAU + r * 1.35).rem_euclid(1.0) < 0.46 && r > 0.08),
            Self::Window => {
                let pane = (at * 1.9 / 1.05).abs();
                within(pane.max_element() < 1.25 && (at.x.abs() > 0.06 && at.y.abs() > 0.06))
            }
            Self::Rings => within((r * 3.0 + 0.25).rem_euclid(1.0) < 0.45),
            Self::Cone => within((angle * 8.0 / TAU).rem_euclid(1.0) < 0.42 && r > 0.1),
            Self::Triangles => {
                let one = |middle: Vec2, size: f32, turn: f32| {
                    let p = Vec2::from_angle(-turn).rotate(at - middle);
                    (0..3).all(|side| p.dot(Vec2::from_angle(side as f32 * TAU / 3.0)) < size * 0.5)
                };
                let around = (0..6).any(|n| one(Vec2::from_angle(n as f32 * TAU / 6.0) * 0.62, 0.28, n as f32 * TAU / 6.0));
                within(around || one(Vec2::ZERO, 0.32, PI / 6.0))
            }
            Self::Clouds => {
                let thick = 0.5 * noise(at * 2.2, 3) + 0.3 * noise(at * 4.7, 5) + 0.2 * noise(at * 9.1, 7);
                ((thick - 0.36) * 4.0).clamp(0.0, 1.0)
            }
            Self::Hexagons => {
                let p = at * 4.2;
                let lattice = Vec2::new(1.0, 3.0_f32.sqrt());
                let a = Vec2::new(p.x.rem_euclid(lattice.x), p.y.rem_euclid(lattice.y)) - lattice * 0.5;
                let q = p - lattice * 0.5;
                let b = Vec2::new(q.x.rem_euclid(lattice.x), q.y.rem_euclid(lattice.y)) - lattice * 0.5;
                let nearest = if a.length_squared() < b.length_squared() { a } else { b }.abs();
                within(nearest.x.max(nearest.dot(lattice * 0.5)) < 0.39)
            }
            Self::Flower => {
                let petal = 0.3 + 0.55 * (angle * 3.0).cos().abs();
                within(r < petal && (r > petal * 0.55 || r < 0.2))
            }
        }
    }
}

/// Which layers the slots of a head's wheel are, by their number; empty where it has none.
pub fn wheel(kind: &FixtureKind, head: u16) -> Vec<u8> {
    let slots = kind.functions.iter().filter(|function| function.heads.contains(&head)).find_map(|function| match &function.drive {
        Drive::Gobo { slots, .. } => Some(slots),
        _ => None,
    });
    slots.into_iter().flatten().enumerate().map(|(number, slot)| Gobo::of_slot(&slot.name, number) as u8).collect()
}

/// Pixels along a side.
const SIDE: u32 = 128;
/// Rays through a pixel, along a side.
const RAYS: u32 = 2;

/// All pictures as layers, each with its blurred copies: out of focus is a smaller copy.
pub(super) fn texture() -> Image {
    let levels = SIDE.ilog2() + 1;
    let mut data = Vec::new();
    for gobo in Gobo::ALL {
        let mut level = draw(gobo);
        for side in (0..levels).map(|level| SIDE >> level) {
            data.extend(level.iter().map(|light| (light * 255.0).round() as u8));
            level = halved(&level, side as usize);
        }
    }
    let size = Extent3d { width: SIDE, height: SIDE, depth_or_array_layers: Gobo::ALL.len() as u32 };
    let mut image = Image::new_uninit(size, TextureDimension::D2, TextureFormat::R8Unorm, RenderAssetUsages::RENDER_WORLD);
    image.data = Some(data);
    image.texture_descriptor = TextureDescriptor {
        label: Some("gobos"),
        size,
        mip_level_count: levels,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        ..image.texture_descriptor
    };
    image.texture_view_descriptor = Some(TextureViewDescriptor { dimension: Some(TextureViewDimension::D2Array), ..default() });
    let linear = ImageFilterMode::Linear;
    image.sampler =
        ImageSampler::Descriptor(ImageSamplerDescriptor { mag_filter: linear, min_filter: linear, mipmap_filter: linear, ..default() });
    image
}

fn draw(gobo: Gobo) -> Vec<f32> {
    let rays = SIDE * RAYS;
    let place = |at: u32| (at as f32 + 0.5) / rays as f32 * 2.0 - 1.0;
    let mut light = vec![0.0; (SIDE * SIDE) as usize];
    for y in 0..rays {
        for x in 0..rays {
            let at = Vec2::new(place(x), place(y));
            light[(y / RAYS * SIDE + x / RAYS) as usize] += gobo.light_at(at) / (RAYS * RAYS) as f32;
        }
    }
    light
}

fn halved(level: &[f32], side: usize) -> Vec<f32> {
    let half = side / 2;
    let at = |x: usize, y: usize| level[y * side + x];
    (0..half * half)
        .map(|n| (n % half * 2, n / half * 2))
        .map(|(x, y)| (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) * 0.25)
        .collect()
}

fn scramble(x: i32, y: i32, seed: u32) -> u32 {
    let mut n = (x as u32).wrapping_mul(0x9e37_79b9) ^ (y as u32).wrapping_mul(0x85eb_ca6b) ^ seed.wrapping_mul(0xc2b2_ae35);
    n = (n ^ (n >> 15)).wrapping_mul(0x2c1b_3c6d);
    n = (n ^ (n >> 12)).wrapping_mul(0x297a_2d39);
    n ^ (n >> 15)
}

fn hash(n: u32) -> f32 {
    (scramble(n as i32, 77, 5) & 0xffff) as f32 / 65535.0
}

/// Scattered cells: how far from the nearest edge of one, and which.
fn cells(at: Vec2, seed: u32) -> (f32, u32) {
    let (mut first, mut second, mut which) = (f32::MAX, f32::MAX, 0);
    let base = at.floor().as_ivec2();
    for dy in -1..=1 {
        for dx in -1..=1 {
            let n = scramble(base.x + dx, base.y + dy, seed);
            let middle = (base + IVec2::new(dx, dy)).as_vec2() + Vec2::new((n & 0xff) as f32, ((n >> 8) & 0xff) as f32) / 255.0;
            let away = at.distance(middle);
            if away < first {
                (second, first, which) = (first, away, n);
            } else {
                second = second.min(away);
            }
        }
    }
    (second - first, which)
}

/// Smooth noise, `0.0..=1.0`.
fn noise(at: Vec2, seed: u32) -> f32 {
    let base = at.floor();
    let part = at - base;
    let s = part * part * (3.0 - 2.0 * part);
    let corner = |dx: i32, dy: i32| (scramble(base.x as i32 + dx, base.y as i32 + dy, seed) & 0xffff) as f32 / 65535.0;
    let (top, bottom) = (corner(0, 0).lerp(corner(1, 0), s.x), corner(0, 1).lerp(corner(1, 1), s.x));
    top.lerp(bottom, s.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_lets_some_light_through_and_no_two_are_alike() {
        let pictures: Vec<Vec<f32>> = Gobo::ALL.into_iter().map(draw).collect();
        for (gobo, picture) in Gobo::ALL.into_iter().zip(&pictures) {
            let mean = picture.iter().sum::<f32>() / picture.len() as f32;
            assert!(if gobo == Gobo::Open { mean == 1.0 } else { (0.12..0.75).contains(&mean) }, "{gobo:?}: {mean}");
        }
        for (at, one) in pictures.iter().enumerate() {
            for other in &pictures[at + 1..] {
                let apart = one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f32>() / one.len() as f32;
                assert!(apart > 0.1, "{:?}: {apart}", Gobo::ALL[at]);
            }
        }
    }

    #[test]
    fn slots_are_matched_by_name_and_the_rest_by_number() {
        for (name, number, gobo) in [
            ("Spiral", 5, Gobo::Swirl),
            ("Triangle", 3, Gobo::Triangles),
            ("Gobo 4 (water)", 4, Gobo::Clouds),
            ("Glass breakup", 2, Gobo::Breakup),
            ("anything", 0, Gobo::Open),
            ("Gobo 1", 1, Gobo::Dots),
            ("Gobo 14", 14, Gobo::Dots),
        ] {
            assert_eq!(Gobo::of_slot(name, number), gobo, "{name}");
        }
    }

    #[test]
    fn the_texture_holds_every_layer_with_all_its_copies() {
        let image = texture();
        let one: usize = (0..=SIDE.ilog2()).map(|level| ((SIDE >> level) as usize).pow(2)).sum();
        assert_eq!(image.data.map(|data| data.len()), Some(one * Gobo::ALL.len()));
    }
}
