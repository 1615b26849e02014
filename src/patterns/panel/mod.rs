//! Patterns on the desk: the list of them, and the graph of one.

use bevy::prelude::*;

pub mod args;
pub mod canvas;
pub mod envelope;
pub mod gradient;
pub mod graph;
pub mod list;
pub mod live;
pub mod palette;
pub mod params;
pub mod plots;
pub mod selection_field;
pub mod tryout;
pub mod values;
pub mod versions;
mod viewer;

use crate::schedule::ShowSystems;

/// What the panels need besides themselves.
pub fn plugin(app: &mut App) {
    app.init_resource::<graph::GraphEditor>()
        .init_resource::<live::Watch>()
        .add_plugins(crate::patterns::previews::plugin::plugin)
        .add_systems(Update, live::watch.after(ShowSystems::Render))
        .add_systems(Update, tryout::keep.after(ShowSystems::Lower).before(ShowSystems::Compile));
    graph::add_actions(app);
}
