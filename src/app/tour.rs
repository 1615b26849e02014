//! The first minutes: six short hints in a corner, one at a time.  Nothing waits for them; closed, they stay closed.

use bevy::prelude::*;
use bevy_egui::egui::{Align2, Context, RichText, Window, vec2};

use crate::store::plugin::Keeper;
use crate::ui::shell::Layouts;
use crate::ui::theme;

const DONE: &str = "tour_done";

struct Step {
    title: &'static str,
    text: &'static str,
    /// The desk that it is about.
    desk: Option<usize>,
}

const STEPS: [Step; 6] = [
    Step {
        title: "This is the demo show",
        text: "Light goes out as Art-Net to this machine while you watch. Space plays and pauses, a click on the waveform seeks, B blacks out.",
        desk: Some(0),
    },
    Step {
        title: "Your own music",
        text: "Drop a song on the window (or Ctrl+O). It is listened to, and a light show is made for it at once.",
        desk: None,
    },
    Step {
        title: "The score",
        text: "Drag a pattern from the list onto the timeline. Move it, pull its ends, change its colours at the right. Ctrl+Z takes anything back.",
        desk: Some(0),
    },
    Step {
        title: "Patterns",
        text: "Every pattern is a graph of nodes. Click one in the list and turn a knob while it plays; the lamps follow at once.",
        desk: Some(2),
    },
    Step {
        title: "Your own lamps",
        text: "Search the fixture library, say how many, add them. They get addresses and hang over the stage; groups are what scores name.",
        desk: Some(1),
    },
    Step {
        title: "Everything by name",
        text: "Ctrl+K lists all that can be done. What you do is saved as you do it; versions and backups are on the library's desk.",
        desk: None,
    },
];

/// Which hint is shown.
#[derive(Resource, Default)]
pub(super) struct Tour(Option<usize>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Tour>().add_systems(Startup, begin).add_systems(Update, remember);
}

fn begin(keeper: Option<Res<Keeper>>, mut tour: ResMut<Tour>) {
    let done = keeper.is_none_or(|keeper| keeper.setting(DONE).is_some());
    tour.0 = (!done).then_some(0);
}

fn remember(keeper: Option<Res<Keeper>>, tour: Res<Tour>) {
    if let Some(keeper) = keeper.filter(|_| tour.is_changed() && !tour.is_added() && tour.0.is_none()) {
        keeper.set_setting(DONE, "1".into());
    }
}

/// From the start, whenever somebody asks.
pub(super) fn restart(mut tour: ResMut<Tour>) {
    tour.0 = Some(0);
}

/// Draws the hint, if there is one.
pub(super) fn tour_ui(In((ctx, above)): In<(Context, f32)>, mut tour: ResMut<Tour>, mut layouts: ResMut<Layouts>) {
    let Some(at) = tour.0 else { return };
    let Some(wanted) = hint_ui(&ctx, at, above) else { return };
    tour.0 = wanted;
    if let Some(desk) = wanted.and_then(|at| STEPS[at].desk) {
        layouts.choose(desk);
    }
}

/// What was asked for: another hint, or none any more.  Knows no world.
fn hint_ui(ctx: &Context, at: usize, above: f32) -> Option<Option<usize>> {
    let step = &STEPS[at];
    let mut wanted = None;
    Window::new("Tour").title_bar(false).resizable(false).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -above)).show(ctx, |ui| {
        ui.set_max_width(320.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new(step.title).heading());
            ui.label(RichText::new(format!("{} of {}", at + 1, STEPS.len())).color(theme::faint(ui)));
        });
        ui.label(step.text);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if at > 0 && ui.button("Back").clicked() {
                wanted = Some(Some(at - 1));
            }
            let last = at + 1 == STEPS.len();
            if !last && ui.button("Next").clicked() {
                wanted = Some(Some(at + 1));
            }
            if ui.button(if last { "Done" } else { "I'll find my way" }).clicked() {
                wanted = Some(None);
            }
        });
    });
    wanted
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn the_hints_go_on_one_by_one_and_end() {
        let draw = |ui: &mut bevy_egui::egui::Ui, at: &mut Option<usize>| {
            if let Some(now) = *at
                && let Some(wanted) = hint_ui(ui.ctx(), now, 16.0)
            {
                *at = wanted;
            }
        };
        let mut harness = Harness::builder().with_size([500.0, 300.0]).build_ui_state(draw, Some(0));
        for _ in 1..STEPS.len() {
            harness.run();
            harness.get_by_label("Next").click();
        }
        harness.run();
        assert_eq!(*harness.state(), Some(STEPS.len() - 1));
        harness.get_by_label("Done").click();
        harness.run();
        assert_eq!(*harness.state(), None);
    }
}
