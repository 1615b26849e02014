//! The library: one `SQLite` file, `luma.db`, one writer, and everything that keeps it whole.
//!
//! ```text
//! Document::edit ─Commit─▶ Store::commit ─▶ queue ─▶ thread "store": one SQL transaction each ─▶ luma.db
//!                            (returns at once)              │ waits while the disk is away       ├ luma.db.lock
//! Store::status ◀───────────────────────────────────────────┘                                    ├ backups/
//!                                                                                                └ state.db (sign-in)
//! ```
//! - [`start()`] opens for writing, [`read()`] only to look.
//! - A commit is on the disk, synced, before [`Status::saved`] counts it.
//! - Nothing handed in is dropped: what the disk cannot take waits, what the database refuses is kept as text.
//! - Edits that wait live as long as the process.  Who quits while the disk is away is told what is not saved.
//!
//! The file itself: [`open`] migrates it, [`rows`] reads and writes rows by the [`registry`](crate::registry), and
//! [`derived`] sees to the triggers that capture every change for sync and to the views under the names that other
//! programs know.
//!
//! [`portable`] is the other way out and in: whole shows and parts of them as files.  [`legacy`] reads what the predecessor left.
//!
//! - The tables are made by `migrations/`, forward only; `migrations/README.md` says where each item of the seeds is.
//! - What is generated from the registry (capture triggers, `<table>_sync` views) is in no migration: it is compared with
//!   the file whenever that is opened and made anew where it differs, so that no rebuilt table can lose its triggers.
//! - Numbers are bound and read as the bits they are.  No text form of a REAL stands between a record and its row; in the
//!   images that triggers make, 17 digits do (see [`image`]).

pub mod backup;
mod batch;
pub mod capture;
pub mod derived;
mod error;
mod file;
mod handle;
pub mod health;
mod heard;
pub mod image;
pub mod legacy;
mod link;
mod load;
mod lock;
pub mod migrate;
pub mod open;
#[cfg(feature = "desktop")]
pub mod panel;
pub mod paths;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod portable;
mod queue;
mod read;
mod refused;
pub mod rows;
mod salvage;
mod scan;
pub mod stamp;
mod start;
mod trouble;
pub mod typing;
pub mod upkeep;
pub mod views;
mod worker;
mod write;

pub use batch::CommitNo;
pub use error::StoreError;
pub use handle::Store;
pub use heard::Shelf;
pub use lock::{Lock, holder};
pub use queue::Status;
pub use read::read;
pub use start::{Hook, Opened, Options, start};
pub use trouble::NotSaved;
