//! The demo's bytes at 200 instants, against `tests/snapshots/demo.txt`.
//!
//! One line per instant and universe: seconds, universe, and its bytes up to the last that is not 0 in hexadecimal, a run
//! of equal bytes as `xx*n`.  `UPDATE_SNAPSHOTS=1 cargo test --test golden` writes the file anew.

#![expect(clippy::unwrap_used, reason = "a snapshot that cannot be read has failed the test")]

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use luma::engine::rig::kind::{Channel, Drive};
use luma::engine::{Rig, Window};

const INSTANTS: usize = 200;
/// Steps that `sin` on another platform may move a value by.
const TOLERANCE: i32 = 1;

fn line(secs: f64, universe: u16, bytes: &[u8]) -> String {
    let mut line = format!("{secs:.4} {universe}");
    let used = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    for run in bytes[..used].chunk_by(|a, b| a == b) {
        match run {
            [byte] => write!(line, " {byte:02x}").unwrap(),
            [byte, ..] => write!(line, " {byte:02x}*{}", run.len()).unwrap(),
            [] => {}
        }
    }
    line
}

fn bytes(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for run in line.split(' ').skip(2) {
        let (byte, n) = run.split_once('*').unwrap_or((run, "1"));
        bytes.resize(bytes.len() + n.parse::<usize>().unwrap(), u8::from_str_radix(byte, 16).unwrap());
    }
    bytes.resize(512, 0);
    bytes
}

/// Channels of a universe that are the fine half of a value: a step of it is no step of its coarse byte.
fn fine_channels(rig: &Rig, universe: u16) -> Vec<Option<usize>> {
    let mut coarse_of = vec![None; 512];
    for fixture in rig.fixtures.iter().filter(|fixture| fixture.universe == universe) {
        let first = usize::from(fixture.address) - 1;
        let mut pair = |channel: &Channel| {
            if let Some(slot) = channel.fine.and_then(|fine| coarse_of.get_mut(first + usize::from(fine))) {
                *slot = Some(first + usize::from(channel.coarse));
            }
        };
        for function in &fixture.kind.functions {
            match &function.drive {
                Drive::Dimmer { channel, .. } | Drive::Pan { channel, .. } | Drive::Tilt { channel, .. } => pair(channel),
                Drive::Color { emitters, .. } => emitters.iter().for_each(|(_, channel)| pair(channel)),
                Drive::Zoom { channel, .. } | Drive::Focus { channel, .. } | Drive::Iris { channel, .. } | Drive::Frost { channel, .. } => {
                    pair(channel);
                }
                _ => {}
            }
        }
    }
    coarse_of
}

#[test]
fn the_demo_sends_the_bytes_it_always_sent() {
    let program = harness::shows::demo_program();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/demo.txt");
    let end = program.layers.iter().map(|layer| layer.end).fold(0.0, f64::max);
    let mut got = Vec::new();
    for instant in 0..INSTANTS {
        // Off the beat grid, so that no instant stands on the edge of an annotation or a pulse.
        let to = ((instant as f64 + 0.37) * end / INSTANTS as f64 * 1e4).round() / 1e4;
        let dmx = harness::shows::bytes(&program, Window::ending(to, 1.0 / 44.0));
        got.extend(dmx.universes().map(|universe| (universe.number, line(to, universe.number, universe.bytes))));
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let text: String = got.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
        fs::write(&path, text).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let want: Vec<&str> = text.lines().collect();
    assert_eq!(want.len(), got.len(), "lines in {}", path.display());
    for (want, (universe, got)) in want.iter().zip(&got) {
        let head = |line: &str| line.splitn(3, ' ').take(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(head(want), head(got));
        let place = head(want).join(" s, universe ");
        let (want, got, coarse_of) = (bytes(want), bytes(got), fine_channels(&program.rig, *universe));
        for channel in 0..512 {
            let value = |bytes: &[u8]| i32::from(bytes[channel]) + coarse_of[channel].map_or(0, |coarse| i32::from(bytes[coarse]) * 256);
            let is_coarse = coarse_of.contains(&Some(channel));
            // A coarse byte is judged together with its fine one.
            if !is_coarse && (value(&want) - value(&got)).abs() > TOLERANCE {
                panic!("{place}, channel {}: {} was sent, it was {}", channel + 1, got[channel], want[channel]);
            }
        }
    }
}
