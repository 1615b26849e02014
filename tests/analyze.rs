//! `luma analyze` as another program sees it: files in, JSON out, words for what cannot be read.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use luma::tracks::decode::decode;
use luma::tracks::wav;
use serde_json::Value as Json;
use tempfile::TempDir;

/// 31 beats at 126 BPM from 0.4 s on, in five codings of one sound.
const CLICKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clicks");

fn analyze(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luma")).env("LUMA_DB", "/tmp/none/none.db").arg("analyze").args(arguments).output().unwrap()
}

fn json(path: PathBuf) -> Json {
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

fn times(json: &Json, key: &str) -> Vec<f64> {
    json[key].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect()
}

#[test]
fn one_click_track_has_the_same_beats_in_every_coding() {
    let folder = TempDir::new().unwrap();
    let sound = decode(&Path::new(CLICKS).join("clicks.flac")).unwrap().sound;
    fs::write(folder.path().join("clicks.wav"), wav::bytes(&sound.frames, sound.rate_hz)).unwrap();
    let coded = ["mp3", "m4a", "ogg", "flac"].map(|coding| Path::new(CLICKS).join(format!("clicks.{coding}")));
    let (plain, out) = (folder.path().join("clicks.wav"), folder.path().join("json"));
    let mut arguments: Vec<&Path> = coded.iter().map(PathBuf::as_path).collect();
    arguments.extend([plain.as_path(), Path::new("--json"), out.as_path()]);
    let output = analyze(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for coding in ["mp3", "m4a", "ogg", "flac", "wav"] {
        let found = json(out.join(format!("clicks.{coding}.json")));
        let beats = times(&found, "beats");
        assert_eq!(beats.len(), 31, "{coding}");
        for (beat, secs) in beats.iter().enumerate() {
            let truth = 0.4 + beat as f64 * 60.0 / 126.0;
            assert!((secs - truth).abs() < 0.002, "{coding}: beat {beat} is at {secs}, not {truth}");
        }
        assert_eq!(found["bpm"], 126.0, "{coding}");
        assert!((found["duration"].as_f64().unwrap() - 16.0).abs() < 0.001, "{coding}: no delay, no padding");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_others_go_on() {
    let folder = TempDir::new().unwrap();
    let (broken, gone, out) = (folder.path().join("broken.mp3"), folder.path().join("gone.flac"), folder.path().join("json"));
    fs::write(&broken, "not a sound").unwrap();
    let good = Path::new(CLICKS).join("clicks.ogg");
    let output = analyze(&[&broken, &good, &gone, Path::new("--json"), &out]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(
        words.contains("broken.mp3 is not a sound file") && words.contains("there is no file") && words.contains("gone.flac"),
        "{words}"
    );
    assert_eq!(json(out.join("clicks.json"))["bpm"], 126.0);
    let names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["clicks.json"], "nothing half-written is left");
}

#[test]
fn a_models_folder_that_is_missing_empty_or_wrong_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let (empty, wrong) = (folder.path().join("empty"), folder.path().join("wrong"));
    fs::create_dir_all(&empty).unwrap();
    fs::create_dir_all(&wrong).unwrap();
    fs::write(wrong.join("beat_this.onnx"), b"no model at all").unwrap();
    let clicks = Path::new(CLICKS).join("clicks.ogg");
    let run = |name: &str, models: Option<&Path>| {
        let out = folder.path().join(name);
        let mut arguments = vec![clicks.as_path(), Path::new("--json"), out.as_path()];
        if let Some(models) = models {
            arguments.extend([Path::new("--models"), models]);
        }
        let output = analyze(&arguments);
        assert!(output.status.success());
        let mut found = json(out.join("clicks.json"));
        found["cpu_s"] = 0.into();
        (found, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (plain, _) = run("plain", None);
    for (name, models, said) in
        [("a", folder.path().join("none"), "cannot be read"), ("b", empty, "is empty"), ("c", wrong, "beat_this.onnx is not used")]
    {
        let (found, words) = run(name, Some(&models));
        assert_eq!(found, plain, "{name}");
        assert!(words.contains(said), "{words}");
    }
}

#[test]
fn stems_add_up_to_the_sound() {
    let folder = TempDir::new().unwrap();
    let (clicks, out) = (Path::new(CLICKS).join("clicks.flac"), folder.path().join("json"));
    assert!(analyze(&[&clicks, Path::new("--json"), &out, Path::new("--stems")]).status.success());
    let found = json(out.join("clicks.json"));
    let mix = decode(&clicks).unwrap().sound.frames;
    let stems =
        ["drums", "bass", "vocals", "other"].map(|stem| decode(Path::new(found["stems"][stem].as_str().unwrap())).unwrap().sound.frames);
    for (at, frame) in mix.iter().enumerate() {
        let sum: f32 = stems.iter().map(|stem| stem[at][0]).sum();
        assert!((sum - frame[0]).abs() < 1e-5, "sample {at}: {sum} is not {}", frame[0]);
    }
}
