//! See `bodies/venue.rs`.
#![no_main]

#[path = "../bodies/venue.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
