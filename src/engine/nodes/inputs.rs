//! Where a graph begins: the track's sound and beats, the pattern's arguments, plain numbers and colours.

use std::sync::Arc;

use serde_json::Value as Json;

use super::features::AudioRef;
use super::select::expression;
use super::spec::{NodeSpec, audio, beats, color, number, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::model;

pub const AUDIO_INPUT: NodeSpec = NodeSpec {
    type_id: "audio_input",
    title: "Audio input",
    category: "Inputs",
    doc: "The track's sound.",
    inputs: &[],
    outputs: &[audio("out")],
    params: &[],
    sink: false,
    build: |b| b.output("out", Value::Audio(AudioRef::mix())),
};

pub const BEAT_CLOCK: NodeSpec = NodeSpec {
    type_id: "beat_clock",
    title: "Beat clock",
    category: "Inputs",
    doc: "The track's beat grid.",
    inputs: &[],
    outputs: &[beats("grid_out")],
    params: &[],
    sink: false,
    build: |b| b.output("grid_out", Value::Beats),
};

pub const SCALAR: NodeSpec = NodeSpec {
    type_id: "scalar",
    title: "Number",
    category: "Inputs",
    doc: "A fixed number.",
    inputs: &[],
    outputs: &[signal("out")],
    params: &[number("value", 1.0).usually(0.0, 1.0)],
    sink: false,
    build: |b| {
        let value = b.level("value");
        let slot = b.constant(1, 1, &[value]);
        b.output("out", Value::Signal(slot));
    },
};

pub const COLOR: NodeSpec = NodeSpec {
    type_id: "color",
    title: "Colour",
    category: "Inputs",
    doc: "A fixed colour; its alpha is tint strength.",
    inputs: &[],
    outputs: &[signal("out").channels(4)],
    params: &[color("color", "#ffffff")],
    sink: false,
    build: |b| {
        let rgba = b.color("color");
        let slot = b.constant(1, 4, &rgba);
        b.output("out", Value::Signal(slot));
    },
};

pub const PATTERN_ARGS: NodeSpec = NodeSpec {
    type_id: "pattern_args",
    title: "Arguments",
    category: "Inputs",
    doc: "One output per argument of the pattern, with the value that the annotation gives it.",
    inputs: &[],
    outputs: &[],
    params: &[],
    sink: false,
    build: build_args,
};

fn build_args(b: &mut Building<'_, '_>) {
    for arg in &b.graph().args {
        let given = b.inputs().args.get(&arg.id);
        let value = match arg.arg_type.as_str() {
            "Color" => read(b, &arg.id, given, &arg.default_value, model::color)
                .map(|(rgb, alpha)| Value::Signal(b.constant(1, 4, &[rgb.0[0], rgb.0[1], rgb.0[2], alpha]))),
            "Scalar" => read(b, &arg.id, given, &arg.default_value, model::number)
                .map(|number| Value::Signal(b.constant(1, 1, &[number.clamp(-1e6, 1e6) as f32]))),
            "Selection" => read(b, &arg.id, given, &arg.default_value, chosen)
                .map(|(text, local)| Value::Selection(Arc::new(expression(b, &text, local)))),
            _ => None,
        };
        if let Some(value) = value {
            b.output(&arg.id, value);
        }
    }
}

/// The annotation's value, else the default.
fn read<T>(b: &mut Building<'_, '_>, id: &str, given: Option<&Json>, default: &Json, reading: fn(&Json) -> Option<T>) -> Option<T> {
    match given.filter(|given| !given.is_null()) {
        None => {}
        Some(given) => match reading(given) {
            Some(value) => return Some(value),
            None => b.warn(Some(id), format!("the annotation's value for \"{id}\" cannot be read; the default is used")),
        },
    }
    let value = reading(default);
    if value.is_none() {
        b.error(Some(id), format!("argument \"{id}\" has no usable default"));
    }
    value
}

/// Expression, and whether it is group-local.
pub(in crate::engine) fn chosen(value: &Json) -> Option<(String, bool)> {
    match value {
        Json::String(text) => Some((text.clone(), false)),
        Json::Object(map) => {
            let text = map.get("expression").map_or(Some(""), Json::as_str)?;
            Some((text.to_owned(), map.get("spatialReference").and_then(Json::as_str) == Some("group_local")))
        }
        _ => None,
    }
}
