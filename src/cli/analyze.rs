//! `luma analyze`: what is heard in sound files, as JSON that other programs read.
//!
//! One file after the other, each on its own: one that cannot be read is told and the rest go on.  Every file that is
//! written appears whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use super::refused;
use super::status::{Live, say};
use crate::analysis;
use crate::analysis::follow::Followed;
use crate::analysis::intake::Intake;
use crate::analysis::report::Report;
use crate::analysis::stems;
use crate::engine::track::Stem;
use crate::files;
use crate::tracks::decode::Take;
use crate::tracks::model::Sound;
use crate::tracks::{decode, wav};

#[derive(Args)]
pub(super) struct Analyze {
    /// Sound files: mp3, flac, ogg vorbis, wav, aiff, m4a
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write FILE.json for each
    #[arg(long, value_name = "DIR")]
    json: PathBuf,
    /// Split each into drums, bass, vocals and other as well: wav files that add up to the original
    #[arg(long)]
    stems: bool,
    /// Say as well which beats a live follower would have said, fed with each file as if it were just played
    #[arg(long)]
    follow: bool,
    /// A folder of models to be used instead of the built-in analysis, where they fit
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

impl Analyze {
    pub(super) fn run(&self) -> Result<()> {
        fs::create_dir_all(&self.json).map_err(|error| refused(format!("{} cannot be made: {error}", self.json.display())))?;
        if let Some(folder) = &self.models {
            about_models(folder).iter().for_each(|line| say(line));
        }
        let names = names(&self.files);
        let mut live = Live::new();
        let mut n_failed = 0;
        for (at, (file, name)) in self.files.iter().zip(&names).enumerate() {
            let outcome = self.analyse(file, name, &mut |stage| {
                live.show(&format!(
                    "{} {:3.0} %  {}: {stage}",
                    bar(at, self.files.len()),
                    100.0 * at as f64 / self.files.len() as f64,
                    file.display()
                ));
            });
            match outcome {
                Ok(warnings) => warnings.iter().for_each(|warning| {
                    live.finish();
                    say(warning);
                }),
                Err(error) => {
                    n_failed += 1;
                    live.finish();
                    say(&format!("luma: {error:#}"));
                }
            }
        }
        live.show(&format!("{} 100 %  {} of {} files analysed", bar(1, 1), self.files.len() - n_failed, self.files.len()));
        live.finish();
        if n_failed > 0 {
            return Err(refused(format!("{n_failed} of {} files could not be analysed", self.files.len())));
        }
        Ok(())
    }

    fn analyse(&self, file: &Path, name: &str, stage: &mut dyn FnMut(&str)) -> Result<Vec<String>> {
        let clock = Clock::start();
        stage("reading");
        let mut taking =
            Taking { intake: Intake::default(), follows: self.follow, followed: None, keeps: self.stems, sound: Sound::default() };
        let told = decode::stream(file, &mut taking)?;
        let Taking { mut intake, followed, sound, .. } = taking;
        intake.finish();
        stage("listening");
        let findings = analysis::find_in(intake);
        let mut report = Report::new(&findings, clock.secs());
        if let Some(followed) = followed {
            report = report.with_followed(followed.beats());
        }
        if self.stems {
            stage("separating");
            report = report.with_stems(self.separate(&sound, findings.track.drums.as_ref(), name)?);
        }
        stage("writing");
        let path = self.json.join(format!("{name}.json"));
        let bytes = serde_json::to_vec(&report)?;
        files::write_atomic(&path, &bytes).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(told.warnings.iter().map(ToString::to_string).collect())
    }

    fn separate(&self, sound: &Sound, drums: Option<&[Vec<f64>; 3]>, name: &str) -> Result<BTreeMap<&'static str, String>> {
        let split = stems::split(&sound.frames, sound.rate_hz, drums);
        let mut written = BTreeMap::new();
        for (stem, frames) in Stem::ALL.into_iter().zip(&split) {
            let word = stems::name(stem);
            let path = self.json.join(format!("{name}.{word}.wav"));
            files::write_atomic(&path, &wav::bytes(frames, sound.rate_hz))
                .with_context(|| format!("{} cannot be written", path.display()))?;
            let path = std::path::absolute(&path).unwrap_or(path);
            written.insert(word, path.to_string_lossy().into_owned());
        }
        Ok(written)
    }
}

/// What becomes of a file's sound while it is read.
struct Taking {
    intake: Intake,
    follows: bool,
    followed: Option<Followed>,
    keeps: bool,
    /// The whole of it, where it is to be split.
    sound: Sound,
}

impl Take for Taking {
    fn begin(&mut self, rate_hz: u32, n_promised: usize) {
        self.intake.begin(rate_hz, n_promised);
        self.followed = self.follows.then(|| Followed::new(rate_hz));
        if self.keeps {
            self.sound.begin(rate_hz, n_promised);
        }
    }

    fn take(&mut self, frames: &[[f32; 2]]) {
        self.intake.take(frames);
        if let Some(followed) = &mut self.followed {
            let mono: Vec<f32> = frames.iter().map(|frame| (frame[0] + frame[1]) * 0.5).collect();
            followed.push(&mono);
        }
        if self.keeps {
            self.sound.take(frames);
        }
    }

    fn max_frames(&self) -> usize {
        if self.keeps { self.sound.max_frames() } else { self.intake.max_frames() }
    }
}

fn bar(done: usize, of: usize) -> String {
    const WIDTH: usize = 20;
    let full = WIDTH * done / of.max(1);
    format!("[{}{}]", "#".repeat(full), ".".repeat(WIDTH - full))
}

/// What each result is called: the file's stem, or its whole name where another file has the same stem, or that with a
/// number where even those are the same.
fn names(files: &[PathBuf]) -> Vec<String> {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_else(|| "sound".into());
    let stems: Vec<String> = files.iter().map(|file| text(file.file_stem())).collect();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    files
        .iter()
        .zip(&stems)
        .map(|(file, stem)| {
            let shared = stems.iter().filter(|other| *other == stem).count() > 1;
            let name = if shared { text(file.file_name()) } else { stem.clone() };
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 { name } else { format!("{name}-{count}") }
        })
        .collect()
}

/// What there is to say of a folder of models.  This build runs none, so all end with the built-in analysis.
fn about_models(folder: &Path) -> Vec<String> {
    const REST: &str = "the built-in analysis is used";
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return vec![format!("the models folder {} cannot be read ({error}); {REST}", folder.display())],
    };
    let mut names: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    names.sort();
    if names.is_empty() {
        return vec![format!("the models folder {} is empty; {REST}", folder.display())];
    }
    let about = |path: &PathBuf| {
        let is_onnx = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"));
        let reason = if is_onnx { "this build runs no ONNX models" } else { "it is no model" };
        format!("{} is not used, since {reason}; {REST}", path.display())
    };
    names.iter().map(about).collect()
}

/// Processor seconds where the system tells them, else seconds.
struct Clock {
    began: Instant,
    cpu: Option<f64>,
}

impl Clock {
    fn start() -> Self {
        Self { began: Instant::now(), cpu: cpu_secs() }
    }

    fn secs(&self) -> f64 {
        match (self.cpu, cpu_secs()) {
            (Some(before), Some(now)) => now - before,
            _ => self.began.elapsed().as_secs_f64(),
        }
    }
}

/// Of this thread, which does all the work of a file.
fn cpu_secs() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|nanos| nanos / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_names_of_their_own() {
        let files = ["a/x.mp3", "b/x.flac", "b/y.ogg", "c/x.mp3"].map(PathBuf::from);
        assert_eq!(names(&files), ["x.mp3", "x.flac", "y", "x.mp3-2"]);
    }

    #[test]
    fn a_folder_of_models_is_answered_in_words() {
        let folder = tempfile::TempDir::new().unwrap();
        assert!(about_models(folder.path())[0].contains("is empty"));
        assert!(about_models(&folder.path().join("gone"))[0].contains("cannot be read"));
        fs::write(folder.path().join("htdemucs.onnx"), b"not a model").unwrap();
        fs::write(folder.path().join("notes.txt"), b"hello").unwrap();
        let words = about_models(folder.path());
        assert!(words[0].contains("htdemucs.onnx") && words[0].contains("runs no ONNX"), "{words:?}");
        assert!(words[1].contains("notes.txt") && words[1].contains("no model"), "{words:?}");
    }
}
