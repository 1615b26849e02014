//! Size, weight, power, lens and reach: of the device, and of each mode where they follow from its channels.

use super::attributes::numbered;
use super::value;
use crate::venue::formats::definition::{Definition, Device, Mode, Physical};
use crate::venue::formats::parameter::{Beam, Function, Geometry, Model};
use crate::venue::formats::xml::Element;

/// Weight from `<Properties>`, everything else from the geometry.
pub(super) fn of_device(descriptions: Option<&Element>, definition: &Definition) -> Physical {
    let properties = descriptions.and_then(|element| element.child("Properties"));
    let weight =
        properties.and_then(|element| element.child("Weight")).and_then(|element| element.attribute("Value")).and_then(value::number);
    let mut beams = Vec::new();
    let mut watts = 0.0;
    for geometry in &definition.geometries {
        collect(geometry, &mut |geometry| {
            if let Some(beam) = geometry.beam {
                beams.push(beam);
                watts += beam.watts;
            }
        });
    }
    let first = beams.first().copied().unwrap_or_default();
    let size = definition.geometries.first().map_or([0.0; 3], |root| size(root, &definition.models));
    let lens = beams.iter().map(|beam| beam.angle_deg).filter(|angle| *angle > 0.0 && *angle <= 180.0);
    let (narrow, wide) = lens.fold((f64::MAX, 0.0_f64), |(low, high), angle| (low.min(angle), high.max(angle)));
    Physical {
        width_mm: size[0] as f32,
        depth_mm: size[1] as f32,
        height_mm: size[2] as f32,
        weight_kg: weight.filter(|kg| (0.0..10_000.0).contains(kg)).unwrap_or(0.0) as f32,
        lens_min_deg: if wide > 0.0 { narrow as f32 } else { 0.0 },
        lens_max_deg: wide as f32,
        lumens: bounded(beams.iter().map(|beam| beam.lumens).sum()),
        kelvin: bounded(first.kelvin),
        watts: bounded(watts),
        ..Physical::default()
    }
}

fn bounded(number: f64) -> f32 {
    number.clamp(0.0, 1e7) as f32
}

fn collect(geometry: &Geometry, see: &mut dyn FnMut(&Geometry)) {
    see(geometry);
    geometry.children.iter().for_each(|child| collect(child, see));
}

/// Millimetres around the models of a geometry and what hangs on it, each as a box at its place.
fn size(root: &Geometry, models: &[Model]) -> [f64; 3] {
    fn extend(geometry: &Geometry, models: &[Model], at: [f64; 3], ends: &mut [(f64, f64); 3]) {
        let here = [0, 1, 2].map(|axis| at[axis] + geometry.matrix[axis][3]);
        if let Some(model) = models.iter().find(|model| model.name == geometry.model && !model.name.is_empty()) {
            for axis in 0..3 {
                let half = model.size_m[axis].clamp(0.0, 20.0) / 2.0;
                ends[axis] = (ends[axis].0.min(here[axis] - half), ends[axis].1.max(here[axis] + half));
            }
        }
        geometry.children.iter().for_each(|child| extend(child, models, here, ends));
    }
    let mut ends = [(f64::MAX, f64::MIN); 3];
    // Its own place is where the device hangs.
    let back = [0, 1, 2].map(|axis| -root.matrix[axis][3]);
    extend(root, models, back, &mut ends);
    ends.map(|(low, high)| if high > low { ((high - low) * 1000.0).min(20_000.0) } else { 0.0 })
}

/// What its channels say: how far it turns, how wide its beam opens.
pub(super) fn of_mode(definition: &Definition, mode: &Mode) -> Physical {
    let mut physical = definition.physical.clone();
    let functions =
        || mode.params.iter().filter_map(|param| definition.channels.get(param.channel)?.value.as_ref()).flat_map(|value| &value.functions);
    let span = |attribute: &str| {
        let widths = functions()
            .filter(|function| function.attribute == attribute)
            .map(|function| (function.physical[1] - function.physical[0]).abs());
        widths.fold(0.0, f64::max)
    };
    // Some files have a share of the whole instead of degrees.
    let degrees = |attribute: &str| span(attribute).clamp(0.0, 3600.0);
    (physical.pan_max_deg, physical.tilt_max_deg) = (known(degrees("Pan")), known(degrees("Tilt")));
    let is_zoom = |function: &&Function| numbered(&function.attribute) == "Zoom";
    let angles = functions().filter(is_zoom).flat_map(|function| function.physical).filter(|angle| *angle > 1.0 && *angle <= 180.0);
    let (narrow, wide) = angles.fold((f64::MAX, 0.0_f64), |(low, high), angle| (low.min(angle), high.max(angle)));
    if wide > narrow {
        (physical.lens_min_deg, physical.lens_max_deg) = (narrow as f32, wide as f32);
    } else if let Some(beam) =
        mode.parts.iter().filter_map(|part| part.beam).find(|beam: &Beam| beam.angle_deg > 0.0 && beam.angle_deg <= 180.0)
    {
        (physical.lens_min_deg, physical.lens_max_deg) = (beam.angle_deg as f32, beam.angle_deg as f32);
    }
    if physical.pan_max_deg > 0.0 || physical.tilt_max_deg > 0.0 {
        physical.focus = "Head".to_owned();
    }
    physical
}

/// 2 degrees and less are no reach but numbers without a unit.
fn known(degrees: f64) -> f32 {
    if degrees > 2.0 { degrees as f32 } else { 0.0 }
}

/// The format has no word for what a device is; its channels and its name have.
pub(super) fn device(definition: &Definition) -> Device {
    let has = |attribute: &str| {
        let values = definition.channels.iter().filter_map(|channel| channel.value.as_ref());
        values
            .flat_map(|value| std::iter::once(&value.attribute).chain(value.functions.iter().map(|it| &it.attribute)))
            .any(|it| numbered(it) == attribute)
    };
    let name = format!("{} {}", definition.model, definition.manufacturer).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let n_heads = definition.modes.iter().map(|mode| mode.heads.len()).max().unwrap_or(1);
    let has_color = ["ColorAdd_R", "ColorSub_C", "ColorRGB_Red", "Color(n)", "HSB_Hue"].iter().any(|attribute| has(attribute));
    match () {
        () if has("Haze(n)") || says(&["hazer", "haze "]) => Device::Hazer,
        () if has("Fog(n)") || says(&["fogger", "smoke"]) => Device::Smoke,
        () if says(&["laser"]) => Device::Laser,
        () if has("Pan") && says(&["scan"]) => Device::Scanner,
        () if has("Pan") || has("Tilt") && n_heads < 2 => Device::MovingHead,
        () if says(&["strobe", "flash"]) => Device::Strobe,
        () if n_heads > 3 => Device::LedBarPixels,
        () if has_color => Device::ColorChanger,
        () if has("Dimmer") => Device::Dimmer,
        () => Device::Other,
    }
}
