//! The track in the world: what is known of it becomes a part of the show.

use bevy::prelude::*;

use super::model::Track;
use crate::document::plugin::Doc;
use crate::engine::TrackAnalysis;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

pub fn plugin(app: &mut App) {
    app.add_systems(Update, lower_track.in_set(ShowSystems::Lower));
}

fn lower_track(changed: Query<&Doc<Track>, Changed<Doc<Track>>>, mut part: ResMut<Part<TrackAnalysis>>) {
    if let Some(track) = changed.iter().next() {
        part.set(track.analysis.clone());
    }
}
