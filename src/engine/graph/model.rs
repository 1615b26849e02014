//! A graph as files hold it.  Loading keeps what it does not know: unknown keys and unknown node types are saved
//! back as they came.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::engine::units::Rgb;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    #[serde(default)]
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    #[serde(default)]
    pub args: Vec<Arg>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    pub id: String,
    pub type_id: String,
    #[serde(default)]
    pub params: Map<String, Value>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    pub id: String,
    pub from_node: String,
    pub from_port: String,
    pub to_node: String,
    pub to_port: String,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An argument of the pattern: what the person who places it may change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arg {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// `Color`, `Scalar` or `Selection`.
    pub arg_type: String,
    #[serde(default)]
    pub default_value: Value,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Reads a number, or a string holding one; booleans count as 0 and 1.  Nothing that is not finite passes.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// Reads a flag: true/false, 1/0, or either in a string.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => number(value).map(|number| number != 0.0),
    }
}

/// Reads `{"r":0-255,"g","b","a":0-1}`, `#rrggbb[aa]`, or a string holding the former.  Alpha is 1 when absent.
pub fn color(value: &Value) -> Option<(Rgb, f32)> {
    match value {
        Value::String(text) => {
            Rgb::from_hex(text).or_else(|| color(serde_json::from_str::<Value>(text).ok().filter(Value::is_object).as_ref()?))
        }
        Value::Object(map) => {
            let channel = |name: &str| map.get(name).and_then(number).map(|level| (level / 255.0).clamp(0.0, 1.0) as f32);
            let alpha = map.get("a").and_then(number).map_or(1.0, |alpha| alpha.clamp(0.0, 1.0) as f32);
            Some((Rgb([channel("r")?, channel("g")?, channel("b")?]), alpha))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_comes_back_as_it_was_with_everything_unknown() {
        let text = r##"{"nodes":[{"id":"a","typeId":"from_the_future","params":{"x":"1"},"positionX":1.5,"positionY":2,"note":[1]}],
            "edges":[{"id":"e","fromNode":"a","fromPort":"out","toNode":"b","toPort":"in","color":"red"}],
            "args":[{"id":"c","name":"Colour","argType":"Color","defaultValue":{"r":1,"g":2,"b":3,"a":1},"hint":1}],"zoom":2}"##;
        let graph: Graph = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&graph).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn numbers_flags_and_colours_are_read_in_every_written_form() {
        assert_eq!(number(&Value::from("2.5")), Some(2.5));
        assert_eq!(number(&Value::from("inf")), None);
        assert_eq!(flag(&Value::from(1)), Some(true));
        assert_eq!(flag(&Value::from("false")), Some(false));
        let red = (Rgb([1.0, 0.0, 0.0]), 0.5);
        assert_eq!(color(&serde_json::json!({"r":255,"g":0,"b":0,"a":0.5})), Some(red));
        assert_eq!(color(&Value::from(r#"{"r":255,"g":0,"b":0,"a":0.5}"#)), Some(red));
        assert_eq!(color(&Value::from("#ff0000")).map(|(rgb, _)| rgb), Some(red.0));
        assert_eq!(color(&Value::from(7)), None);
    }
}
