//! The same, but later: each lane reads its input as it was `delay` seconds ago.

use super::spec::{NodeSpec, signal};
use crate::engine::graph::build::Value;

pub const TIME_DELAY: NodeSpec = NodeSpec {
    type_id: "time_delay",
    title: "Time delay",
    category: "Signal",
    doc: "Reads the input as it was some seconds earlier, head by head.",
    inputs: &[signal("in"), signal("delay").optional()],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let slot = match b.signal("delay") {
            Some(delay) => {
                let earlier = b.delayed(delay);
                b.signal_at("in", earlier)
            }
            None => b.signal("in"),
        };
        if let Some(slot) = slot {
            b.output("out", Value::Signal(slot));
        }
    },
};
