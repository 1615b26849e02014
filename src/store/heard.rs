//! Where the analysis keeps what it found: `analysis_cache` by the file's content, and the seeds' tables by track.
//!
//! A result stands under its asset (a sound by its content) and processor, with the version that made it; another version's
//! result is none.  Chord logits are a file of 32-bit floats beside the library, `logits/HASH.f32`, and not in the row.
//!
//! What could not be listened to is a setting of this device, `analysis_failed:HASH`, until it can.
//!
//! Reading waits for the disk: for the thread that listens, not for panels.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value as Json, json};
use sqlx::SqlitePool;
use uuid::Uuid;

use super::batch::Batch;
use super::queue::Queue;
use super::{handle, paths};
use crate::analysis::listener::{Failed, Heard, Keep};
use crate::analysis::plan::Plan;
use crate::analysis::rows;
use crate::analysis::worker::Cache;
use crate::files;
use crate::registry::{Row, TableId, Value};

/// How long a result that was just handed in may take to be on the disk before it is made again.
const PATIENCE: Duration = Duration::from_millis(500);
/// The processor whose result holds logits, and where in it.
const CHORDS: &str = "chords";
const LOGITS: &str = "logits";

/// What listening keeps in an open library.
#[derive(Clone)]
pub struct Shelf {
    pub(super) path: PathBuf,
    pub(super) queue: Arc<Queue>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) readers: SqlitePool,
    /// Assets that are known to be there.
    pub(super) known: Arc<Mutex<std::collections::BTreeSet<String>>>,
}

impl Shelf {
    /// Where a track's chord logits lie.
    fn logits(&self, hash: &str) -> PathBuf {
        paths::logits(&self.path).join(format!("{hash}.f32"))
    }

    fn one(&self, table: TableId, id: Uuid) -> Option<Row> {
        let id = Value::from(id);
        let read = || handle::rows(&self.runtime, &self.readers, &self.path, table, "id", &id).ok()?.pop();
        read().or_else(|| {
            // It may still be on its way to the disk.
            let waits = self.queue.status().waiting > 0;
            (waits && self.queue.wait_saved(PATIENCE).is_ok()).then(read).flatten()
        })
    }

    /// The asset's id, and its row where it is not there yet.
    fn asset(&self, hash: &str) -> (Uuid, Option<Row>) {
        let id = TableId::Assets.natural_id(&[Uuid::nil().into(), hash.into()]);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.insert(hash.to_owned()) || self.one(TableId::Assets, id).is_some() {
            return (id, None);
        }
        (id, Row::new(TableId::Assets, [("id", id.into()), ("file_hash", hash.into())]).ok())
    }

    fn put_rows(&self, rows: Vec<Row>) {
        self.queue.push(Batch::of_derived(rows));
    }
}

/// The row of one processor's result.
fn cache_id(hash: &str, processor: &str) -> Uuid {
    let asset = TableId::Assets.natural_id(&[Uuid::nil().into(), hash.into()]);
    TableId::AnalysisCache.natural_id(&[asset.into(), processor.into()])
}

impl Cache for Shelf {
    fn get(&self, hash: &str, processor: &str, version: u32) -> Option<Json> {
        let row = self.one(TableId::AnalysisCache, cache_id(hash, processor))?;
        if row.int("processor_version").ok()? != i64::from(version) {
            return None;
        }
        let mut result: Json = row.json("result_json").ok()?;
        if processor == CHORDS {
            // Without its file the result is not whole.
            let bytes = std::fs::read(self.logits(hash)).ok()?;
            result.as_object_mut()?.insert(LOGITS.into(), BASE64.encode(bytes).into());
        }
        Some(result)
    }

    fn put(&self, hash: &str, processor: &str, version: u32, result: &Json) {
        let mut result = result.clone();
        if processor == CHORDS
            && let Some(text) = result.as_object_mut().and_then(|result| result.insert(LOGITS.into(), json!("")))
        {
            let bytes = text.as_str().and_then(|text| BASE64.decode(text).ok()).unwrap_or_default();
            if write(&self.logits(hash), &bytes).is_err() {
                return;
            }
        }
        let (asset, new) = self.asset(hash);
        let row = Row::new(
            TableId::AnalysisCache,
            [
                ("id", cache_id(hash, processor).into()),
                ("asset_id", asset.into()),
                ("method", processor.into()),
                ("result_json", result.to_string().into()),
                ("processor_version", i64::from(version).into()),
            ],
        );
        if let Ok(row) = row {
            self.put_rows(new.into_iter().chain([row]).collect());
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    files::write_atomic(path, bytes)
}

/// The setting of a track that failed.
fn failure_key(hash: &str) -> String {
    format!("analysis_failed:{hash}")
}

impl Keep for Shelf {
    fn failure(&self, hash: &str) -> Option<Failed> {
        serde_json::from_str(&self.queue.setting(&failure_key(hash))?).ok()
    }

    fn set_failure(&self, hash: &str, failed: Option<&Failed>) {
        let (key, value) = (failure_key(hash), failed.and_then(|failed| serde_json::to_string(failed).ok()));
        if self.queue.setting(&key) != value {
            self.queue.push(Batch::of_setting(key, value));
        }
    }

    fn finished(&self, heard: &Heard, plan: &Plan) {
        let beats = TableId::TrackBeats.natural_id(&[heard.track.into()]);
        let stands = || {
            let row = self.one(TableId::TrackBeats, beats)?;
            (row.int("processor_version").ok()? == i64::from(plan.version("beats"))).then_some(())
        };
        if !heard.is_new && stands().is_some() {
            return;
        }
        let logits = self.logits(&heard.hash);
        let logits = logits.exists().then(|| logits.to_string_lossy().into_owned());
        if let Ok(rows) = rows::rows(heard.track, &heard.analysis, plan, logits.as_deref()) {
            self.put_rows(rows);
        }
    }
}
