//! What is being listened to: each track's progress, why one failed and when it comes again, and buttons to cancel and retry.

pub mod sound;

use std::time::Instant;

use bevy::prelude::*;
use bevy_egui::egui::{ProgressBar, RichText, ScrollArea, Ui};

use super::listener::{Line, Listener};
use super::queue::State;

/// The listener of the open library, once there is one.
#[derive(Resource, Default)]
pub struct Listening(pub Option<Listener>);

/// Something is asked of a track's listening, by the hash of its file.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Cancel(String),
    Retry(String),
}

/// The tab.
pub fn panel(InMut(ui): InMut<Ui>, listening: Res<Listening>, mut asked: MessageWriter<Asked>) {
    let Some(listener) = &listening.0 else {
        ui.weak("Nothing is listened to: the library is closed");
        return;
    };
    let (lines, n_done) = listener.progress();
    asked.write_batch(queue_ui(ui, &lines, n_done, Instant::now()));
}

/// Draws the queue; returns what was asked for.  Knows no world.
pub fn queue_ui(ui: &mut Ui, lines: &[Line], n_done: usize, now: Instant) -> Option<Asked> {
    let mut asked = None;
    let songs = |n: usize| format!("{n} song{}", if n == 1 { "" } else { "s" });
    let n_open = lines.iter().filter(|line| matches!(line.state, State::Waiting | State::Running(_))).count();
    let rest = if n_open == 0 { String::new() } else { format!(", {} to go", songs(n_open)) };
    ui.label(RichText::new(format!("{} heard{rest}", songs(n_done))).strong());
    if lines.is_empty() {
        ui.weak("Songs are listened to as they come into the library: beats, bars, drums, chords, sections");
        return None;
    }
    let height = ui.spacing().interact_size.y * 2.0;
    ScrollArea::vertical().auto_shrink([false, true]).show_rows(ui, height, lines.len(), |ui, range| {
        for line in &lines[range] {
            ui.push_id(&line.hash, |ui| asked = line_ui(ui, line, now).or(asked.take()));
        }
    });
    asked
}

fn line_ui(ui: &mut Ui, line: &Line, now: Instant) -> Option<Asked> {
    let mut asked = None;
    let title = if line.title.is_empty() { "A song without a name" } else { &line.title };
    ui.horizontal(|ui| {
        ui.label(title);
        let mut button = |ui: &mut Ui, word: &str, ask: fn(String) -> Asked| {
            let button = ui.button(word);
            let name = format!("{word} listening to {title}");
            button.widget_info(|| bevy_egui::egui::WidgetInfo::labeled(bevy_egui::egui::WidgetType::Button, true, &name));
            if button.clicked() {
                asked = Some(ask(line.hash.clone()));
            }
        };
        match line.state {
            State::Waiting | State::Running(_) => button(ui, "Cancel", Asked::Cancel),
            State::Failed { .. } | State::Cancelled => button(ui, "Retry", Asked::Retry),
            State::Done => {}
        }
    });
    match &line.state {
        State::Waiting => drop(ui.weak("waits")),
        State::Running(share) => {
            let bar = ui.add(ProgressBar::new(*share).show_percentage().desired_height(ui.spacing().interact_size.y * 0.7));
            let words = format!("{title}: {:.0} % heard", share * 100.0);
            bar.widget_info(|| bevy_egui::egui::WidgetInfo::labeled(bevy_egui::egui::WidgetType::ProgressIndicator, true, &words));
        }
        State::Cancelled => drop(ui.weak("cancelled")),
        State::Done => drop(ui.weak("heard")),
        State::Failed { reason, again } => {
            let when = match again {
                Some(at) => format!("tried again in {} s", at.saturating_duration_since(now).as_secs() + 1),
                None => "not tried again by itself".to_owned(),
            };
            ui.label(RichText::new(format!("{reason} · {when}")).color(ui.visuals().warn_fg_color));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn line(title: &str, state: State) -> Line {
        Line { hash: format!("hash of {title}"), title: title.into(), state }
    }

    #[test]
    fn progress_reasons_cancel_and_retry_are_found_by_name() {
        let now = Instant::now();
        let again = Some(now + Duration::from_secs(9));
        let lines = [
            line("Night drive", State::Running(0.42)),
            line("Morning", State::Waiting),
            line("Noise", State::Failed { reason: "it is no sound".into(), again }),
            line("Hiss", State::Failed { reason: "the disk was away".into(), again: None }),
        ];
        let draw = move |ui: &mut Ui, asked: &mut Vec<Asked>| asked.extend(queue_ui(ui, &lines, 3, now));
        let mut harness = Harness::builder().with_size([420.0, 400.0]).build_ui_state(draw, Vec::new());
        for label in [
            "3 songs heard, 2 songs to go",
            "Night drive: 42 % heard",
            "waits",
            "it is no sound · tried again in 10 s",
            "the disk was away · not tried again by itself",
        ] {
            assert!(harness.query_by_label(label).is_some(), "{label}");
        }
        harness.get_by_label("Cancel listening to Night drive").click();
        harness.run();
        harness.get_by_label("Retry listening to Hiss").click();
        harness.run();
        assert_eq!(harness.state(), &[Asked::Cancel("hash of Night drive".into()), Asked::Retry("hash of Hiss".into())]);
    }
}
