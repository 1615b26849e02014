//! See `bodies/sacn.rs`.
#![no_main]

#[path = "../bodies/sacn.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
