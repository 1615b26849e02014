//! The engine's specification, sentence by sentence: each module is a chapter, each test a sentence or a few.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

#[path = "../harness/mod.rs"]
mod harness;

mod bounds;
mod colour;
mod compiling;
mod layers;
mod movement;
mod music;
mod rig;
mod selections;
mod signals;
mod sinks;
mod space;
