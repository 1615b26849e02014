//! Backups: when, why and how large, one made now, one put back.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy_egui::egui::{self, Button, Grid, RichText, Ui};

use super::Status;
use super::backup::Why;
use super::plugin::{Ask, Keeper, Restoring};
use super::stamp::Stamp;
use crate::ui::theme;

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    keeper: Option<Res<Keeper>>,
    restoring: Res<Restoring>,
    mut sure: Local<Option<PathBuf>>,
    mut ask: MessageWriter<Ask>,
) {
    if restoring.is_on() {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Putting the backup back. The show goes on.");
        });
        return;
    }
    let Some(status) = keeper.and_then(|keeper| keeper.status()) else {
        ui.colored_label(theme::DANGER, "No library is open: nothing is saved and nothing is backed up.");
        return;
    };
    ask.write_batch(backups_ui(ui, &status, Stamp::now(), &mut sure));
}

/// Draws them; returns what was asked for.  `sure`: the one that somebody was asked about.  Knows no world.
pub fn backups_ui(ui: &mut Ui, status: &Status, now: Stamp, sure: &mut Option<PathBuf>) -> Option<Ask> {
    let mut ask = None;
    ui.horizontal_wrapped(|ui| {
        if ui.button("Back up now").clicked() {
            ask = Some(Ask::BackUp);
        }
        let newest = status.backups.first();
        ui.weak(newest.map_or("There is no backup yet.".into(), |backup| format!("The newest is from {}.", ago(backup.at, now))));
    });
    if let Some(trouble) = &status.backup_trouble {
        ui.colored_label(theme::DANGER, format!("The last backup failed: {trouble}"));
    }
    ui.add_space(4.0);
    Grid::new("backups").num_columns(4).striped(true).spacing([16.0, 6.0]).show(ui, |ui| {
        for backup in status.backups.iter() {
            let name = backup.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            ui.label(backup.at.to_string()).on_hover_text(&name);
            ui.label(why(backup.why));
            ui.label(RichText::new(size(backup.bytes)).color(theme::faint(ui)));
            if sure.as_ref() == Some(&backup.path) {
                ui.horizontal(|ui| {
                    if ui.add(Button::new("Put back").fill(theme::DANGER.gamma_multiply(0.6))).clicked() {
                        ask = Some(Ask::Restore(backup.path.clone()));
                        *sure = None;
                    }
                    if ui.button("Keep what is here").clicked() {
                        *sure = None;
                    }
                });
            } else if ui
                .button("Restore…")
                .on_hover_text("The whole library, with everything in it, becomes what it was then. What it is now is kept beside it.")
                .clicked()
            {
                *sure = Some(backup.path.clone());
            }
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    ui.add(egui::Label::new(RichText::new(format!("Library: {}", status.path.display())).color(theme::faint(ui))).wrap());
    ask
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Auto => "from time to time",
        Why::Close => "on closing",
        Why::Migration => "before an update",
        Why::Asked => "asked for",
        Why::Reset => "before a reset",
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} kB", bytes.div_ceil(1000)) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

fn ago(at: Stamp, now: Stamp) -> String {
    let minutes = now.secs().saturating_sub(at.secs()) / 60;
    let of = |n: u64, what: &str| format!("{n} {what}{} ago", if n == 1 { "" } else { "s" });
    match minutes {
        0 => "just now".into(),
        1..60 => of(minutes, "minute"),
        60..2880 => of(minutes / 60, "hour"),
        _ => of(minutes / 1440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::store::backup::Backup;

    fn status(folder: &std::path::Path) -> Status {
        let library = folder.join("luma.db");
        let backups = super::super::paths::backups(&library);
        std::fs::create_dir_all(&backups).unwrap();
        for name in ["luma-20261121-145301-auto.db", "luma-20261120-010203-close.db"] {
            std::fs::write(backups.join(name), "x").unwrap();
        }
        let list: Vec<Backup> = super::super::backup::list(&library);
        Status { path: library, backups: list.into(), ..Status::default() }
    }

    #[test]
    fn a_backup_is_put_back_only_after_a_second_click() {
        let folder = tempfile::tempdir().unwrap();
        let status = status(folder.path());
        let oldest = status.backups[1].path.clone();
        let now = Stamp::from_secs(status.backups[0].at.secs() + 7200);
        let state = (None::<PathBuf>, Vec::new());
        let mut harness = Harness::new_ui_state(
            |ui, (sure, asked): &mut (Option<PathBuf>, Vec<Ask>)| asked.extend(backups_ui(ui, &status, now, sure)),
            state,
        );
        assert!(harness.query_by_label("The newest is from 2 hours ago.").is_some());
        harness.get_all_by_label("Restore…").nth(1).unwrap().click();
        harness.run();
        assert_eq!(harness.state().1, []);
        harness.get_by_label("Keep what is here").click();
        harness.run();
        harness.get_all_by_label("Restore…").nth(1).unwrap().click();
        harness.run();
        harness.get_by_label("Put back").click();
        harness.run();
        harness.get_by_label("Back up now").click();
        harness.run();
        assert_eq!(harness.state().1, [Ask::Restore(oldest), Ask::BackUp]);
    }
}
