//! See `bodies/gdtf.rs`.
#![no_main]

#[path = "../bodies/gdtf.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
