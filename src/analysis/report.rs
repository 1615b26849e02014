//! Findings as the JSON that `luma analyze` writes; the keys are read by other programs and stay.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Findings;
use super::chords::{Key, name};
use crate::engine::track::{Chord, Section, SectionLabel};

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    beats: Vec<f64>,
    downbeats: Vec<f64>,
    bpm: f64,
    beats_per_bar: u32,
    confidence: f64,
    steady: bool,
    alternatives: Vec<AlternativeRow>,
    chords: Vec<ChordRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    drums: Drums,
    sections: Vec<SectionRow>,
    loudness: LoudnessRow,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stems: BTreeMap<&'static str, String>,
    /// What a live follower said while it heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    followed: Option<Vec<f64>>,
    cpu_s: f64,
    duration: f64,
}

#[derive(Clone, Debug, Serialize)]
struct AlternativeRow {
    bpm: f64,
    beats_offset: f64,
    bar_shift: u32,
    why: String,
}

#[derive(Clone, Debug, Serialize)]
struct ChordRow {
    start: f64,
    end: f64,
    root: &'static str,
    quality: String,
}

#[derive(Clone, Debug, Serialize)]
struct Drums {
    kick: Vec<f64>,
    snare: Vec<f64>,
    hat: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct SectionRow {
    start: f64,
    end: f64,
    label: &'static str,
    energy: f64,
}

#[derive(Clone, Debug, Serialize)]
struct LoudnessRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    lufs_i: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_db: Option<f64>,
}

/// Tenths of a millisecond: nothing is known better, and files stay small.
fn secs(secs: f64) -> f64 {
    (secs * 1e4).round() / 1e4
}

fn places(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

impl Report {
    pub fn new(findings: &Findings, cpu_secs: f64) -> Self {
        let track = &findings.track;
        let all = |times: &[f64]| times.iter().map(|&time| secs(time)).collect::<Vec<_>>();
        let drum = |index: usize| track.drums.as_ref().map(|drums| all(&drums[index])).unwrap_or_default();
        let downbeats = track.grid.downbeats.iter().filter_map(|&at| track.grid.beats.get(at)).map(|&time| secs(time)).collect();
        Self {
            beats: all(&track.grid.beats),
            downbeats,
            bpm: places(track.grid.bpm, 4),
            beats_per_bar: track.grid.beats_per_bar,
            confidence: places(findings.confidence.into(), 3),
            steady: findings.is_steady,
            alternatives: findings
                .alternatives
                .iter()
                .map(|other| AlternativeRow {
                    bpm: places(other.bpm, 4),
                    beats_offset: secs(other.beats_offset),
                    bar_shift: other.bar_shift,
                    why: other.why.clone(),
                })
                .collect(),
            chords: track.chords.iter().map(chord).collect(),
            key: findings.key.map(key),
            drums: Drums { kick: drum(0), snare: drum(1), hat: drum(2) },
            sections: track.sections.iter().map(section).collect(),
            loudness: LoudnessRow {
                lufs_i: findings.loudness.lufs_i.map(|value| places(value, 2)),
                peak_db: findings.loudness.peak_db.map(|value| places(value, 2)),
            },
            stems: BTreeMap::new(),
            followed: None,
            cpu_s: places(cpu_secs, 3),
            duration: secs(track.duration_secs),
        }
    }

    /// Says which beats a follower said.
    pub fn with_followed(self, beats: &[f64]) -> Self {
        Self { followed: Some(beats.iter().map(|&time| secs(time)).collect()), ..self }
    }

    /// Says where the stems were written.
    pub fn with_stems(self, stems: BTreeMap<&'static str, String>) -> Self {
        Self { stems, ..self }
    }
}

fn chord(chord: &Chord) -> ChordRow {
    ChordRow { start: secs(chord.start), end: secs(chord.end), root: chord.root.map_or("N", name), quality: chord.quality.clone() }
}

fn key(key: Key) -> String {
    format!("{}:{}", name(key.tonic), if key.is_minor { "min" } else { "maj" })
}

fn section(section: &Section) -> SectionRow {
    SectionRow { start: secs(section.start), end: secs(section.end), label: label(section.label), energy: places(section.energy.into(), 3) }
}

/// A section's label as files write it.
pub fn label(label: SectionLabel) -> &'static str {
    match label {
        SectionLabel::Intro => "intro",
        SectionLabel::Verse => "verse",
        SectionLabel::Build => "build",
        SectionLabel::Drop => "drop",
        SectionLabel::Break => "break",
        SectionLabel::Outro => "outro",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_contract_is_there_and_numbers_are_short() {
        let frames: Vec<[f32; 2]> = (0..44_100 * 12).map(|at| [if at % 22_050 < 500 { 0.5 } else { 0.0 }; 2]).collect();
        let json = serde_json::to_value(Report::new(&super::super::find(&frames, 44_100), 1.234_567)).unwrap();
        for key in [
            "beats",
            "downbeats",
            "bpm",
            "beats_per_bar",
            "confidence",
            "steady",
            "alternatives",
            "chords",
            "drums",
            "sections",
            "loudness",
            "cpu_s",
            "duration",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        assert_eq!(json["cpu_s"], 1.235);
        assert_eq!(json["duration"], 12.0);
        assert!(json.get("stems").is_none());
        for drum in ["kick", "snare", "hat"] {
            assert!(json["drums"][drum].is_array(), "{drum}");
        }
    }
}
