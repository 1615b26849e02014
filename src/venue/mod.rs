//! Fixtures, groups, tags and where they hang.

pub mod model;
