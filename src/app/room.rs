//! The rig at the desk: pictures of it, its panels, and what is done with it by name and by key.

use std::collections::BTreeSet;

use bevy::prelude::*;
use bevy_egui::egui::{Key, Modifiers};
use uuid::Uuid;

use super::layouts;
use crate::document::selection::Selection;
use crate::engine::Rig;
use crate::previz::bench::{Bench, Labels};
use crate::previz::gizmo::Tool;
use crate::previz::workplace::FocusOnSelection;
use crate::registry::TableId;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;
use crate::ui::actions::{AddAction, CTRL_SHIFT};
use crate::ui::shell::AddPanel;
use crate::venue::edits::arrange::{Arrange, Edge};
use crate::venue::panel::{arrange, faders, groups, highlight, universe};

const PLAIN: Modifiers = Modifiers::NONE;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<arrange::Ghosts>()
        .init_resource::<groups::GroupShown>()
        .init_resource::<faders::Faders>()
        .add_message::<arrange::Deed>()
        .add_systems(Update, arrange::perform.before(ShowSystems::Edit))
        .add_systems(Update, (arrange::forget, groups::forget_shown))
        .add_systems(Update, faders::release_when_closed.before(highlight::apply).in_set(ShowSystems::Transport))
        .add_canvas(layouts::PLAN, crate::previz::plan::panel)
        .add_canvas(layouts::UNIVERSE, universe::panel)
        .add_panel(layouts::ARRANGE, arrange::panel)
        .add_panel(layouts::FADERS, faders::panel);
    actions(app);
}

/// Picking, tools and arranging, in the room and on plans.
fn actions(app: &mut App) {
    app.add_action("Select all fixtures", Some((CTRL_SHIFT, Key::A)), |rig: Res<Part<Rig>>, mut selection: ResMut<Selection>| {
        selection.set(rig.get().fixtures.iter().map(|fixture| (TableId::Fixtures, fixture.id)));
    })
    .add_action("Select the other fixtures", None, |rig: Res<Part<Rig>>, mut selection: ResMut<Selection>| {
        let picked: BTreeSet<Uuid> = selection.of(TableId::Fixtures).collect();
        let others = rig.get().fixtures.iter().map(|fixture| fixture.id).filter(|id| !picked.contains(id));
        selection.set(others.map(|id| (TableId::Fixtures, id)));
    })
    .add_action("Look at the selected fixtures", Some((PLAIN, Key::F)), |mut focus: ResMut<FocusOnSelection>| focus.ask());
    for (label, key, tool) in
        [("Select fixtures", Key::Q, Tool::Select), ("Move fixtures", Key::W, Tool::Move), ("Turn fixtures", Key::E, Tool::Turn)]
    {
        app.add_action(label, Some((PLAIN, key)), move |mut bench: ResMut<Bench>| bench.tool = tool);
    }
    app.add_action("Keep moves and turns to steps, or not", None, |mut bench: ResMut<Bench>| bench.snapping ^= true);
    app.add_action("Work light in the picture", None, |mut bench: ResMut<Bench>| bench.work_light ^= true);
    app.add_action("Ask why lamps are on", None, |mut bench: ResMut<Bench>| bench.asking ^= true);
    for (labels, name) in Labels::ALL {
        let label = if labels == Labels::None {
            "Label fixtures with nothing".to_owned()
        } else {
            format!("Label fixtures: {}", name.to_lowercase())
        };
        app.add_action(label.leak(), None, move |mut bench: ResMut<Bench>| bench.labels = labels);
    }
    let align = |axis, to| arrange::Deed::This(Arrange::Align { axis, to });
    let deeds = [
        ("Line up fixtures at the left", align(0, Edge::Low)),
        ("Line up fixtures at their centre", align(0, Edge::Middle)),
        ("Line up fixtures at the right", align(0, Edge::High)),
        ("Line up fixtures at the front", align(1, Edge::Low)),
        ("Line up fixtures at their middle depth", align(1, Edge::Middle)),
        ("Line up fixtures at the back", align(1, Edge::High)),
        ("Line up fixtures at the lowest", align(2, Edge::Low)),
        ("Line up fixtures at their middle height", align(2, Edge::Middle)),
        ("Line up fixtures at the highest", align(2, Edge::High)),
        ("Spread fixtures across", arrange::Deed::This(Arrange::Distribute { axis: 0 })),
        ("Spread fixtures in depth", arrange::Deed::This(Arrange::Distribute { axis: 1 })),
        ("Spread fixtures in height", arrange::Deed::This(Arrange::Distribute { axis: 2 })),
        ("Lay fixtures in a line, first to last", arrange::Deed::This(Arrange::Spread)),
        ("Lay fixtures in a ring", arrange::Deed::Ring),
        ("Mirror fixtures left and right", arrange::Deed::This(Arrange::Mirror { axis: 0, at: 0.0 })),
        ("Mirror fixtures front and back", arrange::Deed::This(Arrange::Mirror { axis: 1, at: 0.0 })),
    ];
    for (label, deed) in deeds {
        app.add_action(label, None, move |mut deeds: MessageWriter<arrange::Deed>| {
            deeds.write(deed);
        });
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::Ui;

    use super::*;
    use crate::venue::panel::{bulk, checks, fixture, library, patch};

    /// Bevy refuses a system whose parameters contradict each other, but only when it is first run.
    fn fits<M>(panel: impl IntoSystem<InMut<'static, Ui>, (), M>) {
        let mut world = World::new();
        IntoSystem::into_system(panel).initialize(&mut world);
    }

    #[test]
    fn no_panel_asks_for_the_same_thing_twice() {
        fits(crate::previz::view::panel);
        fits(crate::previz::plan::panel);
        fits(universe::panel);
        fits(arrange::panel);
        fits(faders::panel);
        fits(groups::panel);
        fits(checks::panel);
        fits(library::panel);
        fits(patch::panel);
        fits(bulk::panel);
        fits(fixture::panel);
    }
}
