//! The rendered demo track, heard as a whole: one render serves every check, since it takes a second.

use crate::analysis;
use crate::engine::track::{Drum, TrackAnalysis};

use super::*;

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

fn level_of_bar(samples: &[f32], bar: u32) -> f32 {
    let at = |bar: u32| song::sample_of_tick(bar * song::TICKS_PER_BAR);
    rms(&samples[at(bar)..at(bar + 1)])
}

#[test]
fn the_demo_track_is_clean_loud_and_made_of_its_stems() {
    let render = render();
    assert_eq!(render.mix.len(), song::n_samples());

    let peak = render.mix.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(peak > 0.7 && peak <= 1.0, "peak {peak}");
    assert!(render.mix.iter().flatten().all(|sample| sample.is_finite()));

    for (n, &mono) in render.mono.iter().enumerate().step_by(97) {
        let sum: f32 = render.stems.iter().map(|stem| stem[n]).sum();
        assert!((sum - mono).abs() < 1e-4, "sample {n}: {sum} is not {mono}");
    }

    let silence = &render.mono[..song::FIRST_SAMPLE];
    assert!(silence.iter().all(|sample| *sample == 0.0), "nothing sounds before the first beat");
    assert!(rms(&render.mono[render.mono.len() - 441..]) < 1e-3, "the end has rung out");

    let (intro, drop, breakdown) = (level_of_bar(&render.mono, 1), level_of_bar(&render.mono, 12), level_of_bar(&render.mono, 26));
    assert!(drop > 1.3 * intro && drop > 1.5 * breakdown, "intro {intro}, drop {drop}, break {breakdown}");
    assert!(drop > 0.1, "the drop is loud: {drop}");
    for (stem, samples) in render.stems.iter().enumerate() {
        assert!(rms(samples) > 0.005, "stem {stem} sounds");
    }
}

/// The farthest that any of the true instants is from the nearest found one.
fn worst_secs(found: &[f64], truth: &[f64]) -> f64 {
    let nearest = |secs: f64| found.iter().map(|found| (found - secs).abs()).fold(f64::MAX, f64::min);
    truth.iter().map(|&secs| nearest(secs)).fold(0.0, f64::max)
}

fn downbeats(analysis: &TrackAnalysis) -> Vec<f64> {
    analysis.grid.downbeats.iter().map(|&beat| analysis.grid.beats[beat]).collect()
}

#[test]
fn the_analysis_of_the_rendered_track_finds_what_was_written() {
    let truth = song::analysis_without_sound();
    let found = analysis::analyse(&render().mix, song::RATE_HZ);
    assert!((found.grid.bpm - song::BPM).abs() < 0.01, "{} BPM", found.grid.bpm);
    assert!(worst_secs(&found.grid.beats, &truth.grid.beats) < 0.003, "{}", worst_secs(&found.grid.beats, &truth.grid.beats));
    assert!(worst_secs(&downbeats(&found), &downbeats(&truth)) < 0.003, "bars begin where they were written");

    let is_minor = |quality: &str| quality.starts_with("min");
    let same = |secs: f64| {
        let at = |analysis: &TrackAnalysis| {
            let chord = analysis.chords.iter().find(|chord| chord.start <= secs && secs < chord.end)?;
            Some((chord.root?, is_minor(&chord.quality)))
        };
        at(&found).is_some() && at(&found) == at(&truth)
    };
    let (first, last) = (truth.chords[0].start, truth.chords[truth.chords.len() - 1].end);
    let n_steps = ((last - first) / 0.05) as usize;
    let n_same = (0..n_steps).filter(|step| same(first + *step as f64 * 0.05)).count();
    assert!(n_same * 10 >= n_steps * 9, "{n_same} of {n_steps} instants have the right root and third");

    let kicks = |analysis: &TrackAnalysis| analysis.drums.clone().unwrap()[Drum::Kick as usize].clone();
    // The plucked bass is taken for a kick at times; none of the loud kicks may be missed, though.
    let heard = kicks(&truth).iter().filter(|&&kick| worst_secs(&kicks(&found), &[kick]) < 0.05).count();
    assert!(heard * 5 > kicks(&truth).len() * 4, "{heard} of {} kicks are heard", kicks(&truth).len());
    let energy = &found.bar_energy;
    assert!(energy[12] > 0.8 && energy[50] > 0.8 && energy[27] < 0.5 && energy[32] < 0.3, "{energy:?}");
}

#[test]
fn the_same_notes_give_the_same_samples() {
    let notes = notes::notes();
    assert!(buses::drums(&notes) == buses::drums(&notes));
}
