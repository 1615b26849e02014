//! What is told to the person at the terminal while something runs.

#![expect(clippy::print_stderr, reason = "this is where the command line speaks")]

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// One line to standard error.
pub(super) fn say(line: &str) {
    eprintln!("{line}");
}

/// A line that is written over and over on a terminal, and now and then elsewhere.
pub(super) struct Live {
    terminal: bool,
    width: usize,
    /// When a log file gets its next line.
    next: Instant,
}

/// Between two status lines in a log file.
const LOG_EVERY: Duration = Duration::from_secs(2);

impl Live {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), width: 0, next: Instant::now() }
    }

    /// Shows the line.  A log file gets one every two seconds, so that it stays readable.
    pub(super) fn show(&mut self, line: &str) {
        if self.terminal {
            let pad = self.width.saturating_sub(line.chars().count());
            self.width = line.chars().count();
            let mut stderr = std::io::stderr().lock();
            // A terminal that went away is no reason to stop the show.
            write!(stderr, "\r{line}{}", " ".repeat(pad)).and_then(|()| stderr.flush()).unwrap_or_default();
        } else if Instant::now() >= self.next {
            self.next = Instant::now() + LOG_EVERY;
            say(line);
        }
    }

    /// Ends the line, so that what follows stands on its own.
    pub(super) fn finish(&mut self) {
        if self.terminal && self.width > 0 {
            say("");
            self.width = 0;
        }
    }
}
