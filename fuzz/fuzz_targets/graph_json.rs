//! See `bodies/graph_json.rs`.  Inputs are changed as graphs, not as bytes: most are graphs that run.
#![no_main]

#[path = "../bodies/graph_json.rs"]
mod body;
#[path = "../../tests/harness/graphs.rs"]
#[allow(dead_code)]
mod graphs;
#[path = "../mutate.rs"]
mod mutate;
#[path = "../../tests/harness/rig.rs"]
#[allow(dead_code)]
mod rig;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| mutate::mutate(data, size, max_size, seed));
