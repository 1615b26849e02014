//! The wire into a file and out of it again: byte for byte, in time, and whatever becomes of the process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use luma::output::pattern::Pattern;
use luma::output::recording::{Packet, Reader};
use luma::output::routes::{Protocol, Route, Routes, To};
use luma::output::worker::record::{RecordConfig, part, record};
use luma::output::worker::{Output, OutputConfig};

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Sends Art-Net and sACN of four universes.
fn send_to(artnet: u16, sacn: u16) -> Output {
    let to = |port| To::Node(Ipv4Addr::LOCALHOST, Some(port));
    let routes = Routes::of(vec![Route::artnet(to(artnet)), Route::sacn(to(sacn))]);
    let config = OutputConfig { routes, universes_when_empty: vec![1, 2, 3, 4], ..OutputConfig::default() };
    Output::start_with(config, |_| Pattern::new(vec![1, 2, 3, 4], true)).unwrap()
}

fn packets(path: &Path) -> (Vec<Packet>, Option<luma::output::recording::Cut>) {
    let mut reader = Reader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    let packets = std::iter::from_fn(|| reader.packet().unwrap()).collect();
    (packets, reader.cut)
}

/// Plays a file through the command line; what came, and when.
fn replayed(path: &Path) -> Vec<(Instant, Vec<u8>)> {
    let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
    sink.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut luma = Command::new(env!("CARGO_BIN_EXE_luma"));
    luma.args(["output", "replay", "--target", &sink.local_addr().unwrap().to_string()]).arg(path);
    let mut running = luma.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut heard = Vec::new();
    let mut bytes = [0; 2048];
    loop {
        match sink.recv(&mut bytes) {
            Ok(length) => heard.push((Instant::now(), bytes[..length].to_vec())),
            Err(_nothing_more) if running.try_wait().unwrap().is_some() => break,
            Err(_nothing_yet) => {}
        }
    }
    assert!(running.wait().unwrap().success());
    heard
}

#[test]
fn a_stream_is_recorded_and_replayed_byte_for_byte_and_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.wire");
    let (artnet, sacn) = (free_port(), free_port());
    let config = RecordConfig { bind: Ipv4Addr::LOCALHOST, artnet_port: Some(artnet), sacn_port: Some(sacn), universes: Vec::new() };
    let stop = Arc::new(AtomicBool::new(false));
    let recording = {
        let (path, stop) = (path.clone(), stop.clone());
        let end = Instant::now() + Duration::from_secs(60);
        std::thread::Builder::new().spawn(move || record(&path, &config, &stop, end).unwrap()).unwrap()
    };
    let waiting = Instant::now() + harness::PATIENCE;
    while !part(&path).exists() {
        assert!(Instant::now() < waiting);
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = send_to(artnet, sacn);
    std::thread::sleep(Duration::from_millis(1500));
    let stats = output.stop().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    stop.store(true, Ordering::Release);
    let recorded = recording.join().unwrap();
    assert!(!part(&path).exists(), "it has its own name now");
    let (kept, cut) = packets(&path);
    assert_eq!((kept.len() as u64, recorded.packets, recorded.dropped, cut), (stats.packets, stats.packets, 0, None));
    let of = |protocol| kept.iter().filter(|packet| packet.protocol == protocol).count();
    assert!(of(Protocol::ArtNet) > 100 && of(Protocol::Sacn) > 100);
    assert!(kept.iter().all(|packet| *packet.from.ip() == Ipv4Addr::LOCALHOST && packet.from.port() > 0));

    let heard = replayed(&path);
    assert_eq!(heard.iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(), kept.iter().map(|packet| &packet.bytes).collect::<Vec<_>>());
    // In time: how far each lies behind its place, as long as a busy machine lets us see it.
    let mut late: Vec<f64> = heard
        .iter()
        .zip(&kept)
        .map(|((at, _), packet)| (*at - heard[0].0).as_secs_f64() - (packet.at - kept[0].at).as_secs_f64())
        .collect();
    late.sort_by(f64::total_cmp);
    assert!(late[late.len() / 2].abs() < 0.05 && late[0] > -0.2, "{late:?}");
}

#[test]
fn a_recording_whose_program_was_killed_is_played_up_to_its_last_whole_packet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.wire");
    let port = free_port();
    let mut luma = Command::new(env!("CARGO_BIN_EXE_luma"));
    luma.args(["output", "record", "--bind", "127.0.0.1", "--sacn-port", "0", "--artnet-port", &port.to_string()]).arg(&path);
    let mut running = luma.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let waiting = Instant::now() + harness::PATIENCE;
    while !part(&path).exists() {
        assert!(Instant::now() < waiting);
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = send_to(port, free_port());
    while std::fs::metadata(part(&path)).unwrap().len() < 40_000 {
        assert!(Instant::now() < waiting);
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    drop(output);
    assert!(!path.exists());
    let hint = Command::new(env!("CARGO_BIN_EXE_luma")).args(["output", "replay"]).arg(&path).output().unwrap();
    assert!(String::from_utf8_lossy(&hint.stderr).contains("cut.wire.part"), "it says where the rest is");
    let (kept, _) = packets(&part(&path));
    assert!(kept.len() > 40);
    // And cut in the middle of a packet.
    let bytes = std::fs::read(part(&path)).unwrap();
    let torn = folder.path().join("torn.wire");
    std::fs::write(&torn, &bytes[..bytes.len() - 100]).unwrap();
    let heard = replayed(&torn);
    let wanted = packets(&torn).0;
    assert!(wanted.len() < kept.len() + 1 && !wanted.is_empty());
    assert_eq!(
        heard.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(),
        wanted.into_iter().map(|packet| packet.bytes).collect::<Vec<_>>()
    );
}

#[test]
fn what_is_no_recording_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    std::fs::write(&path, b"RIFF....WAVEfmt and so on, and longer than a head").unwrap();
    for (path, words) in [(path, "it is no recording"), (folder.path().join("none"), "cannot be opened")] {
        let output = Command::new(env!("CARGO_BIN_EXE_luma")).args(["output", "replay"]).arg(path).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains(words), "{told}");
    }
}
