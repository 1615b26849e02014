//! Nodes that must have seen the whole range first: all heads, times and channels of the annotation.

use super::arithmetic::map;
use super::spec::{NodeSpec, signal};
use crate::engine::graph::build::Building;
use crate::engine::signal::NOW;

pub const NORMALIZE: NodeSpec = NodeSpec {
    type_id: "normalize",
    title: "Normalize",
    category: "Signal",
    doc: "Stretches the signal to 0..1 over everything it does during the annotation.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (low, high) = observed(b);
        map(b, "in", move |x| if high > low { (x - low) / (high - low) } else { 0.0 });
    },
};

pub const INVERT: NodeSpec = NodeSpec {
    type_id: "invert",
    title: "Invert",
    category: "Signal",
    doc: "Mirrors the signal at the middle of everything it does during the annotation.",
    inputs: &[signal("in")],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (low, high) = observed(b);
        map(b, "in", move |x| low + high - x);
    },
};

/// Smallest and largest value during the annotation.
fn observed(b: &mut Building<'_, '_>) -> (f32, f32) {
    b.signal_at("in", NOW).map_or((0.0, 0.0), |input| b.extent(input))
}
