//! See `bodies/selection.rs`.
#![no_main]

#[path = "../bodies/selection.rs"]
mod body;
#[path = "../../tests/harness/rig.rs"]
#[allow(dead_code)]
mod rig;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
