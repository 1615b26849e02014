//! `luma output nodes`: who answers when all Art-Net nodes are asked.

use std::io::Write;
use std::net::Ipv4Addr;

use anyhow::Result;
use clap::Args;

use super::super::{args, refused};
use crate::output::nodes::{Node, PortKind};
use crate::output::worker::OutputHandle;
use crate::output::worker::listen::{ListenConfig, Listener};

#[derive(Args)]
pub(super) struct Nodes {
    /// Ask from this address of the machine [default: from all]
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// How long to listen
    #[arg(long, value_name = "SECONDS", value_parser = args::span, default_value = "4")]
    seconds: f64,
    /// All that is known, as a JSON array
    #[arg(long)]
    json: bool,
}

impl Nodes {
    pub(super) fn run(&self) -> Result<()> {
        let config = ListenConfig { bind: self.bind, ..ListenConfig::default() };
        let listener = Listener::start(config, &OutputHandle::default()).map_err(refused)?;
        std::thread::sleep(super::wait(self.seconds));
        let nodes = listener.nodes();
        listener.stop();
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &*nodes)?;
            writeln!(out)?;
            return Ok(());
        }
        for node in nodes.iter() {
            writeln!(out, "{}", line(node))?;
        }
        if nodes.iter().all(|node| node.own) {
            writeln!(out, "No node answered: check that it is on, on this network, and that no firewall closes UDP port 6454")?;
        }
        Ok(())
    }
}

fn line(node: &Node) -> String {
    let of = |kind: PortKind| -> Vec<String> {
        let mut ports: Vec<_> = node.ports.iter().filter(|port| port.kind == kind).map(|port| (port.address, port.merging)).collect();
        ports.sort_unstable();
        ports.dedup_by_key(|(address, _)| *address);
        ports.into_iter().map(|(address, merging)| format!("{address}{}", if merging { " (merging)" } else { "" })).collect()
    };
    let words = |does: &str, ports: Vec<String>| (!ports.is_empty()).then(|| format!("{does} {}", ports.join(", ")));
    let ports: Vec<String> = [words("takes", of(PortKind::Output)), words("sends", of(PortKind::Input))].into_iter().flatten().collect();
    let ports = if ports.is_empty() { "no ports".to_owned() } else { ports.join("; ") };
    let own = if node.own { " (this program)" } else { "" };
    let late = if node.late { ", does not answer any more" } else { "" };
    format!("{:<15} {:<18} {ports}  [{}]{own}{late}", node.ip.to_string(), node.short_name, node.long_name)
}
