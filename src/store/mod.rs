//! The library: one `SQLite` file, one writer, and everything that keeps it whole.
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

pub mod backup;
mod batch;
pub mod derived;
mod error;
mod file;
mod handle;
pub mod health;
mod link;
mod load;
mod lock;
pub mod migrate;
pub mod open;
pub mod paths;
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
mod worker;
mod write;

pub use batch::CommitNo;
pub use error::StoreError;
pub use handle::Store;
pub use lock::{Lock, holder};
pub use queue::Status;
pub use read::read;
pub use start::{Hook, Opened, Options, start};
pub use trouble::NotSaved;
