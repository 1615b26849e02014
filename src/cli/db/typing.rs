//! `luma db type`: edits at random and tells what is saved, for the tests that kill it and take its disk away.
//!
//! One line a change: `typed N`, `saved N`, `trouble WORDS`, `well`.  On end of input it closes, and says `closed`.

use std::io::{Read, Write, stdin, stdout};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::cli::{refused, status as terminal};
use crate::store::typing::Typist;
use crate::store::{self, Options};

#[derive(Args)]
pub(super) struct Type {
    #[arg(long, default_value = "1")]
    seed: u64,
    /// Edits a second; 0 for as many as can be
    #[arg(long, default_value = "200")]
    rate: u32,
    /// Stop typing after so many edits
    #[arg(long)]
    edits: Option<u64>,
    /// Between two backups
    #[arg(long, value_name = "MS", default_value = "600000")]
    backup_ms: u64,
}

impl Type {
    pub(super) fn run(&self, library: &Path) -> Result<()> {
        let options = Options { backup_every: Duration::from_millis(self.backup_ms.max(1)), ..Options::default() };
        let (store, mut opened) = store::start(library, options).map_err(refused)?;
        opened.notices.iter().for_each(|notice| terminal::say(notice));
        let ended = Arc::new(AtomicBool::new(false));
        let at_end = ended.clone();
        std::thread::Builder::new().name("input".into()).spawn(move || {
            let mut nothing = Vec::new();
            // An input that breaks has ended too.
            stdin().read_to_end(&mut nothing).map(drop).unwrap_or_default();
            at_end.store(true, Ordering::Relaxed);
        })?;
        let mut typist = Typist::new(self.seed);
        let pause = Duration::from_secs(1).checked_div(self.rate).unwrap_or_default();
        let mut out = stdout().lock();
        let (mut typed, mut saved, mut trouble) = (0, 0, None);
        while !ended.load(Ordering::Relaxed) {
            if self.edits.is_none_or(|edits| typed < edits)
                && let Some(commit) = typist.next(&mut opened.document)
            {
                typed = store.commit(commit).0;
                writeln!(out, "typed {typed}")?;
            }
            let status = store.status();
            if status.saved.0 > saved {
                saved = status.saved.0;
                writeln!(out, "saved {saved}")?;
            }
            if status.trouble != trouble {
                trouble = status.trouble;
                writeln!(out, "{}", trouble.as_ref().map_or_else(|| "well".into(), |words| format!("trouble {words}")))?;
            }
            out.flush()?;
            std::thread::sleep(if self.edits.is_some_and(|edits| typed >= edits) { Duration::from_millis(5) } else { pause });
        }
        store.close(Duration::from_secs(5)).map_err(refused)?;
        writeln!(out, "closed")?;
        Ok(())
    }
}
