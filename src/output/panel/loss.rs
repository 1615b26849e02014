//! What the lamps do when something is lost: chosen, told in words, and tried by pulling the plug.

use bevy_egui::egui::{ComboBox, DragValue, Grid, RichText, Slider, Ui};

use crate::output::loss::{Act, Cause, LONGEST_EXIT_MS, LONGEST_FADE_MS, LossRules, Rule};
use crate::output::stats::OutputStats;
use crate::ui::theme;

fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Deck => "Deck or clock lost",
        Cause::Engine => "Show breaks",
        Cause::Network => "Network back",
        Cause::Exit => "Luma closed",
    }
}

fn act_name(act: Act) -> &'static str {
    match act {
        Act::Hold => "hold",
        Act::Safe => "safe look",
        Act::Black => "black",
    }
}

/// A plug that was pulled, or put back.
pub(super) type Pulled = (Cause, bool);

/// Draws it; returns what was done to a plug.
pub(super) fn loss_ui(ui: &mut Ui, rules: &mut LossRules, is_pulled: &dyn Fn(Cause) -> bool, stats: &OutputStats) -> Option<Pulled> {
    let mut done = None;
    Grid::new("loss rules").num_columns(5).spacing([10.0, 6.0]).show(ui, |ui| {
        for cause in Cause::ALL {
            ui.label(name(cause));
            rule_ui(ui, cause, rules.of_mut(cause));
            let pulled = is_pulled(cause);
            let (text, hint) = if pulled {
                ("Plug in again", "Everything as it was".to_owned())
            } else {
                ("Pull the plug", format!("Try it now, as if it were so. {}", rules.of(cause).words(cause)))
            };
            let color = if pulled { theme::DANGER } else { theme::text(ui) };
            if ui.button(RichText::new(text).color(color)).on_hover_text(hint).clicked() {
                done = Some((cause, !pulled));
            }
            ui.end_row();
        }
    });
    for cause in Cause::ALL {
        let now = stats.loss.filter(|loss| loss.cause == cause);
        let color = if now.is_some() { theme::DANGER } else { theme::faint(ui) };
        let since = now.map(|loss| format!(" ({:.0} s ago)", loss.secs)).unwrap_or_default();
        ui.label(RichText::new(format!("{}{since}", rules.of(cause).words(cause))).color(color));
    }
    ui.horizontal(|ui| {
        let label = ui.label("Safe look").on_hover_text("Every head still, at one level, in one colour");
        ui.add(Slider::new(&mut rules.safe.level, 0.0..=1.0).show_value(true)).labelled_by(label.id);
        ui.color_edit_button_srgb(&mut rules.safe.color).on_hover_text("Its colour");
    });
    done
}

fn rule_ui(ui: &mut Ui, cause: Cause, rule: &mut Rule) {
    ComboBox::from_id_salt(("act", cause.name())).width(80.0).selected_text(act_name(rule.act)).show_ui(ui, |ui| {
        for act in Act::ALL {
            ui.selectable_value(&mut rule.act, act, act_name(act));
        }
    });
    let (delay, fade) = if cause == Cause::Exit { (LONGEST_EXIT_MS / 2, LONGEST_EXIT_MS / 2) } else { (3_600_000, LONGEST_FADE_MS) };
    for (words, hint, ms, most) in [
        ("after ", "The last look is held for so long first", &mut rule.delay_ms, delay),
        ("in ", "How long the fade takes", &mut rule.fade_ms, fade),
    ] {
        let mut secs = f64::from(*ms) / 1000.0;
        let field = DragValue::new(&mut secs).range(0.0..=f64::from(most) / 1000.0).speed(0.05).max_decimals(2).prefix(words).suffix(" s");
        if ui.add(field).on_hover_text(hint).changed() {
            *ms = (secs * 1000.0).round() as u32;
        }
    }
}
