//! How a node kind describes itself: ports, parameters, words, and the function that builds it.
//!
//! The editor's palette, `luma graph nodes` and the checker all read this.

use serde::Serialize;

use crate::engine::graph::build::Building;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortType {
    Signal,
    Selection,
    Audio,
    Beats,
}

impl std::fmt::Display for PortType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signal => "a signal",
            Self::Selection => "a selection",
            Self::Audio => "audio",
            Self::Beats => "a beat grid",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Port {
    pub name: &'static str,
    #[serde(rename = "type")]
    pub ty: PortType,
    pub required: bool,
    /// Channels that a signal must have; 0 = any.
    pub channels: u32,
}

impl Port {
    pub const fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    pub const fn channels(self, channels: u32) -> Self {
        Self { channels, ..self }
    }
}

const fn port(name: &'static str, ty: PortType) -> Port {
    Port { name, ty, required: true, channels: 0 }
}

pub const fn signal(name: &'static str) -> Port {
    port(name, PortType::Signal)
}

pub const fn selection(name: &'static str) -> Port {
    port(name, PortType::Selection)
}

pub const fn audio(name: &'static str) -> Port {
    port(name, PortType::Audio)
}

pub const fn beats(name: &'static str) -> Port {
    port(name, PortType::Beats)
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParamKind {
    /// Out-of-range values are clamped.
    Number {
        default: f64,
        min: f64,
        max: f64,
    },
    Flag {
        default: bool,
    },
    /// The first is the default.
    Choice {
        options: &'static [&'static str],
    },
    Text {
        default: &'static str,
    },
    Color {
        default: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Param {
    pub name: &'static str,
    #[serde(flatten)]
    pub kind: ParamKind,
    /// What a slider reaches: the usual values of a number, which may be typed beyond it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<(f64, f64)>,
}

impl Param {
    /// Of a number: its usual values.
    pub const fn usually(self, low: f64, high: f64) -> Self {
        Self { usual: Some((low, high)), ..self }
    }

    const fn new(name: &'static str, kind: ParamKind) -> Self {
        Self { name, kind, usual: None }
    }
}

/// Far enough for any real parameter, near enough that products of several stay finite.
const FAR: f64 = 1e6;

pub const fn number(name: &'static str, default: f64) -> Param {
    ranged(name, default, -FAR, FAR)
}

pub const fn ranged(name: &'static str, default: f64, min: f64, max: f64) -> Param {
    Param::new(name, ParamKind::Number { default, min, max })
}

pub const fn flag(name: &'static str, default: bool) -> Param {
    Param::new(name, ParamKind::Flag { default })
}

pub const fn choice(name: &'static str, options: &'static [&'static str]) -> Param {
    Param::new(name, ParamKind::Choice { options })
}

pub const fn text(name: &'static str, default: &'static str) -> Param {
    Param::new(name, ParamKind::Text { default })
}

pub const fn color(name: &'static str, default: &'static str) -> Param {
    Param::new(name, ParamKind::Color { default })
}

/// A kind of node.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeSpec {
    /// As files write it: never renamed.
    pub type_id: &'static str,
    pub title: &'static str,
    pub category: &'static str,
    pub doc: &'static str,
    pub inputs: &'static [Port],
    pub outputs: &'static [Port],
    pub params: &'static [Param],
    /// It drives fixtures: what feeds it matters.
    pub sink: bool,
    #[serde(skip)]
    pub build: fn(&mut Building<'_, '_>),
}

impl NodeSpec {
    pub fn input(&self, name: &str) -> Option<&'static Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    pub fn output(&self, name: &str) -> Option<&'static Port> {
        self.outputs.iter().find(|port| port.name == name)
    }
}
