//! Random graphs over every node kind, read from a tape of choices.
//!
//! The same tape gives the same graph; a shorter tape or smaller numbers give a simpler one, so what a failing property
//! shrinks to can be read.

use luma::engine::graph::model::{Arg, Edge, Graph, Node};
use luma::engine::nodes::spec::{NodeSpec, ParamKind, Port, PortType};
use luma::engine::nodes::{self, inputs};
use serde_json::{Map, Value, json};

/// Choices, one after another; where the tape ends, every choice is the first.
pub(crate) struct Tape<'a> {
    choices: &'a [u16],
}

impl<'a> Tape<'a> {
    pub(crate) fn new(choices: &'a [u16]) -> Self {
        Self { choices }
    }

    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        usize::from(*first)
    }

    pub(crate) fn pick(&mut self, n: usize) -> usize {
        self.next() % n.max(1)
    }

    pub(crate) fn of<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.pick(options.len())]
    }

    /// True once in `n`, never where the tape has ended.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    /// `0.0..1.0`, in steps that stay readable.
    pub(crate) fn share(&mut self) -> f64 {
        self.pick(1000) as f64 / 1000.0
    }
}

const WORDS: &[&str] = &[
    "all",
    "front",
    "spots",
    "bars",
    "ring",
    "odd",
    "air",
    "left",
    "right",
    "center",
    "high",
    "low",
    "circular",
    "has_movement",
    "has_color",
    "has_zoom",
    "nobody",
];

/// A selection expression; now and then one that cannot be read.
pub(crate) fn expression(tape: &mut Tape<'_>) -> String {
    let mut text = String::new();
    for term in 0..=tape.pick(4) {
        if term > 0 {
            text += tape.of(&[" & ", " | ", "^", " > "]);
        }
        let word = tape.of(WORDS);
        text += &match tape.pick(8) {
            5 => format!("~{word}"),
            6 => format!("({word} | {})", tape.of(WORDS)),
            7 => format!("~({word}&~{})", tape.of(WORDS)),
            _ => word.to_owned(),
        };
    }
    if tape.once_in(40) {
        text += tape.of(&["(", ")", " &", "?", "~", " all"]);
    }
    text
}

fn odd_number(tape: &mut Tape<'_>) -> Value {
    let wild = [json!("2.5"), json!(-0.0), json!(1e300), json!("nan"), json!(true), json!([]), json!(-1e6), json!(1e-40)];
    match tape.pick(6) {
        0 => json!(1),
        1 => json!(0),
        2 => json!(tape.share()),
        3 => json!((tape.share() - 0.5) * 20.0),
        4 => json!(tape.of(&[-1, 2, 4, 8, 100, 1000])),
        _ => wild[tape.pick(wild.len())].clone(),
    }
}

fn color(tape: &mut Tape<'_>) -> Value {
    match tape.pick(4) {
        0 => json!(tape.of(&["#ff0000", "#00ff8080", "#ffffff", "#000000", "red"])),
        _ => json!({"r": tape.pick(300), "g": tape.pick(256), "b": tape.pick(256), "a": tape.share()}),
    }
}

fn text(tape: &mut Tape<'_>, name: &str) -> Value {
    match name {
        "tag_expression" => json!(expression(tape)),
        "selected_frequency_ranges" => json!(tape.of(&["[[40,120]]", "[[200,90],[500,2000]]", "[]", "loud"])),
        "stops" => {
            json!(tape.of(&[
                "",
                r#"[{"t":0,"r":1,"g":0,"b":0},{"t":0.5,"r":0,"g":1,"b":0,"a":0.2},{"t":1,"r":0,"g":0,"b":1}]"#,
                r#"[{"t":0.5,"r":1,"g":0,"b":0},{"t":0.5,"r":0,"g":1,"b":0}]"#,
                "{",
            ]))
        }
        _ => json!("text"),
    }
}

pub(crate) fn params(spec: &NodeSpec, tape: &mut Tape<'_>) -> Map<String, Value> {
    let mut params = Map::new();
    for param in spec.params {
        if tape.pick(3) == 0 {
            continue;
        }
        let value = match param.kind {
            ParamKind::Number { .. } => odd_number(tape),
            ParamKind::Flag { .. } => json!(tape.pick(2)),
            ParamKind::Choice { options } => json!(tape.of(options)),
            ParamKind::Text { .. } => text(tape, param.name),
            ParamKind::Color { .. } => color(tape),
        };
        params.insert(param.name.to_owned(), value);
    }
    if spec.type_id == "select" && tape.once_in(6) {
        params.clear();
        let ids = r#"["00000000-0000-0000-0000-000000000001:0","00000000-0000-0000-0000-00000000000b","nobody"]"#;
        params.insert("selected_ids".into(), json!(ids));
    }
    params
}

/// A graph with one to three sinks, and now and then a wire that does not fit.
pub(crate) fn graph(tape: &mut Tape<'_>) -> Graph {
    let mut growing = Growing { graph: Graph { args: args(tape), ..Graph::default() }, outputs: Vec::new() };
    let sinks: Vec<&NodeSpec> = nodes::ALL.iter().copied().filter(|spec| spec.sink).collect();
    for _ in 0..=tape.pick(3) {
        let spec = tape.of(&sinks);
        growing.add(spec, tape, 4);
    }
    if tape.once_in(3) {
        // Something that drives nothing: views, loose ends.
        let spec = tape.of(nodes::ALL);
        growing.add(spec, tape, 2);
    }
    if tape.once_in(12) {
        growing.stray_wire(tape);
    }
    growing.graph
}

/// What an annotation may say of an argument.
pub(crate) fn argument(arg_type: &str, tape: &mut Tape<'_>) -> Value {
    match arg_type {
        "Color" => color(tape),
        "Scalar" => odd_number(tape),
        _ => json!({"expression": expression(tape), "spatialReference": tape.of(&["global", "group_local"])}),
    }
}

fn args(tape: &mut Tape<'_>) -> Vec<Arg> {
    let arg = |id: &str, arg_type: &str, default_value: Value| Arg {
        id: id.into(),
        name: id.into(),
        arg_type: arg_type.into(),
        default_value,
        other: Map::new(),
    };
    vec![
        arg("tone", "Color", argument("Color", tape)),
        arg("level", "Scalar", argument("Scalar", tape)),
        arg("where", "Selection", argument("Selection", tape)),
    ]
}

struct Growing {
    graph: Graph,
    /// Node, port, what it brings, how many channels (0 = it depends).
    outputs: Vec<(String, String, PortType, u32)>,
}

impl Growing {
    fn add(&mut self, spec: &NodeSpec, tape: &mut Tape<'_>, depth: usize) -> String {
        let id = format!("{}_{}", spec.type_id, self.graph.nodes.len());
        let params = params(spec, tape);
        self.graph.nodes.push(Node { id: id.clone(), type_id: spec.type_id.into(), params, other: Map::new() });
        for port in spec.inputs {
            if port.required || tape.pick(2) == 1 {
                self.feed(&id, port, tape, depth);
            }
        }
        // Only now, so that no wire leads back.
        for port in spec.outputs {
            self.outputs.push((id.clone(), port.name.into(), port.ty, port.channels));
        }
        if spec.type_id == inputs::PATTERN_ARGS.type_id {
            let ports = [("tone", PortType::Signal, 4), ("level", PortType::Signal, 1), ("where", PortType::Selection, 0)];
            self.outputs.extend(ports.map(|(port, ty, channels)| (id.clone(), port.into(), ty, channels)));
        }
        id
    }

    fn feed(&mut self, id: &str, port: &Port, tape: &mut Tape<'_>, depth: usize) {
        let fits = |ty: PortType, channels: u32| ty == port.ty && (port.channels == 0 || channels == port.channels);
        let there: Vec<usize> = (0..self.outputs.len()).filter(|&at| fits(self.outputs[at].2, self.outputs[at].3)).collect();
        let (node, name) = if !there.is_empty() && tape.pick(3) == 1 {
            let (node, name, ..) = &self.outputs[there[tape.pick(there.len())]];
            (node.clone(), name.clone())
        } else {
            self.source(port, tape, depth)
        };
        self.wire(node, name, id, port.name);
    }

    /// A new node for a port; a leaf where the depth or the tape is used up.
    fn source(&mut self, port: &Port, tape: &mut Tape<'_>, depth: usize) -> (String, String) {
        let leaf: (&NodeSpec, &str) = match (port.ty, port.channels) {
            (PortType::Signal, 2) => (&nodes::movement::CIRCLE, "uv"),
            (PortType::Signal, 4) => (&inputs::COLOR, "out"),
            (PortType::Signal, 12) => (&nodes::harmony::HARMONY_ANALYSIS, "signal"),
            (PortType::Signal, _) => (&inputs::SCALAR, "out"),
            (PortType::Selection, _) => (&nodes::select::SELECT, "out"),
            (PortType::Audio, _) => (&inputs::AUDIO_INPUT, "out"),
            (PortType::Beats, _) => (&inputs::BEAT_CLOCK, "grid_out"),
        };
        let mut choices = vec![leaf];
        if depth > 0 {
            for spec in nodes::ALL {
                let fits = spec.outputs.iter().filter(|out| out.ty == port.ty && (port.channels == 0 || out.channels == port.channels));
                choices.extend(fits.map(|out| (*spec, out.name)));
            }
            match (port.ty, port.channels) {
                (PortType::Signal, 0) => choices.push((&inputs::PATTERN_ARGS, "level")),
                (PortType::Signal, 4) => choices.push((&inputs::PATTERN_ARGS, "tone")),
                (PortType::Selection, _) => choices.push((&inputs::PATTERN_ARGS, "where")),
                _ => {}
            }
        }
        let (spec, name) = tape.of(&choices);
        (self.add(spec, tape, depth.saturating_sub(1)), name.to_owned())
    }

    fn wire(&mut self, from_node: String, from_port: String, to_node: &str, to_port: &str) {
        let id = format!("wire_{}", self.graph.edges.len());
        let edge = Edge { id, from_node, from_port, to_node: to_node.into(), to_port: to_port.into(), other: Map::new() };
        self.graph.edges.push(edge);
    }

    /// Between any two ports: the wrong type, a cycle, a port that is not there.
    fn stray_wire(&mut self, tape: &mut Tape<'_>) {
        let (from, to) = (tape.pick(self.graph.nodes.len()), tape.pick(self.graph.nodes.len()));
        let port = |spec: Option<&'static NodeSpec>, outward: bool, tape: &mut Tape<'_>| {
            let ports = spec.map_or(&[][..], |spec| if outward { spec.outputs } else { spec.inputs });
            if ports.is_empty() { "nowhere".to_owned() } else { ports[tape.pick(ports.len())].name.to_owned() }
        };
        let out = port(nodes::find(&self.graph.nodes[from].type_id), true, tape);
        let into = port(nodes::find(&self.graph.nodes[to].type_id), false, tape);
        let (from, to) = (self.graph.nodes[from].id.clone(), self.graph.nodes[to].id.clone());
        self.wire(from, out, &to, &into);
    }
}
