//! The bar, driven by what its parts are called.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::*;
use crate::engine::BeatGrid;

/// What a test changes; everything else is a minute of music at 120 bpm.
#[derive(Default)]
struct Bar {
    playing: bool,
    region: Option<(f64, f64)>,
    wishes: Vec<Wish>,
}

fn harness(bar: Bar) -> Harness<'static, Bar> {
    let track = TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 120), 60.0);
    let waveform = Waveform::default();
    let draw = move |ui: &mut Ui, bar: &mut Bar| {
        let state = BarState {
            title: "Song",
            artist: "",
            at_secs: 10.0,
            end_secs: 60.0,
            playing: bar.playing,
            rate: 1.0,
            region: bar.region,
            offset_ms: 0.0,
            grand_master: 1.0,
            blackout: false,
            track: &track,
            waveform: &waveform,
        };
        bar.wishes.extend(bar_ui(ui, &state));
    };
    Harness::builder().with_size(vec2(1200.0, HEIGHT)).build_ui_state(draw, bar)
}

#[track_caller]
fn check_click(bar: Bar, label: &str, want: Wish) {
    let mut harness = harness(bar);
    harness.get_by_label(label).click();
    harness.run_steps(3);
    assert_eq!(harness.state().wishes, [want], "{label}");
}

#[test]
fn every_button_asks_for_what_it_says() {
    check_click(Bar::default(), "▶ Play", Wish::PlayOrPause);
    check_click(Bar { playing: true, ..Bar::default() }, "⏸ Pause", Wish::PlayOrPause);
    check_click(Bar::default(), "Blackout", Wish::Blackout(true));
    check_click(Bar::default(), "Loop", Wish::Loop(Some((10.0, 18.0))));
    check_click(Bar { region: Some((2.0, 4.0)), ..Bar::default() }, "Loop", Wish::Loop(None));
    check_click(Bar::default(), "⏮", Wish::Seek(0.0));
}

#[test]
fn a_click_in_the_waveform_seeks_there() {
    let mut harness = harness(Bar::default());
    let middle = harness.get_by_label("Waveform").rect().center();
    harness.drag_at(middle);
    harness.run_steps(1);
    harness.drop_at(middle);
    harness.run_steps(2);
    let Some(Wish::Seek(secs)) = harness.state().wishes.first().copied() else { panic!("{:?}", harness.state().wishes) };
    assert!((secs - 30.0).abs() < 0.2, "{secs}");
}

#[test]
fn a_drag_in_the_ruler_marks_whole_bars() {
    let mut harness = harness(Bar::default());
    let ruler = harness.get_by_label("Loop ruler").rect();
    let at = |share: f32| ruler.left_center() + vec2(ruler.width() * share, 0.0);
    harness.drag_at(at(0.26));
    harness.run_steps(2);
    harness.hover_at(at(0.39));
    harness.run_steps(2);
    harness.drop_at(at(0.39));
    harness.run_steps(2);
    assert_eq!(harness.state().wishes.last(), Some(&Wish::Loop(Some((14.0, 24.0)))));
}

#[test]
fn times_read_as_minutes_and_seconds() {
    for (secs, text) in [(0.0, "0:00.0"), (9.96, "0:09.9"), (75.31, "1:15.3"), (-3.0, "0:00.0")] {
        assert_eq!(clock(secs), text);
    }
}
