//! What happens when a track has played to its end: the demo begins again, and of any other it is said why the room is dark now.

use bevy::prelude::*;

use crate::document::builtin;
use crate::document::plugin::{Doc, OnDesk, Told};
use crate::playback::panel::Wish;
use crate::playback::plugin::{Playback, Wanted};
use crate::schedule::ShowSystems;
use crate::show::plugin::Playhead;
use crate::tracks::model::Track;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, at_the_end.after(ShowSystems::Transport).run_if(resource_exists::<Playback>));
}

fn at_the_end(
    (playback, playhead, desk): (Res<Playback>, Res<Playhead>, Res<OnDesk>),
    track: Query<&Doc<Track>>,
    mut played: Local<bool>,
    mut wanted: MessageWriter<Wanted>,
    mut told: MessageWriter<Told>,
) {
    let played = std::mem::replace(&mut *played, playhead.playing);
    // Light that runs behind the sound stops short of the end.
    let end = playback.player.transport().end_secs() - playback.offset.secs().abs() - 1e-3;
    if !played || playhead.playing || playhead.at_secs < end {
        return;
    }
    if desk.0.track == builtin::desk().track {
        wanted.write(Wanted(Wish::PlayOrPause));
    } else {
        let title = track.iter().next().map_or("The track", |track| &track.title);
        told.write(Told::Done(format!("{title} has played to its end: Space plays it again")));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::playback::clock::SilentClock;
    use crate::playback::player::Player;
    use crate::playback::transport::{LightOffset, Transport};

    /// Plays the last moments of a track; what came of it.
    fn ends(track: uuid::Uuid, at_secs: f64) -> (usize, usize) {
        let mut app = App::new();
        app.add_message::<Wanted>().add_message::<Told>().init_resource::<Playhead>().add_plugins(plugin);
        let player = Player::new(Transport::new(Instant::now(), 60.0).unwrap(), Box::new(SilentClock::default()));
        app.insert_resource(Playback { player, offset: LightOffset::new(-0.02).unwrap() });
        app.insert_resource(OnDesk(crate::document::record::Desk { track, ..builtin::desk() }));
        for (at_secs, playing) in [(at_secs - 0.1, true), (at_secs, false), (at_secs, false)] {
            *app.world_mut().resource_mut::<Playhead>() = Playhead { at_secs, playing, ..Playhead::default() };
            app.update();
        }
        let world = app.world();
        (world.resource::<Messages<Wanted>>().len(), world.resource::<Messages<Told>>().len())
    }

    #[test]
    fn the_demo_begins_again_and_another_song_says_that_it_is_over() {
        let other = uuid::Uuid::from_u128(5);
        assert_eq!(ends(builtin::desk().track, 59.98), (1, 0));
        assert_eq!(ends(other, 60.0), (0, 1));
        assert_eq!(ends(other, 31.0), (0, 0), "paused is not over");
    }
}
