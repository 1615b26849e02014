//! What is told to the person at the terminal while something runs.

#![expect(clippy::print_stderr, reason = "this is where the command line speaks")]

use std::io::{IsTerminal, Write};

/// One line to standard error.
pub(super) fn say(line: &str) {
    eprintln!("{line}");
}

/// A line that is written over and over on a terminal, and now and then elsewhere.
pub(super) struct Live {
    terminal: bool,
    width: usize,
    lines: u64,
}

impl Live {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), width: 0, lines: 0 }
    }

    /// Shows the line.  A log file gets one of eight, so that it stays readable.
    pub(super) fn show(&mut self, line: &str) {
        self.lines += 1;
        if self.terminal {
            let pad = self.width.saturating_sub(line.chars().count());
            self.width = line.chars().count();
            let mut stderr = std::io::stderr().lock();
            // A terminal that went away is no reason to stop the show.
            write!(stderr, "\r{line}{}", " ".repeat(pad)).and_then(|()| stderr.flush()).unwrap_or_default();
        } else if self.lines % 8 == 1 {
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
