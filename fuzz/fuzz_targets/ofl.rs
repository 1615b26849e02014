//! See `bodies/ofl.rs`.
#![no_main]

#[path = "../bodies/ofl.rs"]
mod body;
#[path = "../bodies/qxf.rs"]
mod qxf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
