//! See `bodies/qxf.rs`.
#![no_main]

#[path = "../bodies/qxf.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
