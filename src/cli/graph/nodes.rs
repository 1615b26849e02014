//! `luma graph nodes`: the catalogue that the editor's palette and the checker read.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::engine::nodes;
use crate::engine::nodes::spec::{NodeSpec, ParamKind, Port, PortType};

#[derive(Args)]
pub(super) struct Nodes {
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Nodes {
    pub(super) fn run(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &json!({ "nodes": nodes::ALL }))?;
            writeln!(out)?;
        } else {
            out.write_all(text().as_bytes())?;
        }
        Ok(())
    }
}

fn text() -> String {
    let mut categories: Vec<&str> = Vec::new();
    for spec in nodes::ALL {
        if !categories.contains(&spec.category) {
            categories.push(spec.category);
        }
    }
    let mut text = String::new();
    for category in categories {
        text += &format!("{category}\n");
        nodes::ALL.iter().filter(|spec| spec.category == category).for_each(|spec| text += &described(spec));
        text.push('\n');
    }
    text += &format!("{} kinds of node; ? marks an input that may stay open\n", nodes::ALL.len());
    text
}

fn described(spec: &NodeSpec) -> String {
    let mut text = format!("  {:<24} {}: {}\n", spec.type_id, spec.title, spec.doc);
    let ports = |ports: &[Port]| ports.iter().map(port).collect::<Vec<_>>().join(", ");
    if !spec.inputs.is_empty() {
        text += &format!("{:27}in    {}\n", "", ports(spec.inputs));
    }
    if !spec.outputs.is_empty() {
        text += &format!("{:27}out   {}\n", "", ports(spec.outputs));
    }
    for param in spec.params {
        text += &format!("{:27}param {} = {}\n", "", param.name, kind(param.kind));
    }
    text
}

fn port(port: &Port) -> String {
    let ty = match (port.ty, port.channels) {
        (PortType::Signal, 0) => "signal".to_owned(),
        (PortType::Signal, channels) => format!("signal of {channels}"),
        (PortType::Selection, _) => "selection".to_owned(),
        (PortType::Audio, _) => "audio".to_owned(),
        (PortType::Beats, _) => "beats".to_owned(),
    };
    format!("{}{}: {ty}", port.name, if port.required { "" } else { "?" })
}

fn kind(kind: ParamKind) -> String {
    match kind {
        // Bounds this far out are there for the arithmetic, not for people.
        ParamKind::Number { default, min, max } if min <= -1e6 && max >= 1e6 => format!("{default}"),
        ParamKind::Number { default, min, max } if max >= 1e6 => format!("{default} ({min} or more)"),
        ParamKind::Number { default, min, max } => format!("{default} ({min} to {max})"),
        ParamKind::Flag { default } => format!("{default}"),
        ParamKind::Choice { options } => options.join(" | "),
        ParamKind::Text { default } => format!("\"{default}\""),
        ParamKind::Color { default } => default.to_owned(),
    }
}
