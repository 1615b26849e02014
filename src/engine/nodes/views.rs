//! Nodes that only show something in the editor.  They drive nothing, so a plan never contains them.

use super::spec::{NodeSpec, Port, audio, beats, signal};

const fn view(type_id: &'static str, title: &'static str, doc: &'static str, inputs: &'static [Port]) -> NodeSpec {
    NodeSpec { type_id, title, category: "View", doc, inputs, outputs: &[], params: &[], sink: false, build: |_| {} }
}

pub const VIEW_SIGNAL: NodeSpec = view("view_signal", "View signal", "Shows a signal over time.", &[signal("in")]);
pub const VIEW_UV: NodeSpec = view("view_uv", "View movement", "Shows a movement signal as a path.", &[signal("in")]);
pub const MEL_SPEC_VIEWER: NodeSpec =
    view("mel_spec_viewer", "Spectrogram", "Shows the sound's spectrum over time.", &[audio("in"), beats("grid").optional()]);
