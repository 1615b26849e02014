//! A definition as a `.gdtf` file.
//!
//! What was read from GDTF is written as it was read, so that it reads back equal; meshes and pictures are not part of a
//! definition, so their names stand there without files.  A definition of another format is completed first
//! ([`crate::venue::lower::complete`]): its heads become geometry, its ranges functions with attributes.  Labels are kept as
//! they are, though the standard wants plainer names.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::GdtfError;
use super::attributes::numbered;
use crate::venue::formats::definition::{Definition, Group, Mode};
use crate::venue::formats::pack::{self, Xml};
use crate::venue::formats::parameter::{Break, Cie, Function, Geometry, Value};
use crate::venue::lower::complete;

/// The file.
pub fn write(definition: &Definition) -> Result<Vec<u8>, GdtfError> {
    let text = description(definition)?;
    pack::zip([("description.xml", text.as_bytes())]).map_err(|(what, reason)| GdtfError::Unwritable { what, reason })
}

/// The text of its `description.xml`.
pub fn description(definition: &Definition) -> Result<String, GdtfError> {
    let completed = complete::is_needed(definition).then(|| complete::complete(definition));
    let definition = completed.as_ref().unwrap_or(definition);
    if definition.modes.is_empty() {
        return Err(GdtfError::NoMode);
    }
    let mut xml = Xml::new();
    xml.open("GDTF", &[("DataVersion", "1.2")]);
    let id = definition.id.unwrap_or_else(|| made_id(definition)).to_string().to_uppercase();
    xml.open(
        "FixtureType",
        &[
            ("Name", &definition.model),
            ("ShortName", &definition.model),
            ("LongName", &definition.model),
            ("Manufacturer", &definition.manufacturer),
            ("Description", definition.device.name()),
            ("FixtureTypeID", &id),
            ("RefFT", ""),
            ("CanHaveChildren", "No"),
        ],
    );
    attributes(&mut xml, definition);
    wheels(&mut xml, definition);
    descriptions(&mut xml, definition);
    xml.open("Models", &[]);
    for model in &definition.models {
        let [length, width, height] = model.size_m.map(|metres| metres.to_string());
        let primitive = if model.primitive.is_empty() { "Undefined" } else { &model.primitive };
        xml.empty(
            "Model",
            &[
                ("Name", &model.name),
                ("Length", &length),
                ("Width", &width),
                ("Height", &height),
                ("PrimitiveType", primitive),
                ("File", &model.file),
            ],
        );
    }
    xml.close();
    xml.open("Geometries", &[]);
    for geometry in &definition.geometries {
        write_geometry(&mut xml, geometry)?;
    }
    xml.close();
    xml.open("DMXModes", &[]);
    for mode in definition.modes.iter().filter(|mode| mode.one_break.is_none()) {
        write_mode(&mut xml, definition, mode);
    }
    Ok(xml.finish())
}

/// The same device always gets the same id.
fn made_id(definition: &Definition) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("luma {}/{}", definition.manufacturer, definition.model).as_bytes())
}

fn values(definition: &Definition) -> impl Iterator<Item = (&Value, Group)> {
    definition.channels.iter().filter_map(|channel| Some((channel.value.as_deref()?, channel.group)))
}

/// Every attribute that is used, with a feature of the group that it belongs to.
fn attributes(xml: &mut Xml, definition: &Definition) {
    let (mut used, mut seen): (Vec<(&str, &str)>, BTreeSet<&str>) = Default::default();
    for (value, group) in values(definition) {
        for (attribute, is_first) in
            std::iter::once((&value.attribute, true)).chain(value.functions.iter().map(|it| (&it.attribute, false)))
        {
            if seen.insert(attribute) {
                used.push((attribute, feature(attribute, group == Group::Intensity && is_first)));
            }
        }
    }
    xml.open("AttributeDefinitions", &[]);
    xml.empty("ActivationGroups", &[]);
    xml.open("FeatureGroups", &[]);
    for group in ["Dimmer", "Position", "Gobo", "Color", "Beam", "Focus", "Control"] {
        xml.open("FeatureGroup", &[("Name", group), ("Pretty", group)]);
        let own: &[&str] = match group {
            "Position" => &["PanTilt"],
            "Color" => &["Color", "RGB", "CMY"],
            _ => &[],
        };
        own.iter().chain(own.is_empty().then_some(&group)).for_each(|name| xml.empty("Feature", &[("Name", name)]));
        xml.close();
    }
    xml.close();
    xml.open("Attributes", &[]);
    for (name, feature) in used {
        let unit = match numbered(name).as_str() {
            "Pan" | "Tilt" | "Zoom" => "Angle",
            name if name.starts_with("Shutter(n)Strobe") => "Frequency",
            name if name.ends_with("PosRotate") || name.ends_with("Spin") => "AngularSpeed",
            name if name.starts_with("ColorAdd") || name.starts_with("ColorSub") => "ColorComponent",
            _ => "None",
        };
        xml.empty("Attribute", &[("Name", name), ("Pretty", name), ("Feature", feature), ("PhysicalUnit", unit)]);
    }
    xml.close();
    xml.close();
}

fn feature(attribute: &str, dims: bool) -> &'static str {
    match numbered(attribute).as_str() {
        "Dimmer" => "Dimmer.Dimmer",
        name if name.starts_with("Pan") || name.starts_with("Tilt") || name.starts_with("Position") => "Position.PanTilt",
        name if name.starts_with("Gobo") => "Gobo.Gobo",
        name if name.starts_with("ColorSub") => "Color.CMY",
        name if name.starts_with("ColorAdd") || name.starts_with("ColorRGB") => "Color.RGB",
        name if name.starts_with("Color") || name.starts_with("HSB") || name.starts_with("CT") => "Color.Color",
        name if name.starts_with("Focus") || name.starts_with("Zoom") => "Focus.Focus",
        name if ["Shutter", "Iris", "Frost", "Prism"].iter().any(|word| name.starts_with(word)) => "Beam.Beam",
        _ if dims => "Dimmer.Dimmer",
        _ => "Control.Control",
    }
}

fn color(color: Option<Cie>) -> String {
    let Cie { x, y, luminance } = color.unwrap_or(Cie { x: 0.3127, y: 0.3290, luminance: 100.0 });
    format!("{x},{y},{luminance}")
}

fn wheels(xml: &mut Xml, definition: &Definition) {
    xml.open("Wheels", &[]);
    for wheel in &definition.wheels {
        xml.open("Wheel", &[("Name", &wheel.name)]);
        for slot in &wheel.slots {
            let shown = slot.color.map(|it| color(Some(it)));
            let mut attributes = vec![("Name", slot.name.as_str())];
            attributes.extend(shown.as_ref().map(|shown| ("Color", shown.as_str())));
            attributes.extend((!slot.picture.is_empty()).then_some(("MediaFileName", slot.picture.as_str())));
            xml.open("Slot", &attributes);
            (0..slot.facets).for_each(|_| xml.empty("Facet", &[]));
            xml.close();
        }
        xml.close();
    }
    xml.close();
}

fn descriptions(xml: &mut Xml, definition: &Definition) {
    xml.open("PhysicalDescriptions", &[]);
    for (folder, kind, filter) in [("Emitters", "Emitter", false), ("Filters", "Filter", true)] {
        xml.open(folder, &[]);
        for source in definition.sources.iter().filter(|source| source.filter == filter) {
            let (shown, nm) = (source.color.map(|it| color(Some(it))), source.dominant_nm.map(|nm| nm.to_string()));
            let mut attributes = vec![("Name", source.name.as_str())];
            attributes.extend(shown.as_ref().map(|shown| ("Color", shown.as_str())));
            attributes.extend(nm.as_ref().map(|nm| ("DominantWaveLength", nm.as_str())));
            xml.empty(kind, &attributes);
        }
        xml.close();
    }
    xml.open("Properties", &[]);
    xml.empty("Weight", &[("Value", &definition.physical.weight_kg.to_string())]);
    xml.close();
    xml.close();
}

fn write_geometry(xml: &mut Xml, geometry: &Geometry) -> Result<(), GdtfError> {
    const KINDS: [&str; 20] = [
        "Geometry",
        "Axis",
        "Beam",
        "GeometryReference",
        "FilterBeam",
        "FilterColor",
        "FilterGobo",
        "FilterShaper",
        "MediaServerLayer",
        "MediaServerCamera",
        "MediaServerMaster",
        "Display",
        "Laser",
        "WiringObject",
        "Inventory",
        "Structure",
        "Support",
        "Magnet",
        "TypePlane",
        "Protocol",
    ];
    let kind = KINDS.iter().copied().find(|kind| *kind == geometry.kind).unwrap_or("Geometry");
    let [a, b, c] = geometry.matrix.map(|row| format!("{{{}}}", row.map(|number| number.to_string()).join(",")));
    let matrix = format!("{a}{b}{c}{{0,0,0,1}}");
    let mut attributes = vec![("Name", geometry.name.clone())];
    if !geometry.model.is_empty() {
        attributes.push(("Model", geometry.model.clone()));
    }
    attributes.push(("Position", matrix));
    if let Some(reference) = &geometry.reference {
        attributes.push(("Geometry", reference.geometry.clone()));
    }
    if let Some(beam) = geometry.beam {
        let numbers = [
            ("BeamAngle", beam.angle_deg),
            ("FieldAngle", beam.field_deg),
            ("LuminousFlux", beam.lumens),
            ("ColorTemperature", beam.kelvin),
            ("BeamRadius", beam.radius_m),
            ("PowerConsumption", beam.watts),
        ];
        attributes.extend(numbers.map(|(name, number)| (name, number.to_string())));
        attributes.push(("BeamType", "Wash".to_owned()));
        attributes.push(("LampType", "LED".to_owned()));
    }
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    xml.open(kind, &attributes);
    for (dmx_break, offset) in geometry.reference.iter().flat_map(|reference| &reference.breaks) {
        xml.empty("Break", &[("DMXBreak", &dmx_break.to_string()), ("DMXOffset", &offset.to_string())]);
    }
    for child in &geometry.children {
        write_geometry(xml, child)?;
    }
    xml.close();
    Ok(())
}

fn write_mode(xml: &mut Xml, definition: &Definition, mode: &Mode) {
    xml.open("DMXMode", &[("Name", &mode.name), ("Geometry", &mode.geometry), ("Description", "")]);
    xml.open("DMXChannels", &[]);
    let mut channels: Vec<usize> = mode.params.iter().map(|param| param.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    let values: Vec<&Value> = channels.iter().filter_map(|at| definition.channels.get(*at)?.value.as_deref()).collect();
    for value in &values {
        write_channel(xml, definition, value, &values);
    }
    xml.close();
    xml.open("Relations", &[]);
    for relation in &mode.relations {
        let attributes =
            [("Name", &relation.name), ("Master", &relation.master), ("Follower", &relation.follower), ("Type", &relation.kind)];
        xml.empty("Relation", &attributes.map(|(name, value)| (name, value.as_str())));
    }
    xml.close();
    xml.empty("FTMacros", &[]);
    xml.close();
}

fn write_channel(xml: &mut Xml, definition: &Definition, value: &Value, all: &[&Value]) {
    let of_bytes = |number: u32| format!("{number}/{}", value.bytes);
    let offsets = value.offsets.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    let dmx_break = match value.dmx_break {
        Break::Number(number) => number.to_string(),
        Break::Overwrite => "Overwrite".to_owned(),
    };
    let initial = value.functions.get(value.initial);
    let link = initial.map(|function| format!("{}_{}.{}.{}", value.geometry, value.attribute, value.attribute, function.name));
    let highlight = value.highlight.map_or("None".to_owned(), of_bytes);
    let default = value.default.filter(|_| initial.is_none_or(|function| function.default.is_none())).map(of_bytes);
    let mut attributes =
        vec![("DMXBreak", dmx_break.as_str()), ("Offset", &offsets), ("Geometry", &value.geometry), ("Highlight", &highlight)];
    attributes.extend(default.as_ref().map(|default| ("Default", default.as_str())));
    attributes.extend(link.as_ref().map(|link| ("InitialFunction", link.as_str())));
    xml.open("DMXChannel", &attributes);
    let n_logical = value.functions.iter().map(|function| function.logical + 1).max().unwrap_or(1);
    for logical in 0..n_logical {
        let functions = || value.functions.iter().filter(|function| function.logical == logical);
        let attribute = if logical == 0 { Some(&value.attribute) } else { functions().next().map(|function| &function.attribute) };
        let (snap, master) = if logical == 0 { (value.snap, value.grand) } else { (false, false) };
        let attribute = attribute.map_or("NoFeature", String::as_str);
        let flags = [("Snap", if snap { "Yes" } else { "No" }), ("Master", if master { "Grand" } else { "None" })];
        xml.open("LogicalChannel", &[("Attribute", attribute), flags[0], flags[1], ("MibFade", "0"), ("DMXChangeTimeLimit", "0")]);
        for function in functions() {
            write_function(xml, definition, value, function, all);
        }
        xml.close();
    }
    xml.close();
}

fn write_function(xml: &mut Xml, definition: &Definition, value: &Value, function: &Function, all: &[&Value]) {
    let of_bytes = |number: u32| format!("{number}/{}", value.bytes);
    let mut attributes = vec![
        ("Name", function.name.clone()),
        ("Attribute", function.attribute.clone()),
        ("OriginalAttribute", String::new()),
        ("DMXFrom", of_bytes(function.from)),
        ("PhysicalFrom", function.physical[0].to_string()),
        ("PhysicalTo", function.physical[1].to_string()),
        ("RealFade", "0".to_owned()),
        ("RealAcceleration", "0".to_owned()),
    ];
    attributes.extend(function.default.map(|default| ("Default", of_bytes(default))));
    attributes.extend((!function.custom_name.is_empty()).then(|| ("CustomName", function.custom_name.clone())));
    attributes.extend(function.wheel.and_then(|at| definition.wheels.get(at)).map(|wheel| ("Wheel", wheel.name.clone())));
    if let Some(source) = function.source.and_then(|at| definition.sources.get(at)) {
        attributes.push((if source.filter { "Filter" } else { "Emitter" }, source.name.clone()));
    }
    if let Some(condition) = &function.condition {
        let fits = |it: &&&Value| {
            let name = format!("{}_{}", it.geometry, it.attribute);
            condition.master.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let master = all.iter().filter(fits).max_by_key(|it| it.geometry.len() + it.attribute.len());
        // The reader counts on the same size: see its `Names`.
        let bytes = master.map_or(1, |master| master.offsets.len().clamp(1, 4));
        attributes.push(("ModeMaster", condition.master.clone()));
        attributes.push(("ModeFrom", format!("{}/{bytes}", condition.from)));
        attributes.push(("ModeTo", format!("{}/{bytes}", condition.to)));
    }
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if function.sets.is_empty() {
        return xml.empty("ChannelFunction", &attributes);
    }
    xml.open("ChannelFunction", &attributes);
    for set in &function.sets {
        let (from, slot) = (of_bytes(set.from), set.slot.to_string());
        let physical = set.physical.map(|ends| ends.map(|end| end.to_string()));
        let mut attributes = vec![("Name", set.name.as_str()), ("DMXFrom", &from), ("WheelSlotIndex", &slot)];
        attributes.extend(physical.iter().flat_map(|[from, to]| [("PhysicalFrom", from.as_str()), ("PhysicalTo", to.as_str())]));
        xml.empty("ChannelSet", &attributes);
    }
    xml.close();
}
