//! The venue's panels: what listens where, what hangs how, and who belongs together.

pub mod arrange;
pub mod bulk;
pub mod checks;
pub mod faders;
pub mod fixture;
pub mod groups;
pub mod highlight;
pub mod library;
pub mod patch;
pub mod universe;

use crate::registry::TableId;

const FIXTURES: TableId = TableId::Fixtures;
