//! See `bodies/artnet.rs`.
#![no_main]

#[path = "../bodies/artnet.rs"]
mod body;
#[path = "../bodies/datagrams.rs"]
mod datagrams;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
