//! tshark on the loopback: what an analyser that we did not write reads in our packets.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Ends the process when the test does.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(|_| ()).unwrap_or_default();
    }
}

/// A line of tab-separated `fields` for every packet to `port`, told by `dissect` what the packets are.
///
/// `None` where tshark is missing or may not capture.
pub(crate) fn capture(port: u16, dissect: &[&str], fields: &[&str]) -> Option<(Running, BufReader<ChildStdout>)> {
    let mut command = Command::new("tshark");
    command.args(["-i", "lo", "-l", "-n"]).args(dissect).args(["-f", &format!("udp dst port {port}"), "-T", "fields"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    let stdout = BufReader::new(child.stdout.take()?);
    let mut stderr = BufReader::new(child.stderr.take()?);
    let running = Running(child);
    // It says "Capturing on" once it does, and something else when it may not.
    let mut line = String::new();
    while stderr.read_line(&mut line).ok()? > 0 {
        if line.contains("Capturing on") {
            std::thread::Builder::new().spawn(move || std::io::copy(&mut stderr, &mut std::io::sink())).ok()?;
            return Some((running, stdout));
        }
        if line.contains("permission") {
            break;
        }
    }
    None
}
