//! Patterns on the desk: the list of them, and the graph of one.

pub mod args;
pub mod graph;
pub mod list;
