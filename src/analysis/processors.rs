//! The steps of the analysis as processors, and their kept results put together again.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::beats::Found;
use super::chords::Key;
use super::ear::Heard;
use super::intake::Intake;
use super::plan::{BadPlan, Cancel, Failure, Output, Plan, Preprocessor, Source};
use super::{beats, chords, drums, ear, energy};
use crate::engine::TrackAnalysis;
use crate::engine::tempo::BeatGrid;
use crate::engine::track::{Chord, ChordLogits, Section, SectionLabel};
use crate::tracks::model::{Alternative, Hearing, Sound, Stage};

/// Raise a version when the same sound would give another result.
const SOUND: u32 = 1;
const EAR: u32 = 2;
const BEATS: u32 = 3;
const DRUMS: u32 = 2;
const CHORDS: u32 = 2;
const SECTIONS: u32 = 1;
const LOUDNESS: u32 = 1;

/// How much of a long sound is heard before the whole.
const FIRST_SECS: usize = 45;
/// A sound that is not longer than so many times that is heard whole soon enough.
const LONG: usize = 4;
const MOST_BEATS: f64 = 200_000.0;

type Inputs = BTreeMap<&'static str, Output>;
type Run = fn(&Source<'_>, &Inputs) -> Result<Output, Failure>;

struct Step {
    name: &'static str,
    version: u32,
    inputs: &'static [&'static str],
    is_kept: bool,
    effort: f32,
    run: Run,
}

impl Preprocessor for Step {
    fn name(&self) -> &'static str {
        self.name
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn inputs(&self) -> &'static [&'static str] {
        self.inputs
    }
    fn is_kept(&self) -> bool {
        self.is_kept
    }
    fn effort(&self) -> f32 {
        self.effort
    }
    fn run(&self, source: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
        (self.run)(source, inputs)
    }
}

/// The plan of this build.
pub fn plan() -> Result<Plan, BadPlan> {
    let passing = |name, version, inputs, effort, run: Run| {
        Arc::new(Step { name, version, inputs, is_kept: false, effort, run }) as Arc<dyn Preprocessor>
    };
    let kept = |name, version, inputs, effort, run: Run| {
        Arc::new(Step { name, version, inputs, is_kept: true, effort, run }) as Arc<dyn Preprocessor>
    };
    Plan::new(vec![
        passing("sound", SOUND, &[], 8.0, |source, _| Ok(Output::Passing(Arc::new(Intake::of((source.sound)()?.as_ref()))))),
        passing("ear", EAR, &["sound"], 10.0, hear),
        kept("beats", BEATS, &["ear", "sound"], 1.5, find_beats),
        kept("drums", DRUMS, &["ear"], 0.1, |_, inputs| keep(&drums::hits(&passed::<Heard>(inputs, "ear")?.drums))),
        kept("chords", CHORDS, &["beats", "ear", "sound"], 0.2, find_chords),
        kept("sections", SECTIONS, &["beats", "sound"], 0.3, find_sections),
        kept("loudness", LOUDNESS, &["sound"], 1.0, measure),
    ])
}

fn keep(value: &impl Serialize) -> Result<Output, Failure> {
    serde_json::to_value(value).map(Output::Kept).map_err(|error| Failure::Broken(format!("a result cannot be written: {error}")))
}

fn passed<'a, T: 'static>(inputs: &'a Inputs, name: &str) -> Result<&'a T, Failure> {
    let missing = || Failure::Broken(format!("{name} is missing"));
    match inputs.get(name) {
        Some(Output::Passing(value)) => value.downcast_ref().ok_or_else(missing),
        _ => Err(missing()),
    }
}

fn read<T: DeserializeOwned>(inputs: &Inputs, name: &str) -> Result<T, Failure> {
    match inputs.get(name) {
        Some(Output::Kept(json)) => T::deserialize(json).map_err(|error| Failure::Broken(format!("{name} cannot be read: {error}"))),
        _ => Err(Failure::Broken(format!("{name} is missing"))),
    }
}

#[derive(Serialize, Deserialize)]
struct BeatsResult {
    grid: BeatGrid,
    confidence: f32,
    is_steady: bool,
    alternatives: Vec<Alternative>,
}

#[derive(Serialize, Deserialize)]
struct ChordResult {
    /// Start, end, root, quality.
    chords: Vec<(f64, f64, Option<u8>, String)>,
    /// Little-endian 32-bit floats, thirteen a frame.
    logits: String,
    hop_secs: f64,
    /// Tonic, and whether it is minor.
    key: Option<(u8, bool)>,
}

#[derive(Serialize, Deserialize)]
struct SectionResult {
    bar_energy: Vec<f32>,
    sections: Vec<(f64, f64, String, f32)>,
}

fn hear(source: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
    let mut go_on = || {
        (source.rest)();
        !source.cancel.is_cancelled()
    };
    let heard = ear::hear(&passed::<Intake>(inputs, "sound")?.spectra, &mut go_on).ok_or(Failure::Cancelled)?;
    Ok(Output::Passing(Arc::new(heard)))
}

fn find_beats(_: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
    let found = beats::find(passed(inputs, "ear")?, &passed::<Intake>(inputs, "sound")?.outline);
    let Found { grid, confidence, is_steady, alternatives } = found;
    keep(&BeatsResult { grid, confidence, is_steady, alternatives })
}

fn find_chords(_: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
    let (heard, sound, beats): (&Heard, &Intake, BeatsResult) = (passed(inputs, "ear")?, passed(inputs, "sound")?, read(inputs, "beats")?);
    let logits = chords::logits(&heard.chords);
    let row = |chord: Chord| (chord.start, chord.end, chord.root, chord.quality);
    let chords = chords::chords(&heard.chords, &beats.grid, sound.duration_secs());
    keep(&ChordResult {
        key: chords::key(&chords).map(|key| (key.tonic, key.is_minor)),
        chords: chords.into_iter().map(row).collect(),
        logits: BASE64.encode(logit_bytes(&logits)),
        hop_secs: logits.hop_secs,
    })
}

fn find_sections(_: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
    let (sound, beats): (&Intake, BeatsResult) = (passed(inputs, "sound")?, read(inputs, "beats")?);
    let bar_energy = energy::of_bars(&sound.outline, &beats.grid);
    let row = |section: Section| (section.start, section.end, super::report::label(section.label).to_owned(), section.energy);
    let sections = energy::sections(&beats.grid, &bar_energy, sound.duration_secs()).into_iter().map(row).collect();
    keep(&SectionResult { bar_energy, sections })
}

fn measure(_: &Source<'_>, inputs: &Inputs) -> Result<Output, Failure> {
    let loudness = passed::<Intake>(inputs, "sound")?.loudness();
    keep(&(loudness.lufs_i, loudness.peak_db))
}

/// As the seeds' file of logits holds them: frame by frame, twelve roots and "none", 32-bit floats.
pub fn logit_bytes(logits: &ChordLogits) -> Vec<u8> {
    logits.frames.iter().flatten().flat_map(|value| value.to_le_bytes()).collect()
}

fn logits_of(bytes: &[u8], hop_secs: f64) -> ChordLogits {
    let values: Vec<f32> = bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    let frames = values.chunks_exact(13).map(|frame| std::array::from_fn(|at| frame[at])).collect();
    ChordLogits { first_secs: 0.0, hop_secs, frames }
}

fn label(word: &str) -> Option<SectionLabel> {
    use SectionLabel::{Break, Build, Drop, Intro, Outro, Verse};
    [Intro, Verse, Build, Drop, Break, Outro].into_iter().find(|label| super::report::label(*label) == word)
}

fn read_kept<T: DeserializeOwned>(kept: &BTreeMap<&'static str, Json>, name: &str) -> Option<T> {
    kept.get(name).and_then(|json| T::deserialize(json).ok())
}

/// A grid from the first part of a long sound, for the seconds until the whole is heard: its beats run on to the end.
pub fn first_grid(sound: &Sound, cancel: &Cancel) -> Option<BeatGrid> {
    let n_frames = FIRST_SECS * sound.rate_hz as usize;
    let frames = sound.frames.get(..n_frames).filter(|_| sound.frames.len() > LONG * n_frames)?;
    let intake = Intake::of_frames(frames, sound.rate_hz);
    let heard = ear::hear(&intake.spectra, &mut || !cancel.is_cancelled())?;
    let mut grid = beats::find(&heard, &intake.outline).grid;
    let (first, last) = (*grid.beats.first()?, *grid.beats.last()?);
    let step = (last - first) / (grid.beats.len().checked_sub(1).filter(|n| *n > 0)?) as f64;
    let n_more = ((sound.duration_secs() - last) / step).clamp(0.0, MOST_BEATS) as usize;
    grid.beats.extend((1..=n_more).map(|beat| last + beat as f64 * step));
    let per_bar = grid.beats_per_bar.max(1) as usize;
    let onward = grid.downbeats.last().copied()? + per_bar;
    grid.downbeats.extend((onward..grid.beats.len()).step_by(per_bar));
    Some(grid)
}

/// What is kept beside what the engine plays by.
pub fn hearing(kept: &BTreeMap<&'static str, Json>) -> Hearing {
    let beats: Option<BeatsResult> = read_kept(kept, "beats");
    let key = read_kept::<ChordResult>(kept, "chords").and_then(|found| found.key);
    let lufs = read_kept::<(Option<f64>, Option<f64>)>(kept, "loudness").and_then(|(lufs, _)| lufs);
    let (confidence, is_steady, alternatives) =
        beats.map(|beats| (beats.confidence, beats.is_steady, beats.alternatives)).unwrap_or_default();
    let key = key.map(|(tonic, is_minor)| Key { tonic, is_minor }.to_string()).unwrap_or_default();
    Hearing { stage: Stage::Whole, confidence, is_steady, key, alternatives, lufs }
}

/// Kept results as the engine wants them.  What is missing or unreadable stays unknown; sound and stems come from elsewhere.
pub fn assembled(kept: &BTreeMap<&'static str, Json>, duration_secs: f64) -> TrackAnalysis {
    let mut analysis = TrackAnalysis { duration_secs, drums: read_kept(kept, "drums"), ..TrackAnalysis::default() };
    if let Some(beats) = read_kept::<BeatsResult>(kept, "beats") {
        analysis.grid = beats.grid;
    }
    if let Some(found) = read_kept::<ChordResult>(kept, "chords") {
        let chord = |(start, end, root, quality)| Chord { start, end, root, quality };
        analysis.chords = found.chords.into_iter().map(chord).collect();
        analysis.logits = BASE64.decode(found.logits).ok().map(|bytes| logits_of(&bytes, found.hop_secs));
    }
    if let Some(found) = read_kept::<SectionResult>(kept, "sections") {
        analysis.bar_energy = found.bar_energy;
        let section = |(start, end, word, energy): (f64, f64, String, f32)| Some(Section { start, end, label: label(&word)?, energy });
        analysis.sections = found.sections.into_iter().filter_map(section).collect();
    }
    analysis
}

#[cfg(test)]
mod tests {
    use super::super::worker::tests::Memory;
    use super::super::{find, worker};
    use super::*;

    #[test]
    fn the_plan_finds_what_one_pass_finds_and_the_cache_gives_it_back() {
        let frames: Vec<[f32; 2]> = (0..44_100 * 12)
            .map(|at| {
                let since = (at % 22_050) as f32;
                [0.6 * (-since / 900.0).exp() * (since * 0.01).sin() + 0.1 * (at as f32 * 0.031).sin(); 2]
            })
            .collect();
        let sound = Arc::new(Sound { rate_hz: 44_100, frames });
        let direct = find(&sound.frames, sound.rate_hz).track;
        let (cache, cancel, plan) = (Memory::default(), Cancel::default(), plan().unwrap());
        let give = || Ok(sound.clone());
        let kept =
            worker::run(&plan, &Source { hash: "h", sound: &give, cancel: &cancel, rest: &|| {} }, &cache, &|| 2, &mut |_| {}).unwrap();
        let unwanted = || Err(Failure::Broken("nobody needs the sound".into()));
        let again =
            worker::run(&plan, &Source { hash: "h", sound: &unwanted, cancel: &cancel, rest: &|| {} }, &cache, &|| 2, &mut |_| {}).unwrap();
        for analysis in [assembled(&kept, direct.duration_secs), assembled(&again, direct.duration_secs)] {
            assert_eq!(analysis.grid, direct.grid);
            assert_eq!(analysis.drums, direct.drums);
            assert_eq!(analysis.chords, direct.chords);
            assert_eq!(analysis.logits, direct.logits);
            assert_eq!(analysis.sections, direct.sections);
            assert_eq!(analysis.bar_energy, direct.bar_energy);
        }
    }
}
