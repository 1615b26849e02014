//! Playback in the world: wishes reach the player, and the playhead follows the player's transport.
//!
//! Knows nothing of light: `show/` makes the windows of the playhead's positions.

use std::time::Instant;

use bevy::prelude::*;

use super::panel::Wish;
use super::player::Player;
use super::transport::{LightOffset, LoopRegion, TransportError};
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentLive, Playhead};

/// What plays, and how far light runs ahead of it.
#[derive(Resource)]
pub struct Playback {
    pub player: Player,
    pub offset: LightOffset,
}

/// Somebody at a panel or a key wants something of the transport or the masters.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Wanted(pub Wish);

pub fn plugin(app: &mut App) {
    app.add_message::<Wanted>()
        .add_systems(Update, (grant_wishes, follow_transport).chain().in_set(ShowSystems::Transport).run_if(resource_exists::<Playback>));
}

fn grant_wishes(mut wanted: MessageReader<Wanted>, mut playback: ResMut<Playback>, mut live: ResMut<CurrentLive>) {
    for Wanted(wish) in wanted.read() {
        // What cannot be (a loop outside the track) leaves everything as it was.
        if let Err(error) = grant(*wish, &mut playback, &mut live) {
            warn!("{error}");
        }
    }
}

fn grant(wish: Wish, playback: &mut Playback, live: &mut CurrentLive) -> Result<(), TransportError> {
    let now = Instant::now();
    let player = &mut playback.player;
    match wish {
        Wish::PlayOrPause if player.transport().is_playing_at(now) => player.pause(now),
        Wish::PlayOrPause => player.play(now),
        Wish::Seek(secs) => player.seek(now, secs.max(0.0))?,
        Wish::Rate(rate) => player.set_rate(now, rate)?,
        Wish::Loop(None) => player.set_loop(now, None)?,
        Wish::Loop(Some((from, to))) => player.set_loop(now, Some(LoopRegion::new(from, to)?))?,
        Wish::OffsetMs(offset_ms) => playback.offset = LightOffset::new(offset_ms / 1000.0)?,
        Wish::GrandMaster(level) => live.0.grand_master = level.clamp(0.0, 1.0),
        Wish::Blackout(dark) => live.0.blackout = dark,
    }
    Ok(())
}

fn follow_transport(mut playback: ResMut<Playback>, mut playhead: ResMut<Playhead>) {
    let now = Instant::now();
    let transport = playback.player.tick(now);
    let moment = transport.light_at(now, playback.offset);
    let flow = (moment.jump, playback.offset.secs().to_bits());
    *playhead = Playhead { at_secs: moment.secs, flow, playing: moment.playing, rate: transport.rate() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::clock::SilentClock;
    use crate::playback::transport::Transport;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((crate::schedule::plugin, crate::show::plugin::plugin, plugin));
        let player = Player::new(Transport::new(Instant::now(), 60.0).unwrap(), Box::new(SilentClock::default()));
        app.insert_resource(Playback { player, offset: LightOffset::default() });
        app
    }

    fn want(app: &mut App, wish: Wish) -> Playhead {
        app.world_mut().write_message(Wanted(wish));
        app.update();
        *app.world().resource::<Playhead>()
    }

    #[test]
    fn a_seek_moves_the_playhead_and_breaks_the_flow() {
        let mut app = app();
        app.update();
        let before = *app.world().resource::<Playhead>();
        let sought = want(&mut app, Wish::Seek(12.0));
        assert_eq!((sought.at_secs, sought.playing), (12.0, false));
        assert_ne!(sought.flow, before.flow);
        assert!(want(&mut app, Wish::PlayOrPause).playing);
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
        let mut app = app();
        want(&mut app, Wish::Seek(12.0));
        want(&mut app, Wish::Loop(Some((50.0, 900.0))));
        want(&mut app, Wish::Rate(1e9));
        let playback = app.world().resource::<Playback>();
        assert_eq!((playback.player.transport().loop_region(), playback.player.transport().rate()), (None, 1.0));
    }

    #[test]
    fn masters_reach_the_live_state() {
        let mut app = app();
        want(&mut app, Wish::GrandMaster(0.5));
        want(&mut app, Wish::Blackout(true));
        let live = &app.world().resource::<CurrentLive>().0;
        assert_eq!((live.grand_master, live.blackout), (0.5, true));
    }
}
