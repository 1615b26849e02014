//! What a fixture looks like and where its heads sit: body, size, head offsets.
//!
//! Fixture space is in metres, X along the width, Y along the depth, Z up; a fixture at rest shines along -Z, so its light
//! sources lie in the XY plane.  Row 0 of a layout is at -Y, which is the top once the fixture is tilted towards the audience.

use glam::Vec3;

use super::purpose::{Purpose, says};
use super::slots::Place;
use crate::engine::rig::kind::Body;
use crate::venue::formats::definition::{Channel, Definition, Device, Mode, Physical};

/// Devices that come without dimensions get these, in millimetres: width, depth, height.
const ASSUMED_MM: [f32; 3] = [300.0, 300.0, 300.0];
/// Full cones below this are beams, in degrees.
const BEAM_DEG: f32 = 8.0;

pub(super) fn body(definition: &Definition, physical: &Physical, places: &[Place]) -> Body {
    let has = |purpose| places.iter().any(|place| place.purpose == purpose);
    let name = definition.model.as_str();
    match definition.device {
        Device::Scanner => Body::Scanner,
        Device::Hazer | Device::Smoke => Body::Hazer,
        _ if says(name, &["blinder"]) => Body::Blinder,
        Device::Strobe => Body::Strobe,
        Device::LedBarBeams | Device::LedBarPixels => Body::Bar,
        Device::MovingHead => {
            let narrow = physical.lens_max_deg > 0.0 && physical.lens_max_deg <= BEAM_DEG;
            match (narrow || says(name, &["beam"]), has(Purpose::Gobo), says(name, &["wash"])) {
                (true, ..) => Body::MovingBeam,
                (_, true, false) => Body::MovingSpot,
                _ => Body::MovingWash,
            }
        }
        Device::ColorChanger => Body::Par,
        Device::Dimmer => Body::Dimmer,
        Device::Effect | Device::Fan | Device::Flower | Device::Laser | Device::Other => Body::Other,
    }
}

pub(super) fn size_m(physical: &Physical) -> Vec3 {
    let or_assumed = |mm: f32, assumed: f32| if mm > 0.0 { mm.min(20_000.0) } else { assumed };
    Vec3::new(
        or_assumed(physical.width_mm, ASSUMED_MM[0]),
        or_assumed(physical.depth_mm, ASSUMED_MM[1]),
        or_assumed(physical.height_mm, ASSUMED_MM[2]),
    ) / 1000.0
}

/// Narrowest and widest cone; unknown ends take the known one.
pub(super) fn lens_deg(physical: &Physical, body: Body) -> (f32, f32) {
    let assumed = match body {
        Body::MovingBeam => 4.0,
        Body::MovingSpot | Body::Scanner => 15.0,
        Body::Strobe | Body::Blinder | Body::Hazer => 90.0,
        _ => 25.0,
    };
    match (physical.lens_min_deg, physical.lens_max_deg) {
        (min, max) if min > 0.0 && max > 0.0 => (min.min(max), max.max(min)),
        (min, max) if min > 0.0 || max > 0.0 => (min.max(max), min.max(max)),
        _ => (assumed, assumed),
    }
}

/// Where the file itself says that the light of each head leaves.
pub(super) fn known_positions(mode: &Mode, n_heads: usize) -> Option<Vec<Vec3>> {
    let positions = &mode.head_positions_m;
    (!positions.is_empty() && positions.len() == n_heads).then(|| positions.iter().copied().map(Vec3::from_array).collect())
}

/// Degrees at the lowest and the highest value of a channel whose file has them.  0 is home: the device's own where it lies
/// inside, else the middle.
pub(super) fn reach(channel: &Channel) -> Option<(f32, f32)> {
    let value = channel.value.as_ref()?;
    let function = value
        .functions
        .iter()
        .filter(|function| function.attribute == value.attribute)
        .max_by_key(|function| function.to - function.from.min(function.to))?;
    let (low, high) = (function.at(0.0), function.at(f64::from(value.max())));
    if (high - low).abs() <= 2.0 || (high - low).abs() > 3600.0 {
        return None;
    }
    let home = if low.min(high) < 0.0 && low.max(high) > 0.0 { 0.0 } else { (low + high) / 2.0 };
    Some(((low - home) as f32, (high - home) as f32))
}

/// One offset a head, spread over the layout's grid; without one that fits, along the longer side.
pub(super) fn head_offsets(n_heads: usize, physical: &Physical, size_m: Vec3) -> Vec<Vec3> {
    let n_heads = n_heads.max(1);
    let fits = |&(columns, rows): &(u16, u16)| {
        let n_cells = usize::from(columns) * usize::from(rows);
        n_cells >= n_heads && n_cells % n_heads == 0
    };
    let line = if size_m.x >= size_m.y { (n_heads, 1) } else { (1, n_heads) };
    let (columns, rows) = physical.layout.filter(fits).map_or(line, |(columns, rows)| (usize::from(columns), usize::from(rows)));
    let cell = |at: usize| {
        let along = |index: usize, n: usize, length: f32| ((index as f32 + 0.5) / n as f32 - 0.5) * length;
        Vec3::new(along(at % columns, columns, size_m.x), along(at / columns, rows, size_m.y), 0.0)
    };
    let n_each = (columns * rows / n_heads).max(1);
    (0..n_heads).map(|head| (0..n_each).map(|at| cell(head * n_each + at)).sum::<Vec3>() / n_each as f32).collect()
}
