//! A library of real fixtures: indexed cold, opened warm, searched.
//!
//! `cargo bench --no-default-features --bench fixtures`; the library is the package `qlcplus-data`, or the folder in
//! `QLC_FIXTURES`.  Its files are copied (and some twice) until there are 1,700 of them.

#![expect(clippy::unwrap_used, reason = "a bench that cannot write its scratch folder has no figure to give")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use luma::venue::library::catalogue::Catalogue;
use luma::venue::library::folder;
use luma::venue::library::query::Query;
use luma::venue::library::sources::Places;

const N_FILES: usize = 1_700;
const QUERIES: [&str; 8] = [
    "robe",
    "kind:moving can:gobo channels:16",
    "maker:martin can:16bit",
    "can:rgb heads:>8",
    "par 7",
    "mode:extended channels:>20",
    "channels:16 kind:moving maker:robe",
    "",
];

fn main() {
    let package = std::env::var_os("QLC_FIXTURES").map_or_else(|| PathBuf::from("/usr/share/qlcplus/fixtures"), PathBuf::from);
    if !package.is_dir() {
        println!("the package qlcplus-data is not installed: nothing to measure");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let library = scratch.path().join("library");
    copy(&package, &library);
    let places = Places { own: scratch.path().join("own"), cache: scratch.path().join("cache"), system: vec![library] };
    let timed = |what: &str| {
        let begun = Instant::now();
        let catalogue = Catalogue::open(Some(&places));
        println!("{what}: {} files, {} read, {:.1} ms", catalogue.items.len(), catalogue.n_read, begun.elapsed().as_secs_f64() * 1e3);
        catalogue
    };
    timed("cold, no index");
    let catalogue = (0..5).fold(None, |_, _| Some(timed("warm"))).unwrap();
    for text in QUERIES {
        let begun = Instant::now();
        let mut n = 0;
        for _ in 0..100 {
            n = catalogue.search(&Query::parse(text).unwrap()).len();
        }
        println!("search \"{text}\": {n} found, {:.3} ms", begun.elapsed().as_secs_f64() * 10.0);
    }
}

fn copy(from: &Path, to: &Path) {
    let files = folder::walk(from).unwrap().files;
    for (n, file) in files.iter().cycle().take(N_FILES).enumerate() {
        let target = to.join(format!("{}/{}", n / files.len(), file.path));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(&file.path), target).unwrap();
    }
}
