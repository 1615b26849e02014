//! The frame log: which window of the show every sent frame stood for, as JSON lines.
//!
//! `{"t_ms":…, "from":…, "to":…, "sent":{"1":sequence, …}}`, one line a beat on which anything left.  Numbers are printed so
//! that they read back as the very same `f64`.  `from` and `to` are null where darkness was sent for want of a show;
//! `"exit":true` marks the last frames, which may have been darkened.
//!
//! Pure: the thread that writes is in [`super::worker`].

use serde::Serialize;
use serde_json::{Map, Value};

use crate::engine::Window;

/// One universe of one beat, small enough to be handed over without allocating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    pub tick: u64,
    pub t_ms: f64,
    pub window: Option<Window>,
    pub exit: bool,
    pub universe: u16,
    pub sequence: u8,
}

#[derive(Serialize)]
struct Line {
    t_ms: f64,
    from: Option<f64>,
    to: Option<f64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exit: bool,
    sent: Map<String, Value>,
}

/// Gathers the records of a beat into its line.
#[derive(Default)]
pub struct Lines {
    open: Option<(u64, Line)>,
}

impl Lines {
    /// The line of the beat before, once a record of another beat comes.
    pub fn push(&mut self, record: Record) -> Option<String> {
        let done = if self.open.as_ref().is_some_and(|(tick, _)| *tick != record.tick) { self.finish() } else { None };
        let line = || Line {
            t_ms: record.t_ms,
            from: record.window.map(|window| window.from),
            to: record.window.map(|window| window.to),
            exit: record.exit,
            sent: Map::new(),
        };
        let (_, line) = self.open.get_or_insert_with(|| (record.tick, line()));
        line.sent.insert(record.universe.to_string(), record.sequence.into());
        done
    }

    pub fn finish(&mut self) -> Option<String> {
        let (_, line) = self.open.take()?;
        let mut text = serde_json::to_string(&line).ok()?;
        text.push('\n');
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_a_beat_and_its_numbers_read_back_exactly() {
        let window = Window { from: 0.1 + 0.2, to: 1.0 / 3.0 };
        let record = |tick, universe, sequence| Record { tick, t_ms: 12.5, window: Some(window), exit: false, universe, sequence };
        let mut lines = Lines::default();
        assert_eq!(lines.push(record(7, 1, 3)), None);
        assert_eq!(lines.push(record(7, 2, 9)), None);
        let line = lines.push(Record { window: None, exit: true, ..record(8, 1, 4) }).unwrap();
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((read["from"].as_f64(), read["to"].as_f64()), (Some(window.from), Some(window.to)));
        assert_eq!(read["sent"], serde_json::json!({"1": 3, "2": 9}));
        assert_eq!(lines.finish().unwrap(), "{\"t_ms\":12.5,\"from\":null,\"to\":null,\"exit\":true,\"sent\":{\"1\":4}}\n");
        assert_eq!(lines.finish(), None);
    }
}
