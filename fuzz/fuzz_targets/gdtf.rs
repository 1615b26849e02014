//! See `bodies/gdtf.rs`.
#![no_main]

#[path = "../bodies/gdtf.rs"]
mod body;
#[path = "../bodies/qxf.rs"]
#[allow(dead_code)]
mod qxf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
