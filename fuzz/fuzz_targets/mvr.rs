//! See `bodies/mvr.rs`.
#![no_main]

#[path = "../bodies/mvr.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
