//! The file that everything is kept in: one `SQLite` database, `luma.db`.
//!
//! [`open`] makes and migrates it, [`rows`] reads and writes rows by the [`registry`](crate::registry), and [`derived`] sees to
//! the triggers that capture every change for sync and to the views under the names that other programs know.
//!
//! [`portable`] is the other way out and in: whole shows and parts of them as files.  [`legacy`] reads what the predecessor left.
//!
//! - The tables are made by `migrations/`, forward only; `migrations/README.md` says where each item of the seeds is.
//! - What is generated from the registry (capture triggers, `<table>_sync` views) is in no migration: it is compared with
//!   the file whenever that is opened and made anew where it differs, so that no rebuilt table can lose its triggers.
//! - Numbers are bound and read as the bits they are.  No text form of a REAL stands between a record and its row; in the
//!   images that triggers make, 17 digits do (see [`image`]).

pub mod capture;
pub mod derived;
pub mod image;
pub mod legacy;
pub mod migrate;
pub mod open;
pub mod portable;
pub mod rows;
pub mod views;
