//! `luma output record` and `luma output replay`: the wire into a file, and out of it again.

use std::fs::File;
use std::io::{BufReader, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;

use super::super::{args, refused, status};
use crate::output::recording::Reader;
use crate::output::replay::{Target, replay};
use crate::output::routes::To;
use crate::output::worker::record::{RecordConfig, part, record};
use crate::output::worker::{SystemTimer, UdpOutlet};

#[derive(Args)]
pub(super) struct Record {
    /// The recording that is made
    file: PathBuf,
    /// How long [default: until Ctrl-C]
    #[arg(long, value_name = "SECONDS", value_parser = args::span)]
    seconds: Option<f64>,
    /// Listen on this address of the machine [default: on all]
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// Join the sACN groups of the universes from 1 to this
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(0..=4096))]
    universes: u16,
    /// Art-Net's port, 0 = do not listen to Art-Net
    #[arg(long, value_name = "PORT", default_value_t = 6454)]
    artnet_port: u16,
    /// sACN's port, 0 = do not listen to sACN
    #[arg(long, value_name = "PORT", default_value_t = 5568)]
    sacn_port: u16,
    /// The result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Replay {
    /// A recording; one that was cut off is played as far as it goes
    file: PathBuf,
    /// Where to: an address, or auto for the groups of sACN universes (and 127.0.0.1 for Art-Net)
    #[arg(long, value_name = "IP[:PORT]|auto", default_value = "127.0.0.1")]
    target: To,
    /// Send from this address of the machine [default: any]
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// So many times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// The result as one JSON object
    #[arg(long)]
    json: bool,
}

fn stopped_by_hand() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    ctrlc::set_handler({
        let stop = stop.clone();
        move || stop.store(true, Ordering::Relaxed)
    })
    .context("Ctrl-C cannot be watched for")?;
    Ok(stop)
}

impl Record {
    pub(super) fn run(&self) -> Result<()> {
        let stop = stopped_by_hand()?;
        let port = |port: u16| (port > 0).then_some(port);
        let config = RecordConfig {
            bind: self.bind,
            artnet_port: port(self.artnet_port),
            sacn_port: port(self.sacn_port),
            universes: (1..=self.universes).collect(),
        };
        let end = Instant::now() + self.seconds.map_or(Duration::from_secs(31_536_000), super::wait);
        status::say(&format!("Recording into {}", self.file.display()));
        let recorded = record(&self.file, &config, &stop, end).map_err(refused)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &recorded)?;
            writeln!(out)?;
            return Ok(());
        }
        writeln!(
            out,
            "{} packets in {:.1} s, {:.1} MB in {}; {} dropped",
            recorded.packets,
            recorded.secs,
            recorded.bytes as f64 / 1e6,
            self.file.display(),
            recorded.dropped
        )?;
        if recorded.packets == 0 {
            writeln!(
                out,
                "Nothing was heard: look whether something is sent to this machine, and whether its firewall lets UDP ports 6454 and 5568 in"
            )?;
        }
        Ok(())
    }
}

impl Replay {
    pub(super) fn run(&self) -> Result<()> {
        let target = match self.target {
            To::Node(ip, port) => Target::To(ip, port),
            To::Auto | To::Multicast => Target::Groups,
            To::Broadcast(..) => return Err(refused("A recording is not sent to all: give the address of one device")),
        };
        let mut outlet = UdpOutlet::bind(self.bind).map_err(refused)?;
        let stop = stopped_by_hand()?;
        let mut out = std::io::stdout().lock();
        for _ in 0..self.times {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let mut reader = self.open()?;
            let done = replay(&mut reader, target, &mut outlet, &mut SystemTimer, &stop)?;
            if self.json {
                serde_json::to_writer_pretty(&mut out, &done)?;
                writeln!(out)?;
            } else {
                writeln!(
                    out,
                    "{} packets in {:.1} s, {} failed; the latest left {:.2} ms late",
                    done.packets, done.secs, done.failed, done.latest_ms
                )?;
            }
            if let Some(cut) = reader.cut {
                status::say(&format!("{}: {cut}", self.file.display()));
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Reader<BufReader<File>>> {
        let name = self.file.display();
        let part = part(&self.file);
        let file = File::open(&self.file).map_err(|error| {
            let hint = if part.exists() { format!(" A recording that was broken off is there: {}", part.display()) } else { String::new() };
            refused(format!("{name} cannot be opened: {error}.{hint}"))
        })?;
        Reader::open(BufReader::new(file)).map_err(|error| refused(format!("{name}: {error}")))
    }
}
