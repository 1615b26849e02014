//! See `bodies/sacn.rs`.
#![no_main]

#[path = "../bodies/sacn.rs"]
mod body;
#[path = "../bodies/datagrams.rs"]
mod datagrams;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
