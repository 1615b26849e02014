//! Output in the world: hands the newest program, transport and live state to the thread that sends, and what comes in by
//! the network (a timecode, triggers) to who it is for.
//!
//! One way each.  The thread takes what it finds and never waits for a frame of the world.  Nobody listens to the network
//! before somebody asks: by opening the panel, or by an option that needs it.

use std::sync::Arc;
use std::time::Instant;

use bevy::platform::cell::SyncCell;
use bevy::prelude::*;

use super::artnet::address::Command;
use super::artnet::trigger::Trigger;
use super::health::Air;
use super::input::InputSnapshot;
use super::nodes::Node;
use super::options::{self, OutputOptions};
use super::routes::{Protocol, Route, Routes};
use super::rows::{self, Entry};
use super::shown::Showing;
use super::timecode::{Follower, Following};
use super::worker::OutputHandle;
use super::worker::listen::{ListenConfig, Listener};
use super::worker::receive::{ReceiveConfig, Receiver};
use crate::document::plugin::{Doc, Place, Saved, Told};
use crate::perform::model::{Hand, Pad};
use crate::perform::plugin::{Pressed, sorted};
use crate::playback::clock::OutsideClock;
use crate::playback::plugin::Playback;
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentFrame, CurrentLive, CurrentProgram};
use crate::store::plugin::{Closing, Keeper};

#[derive(Resource, Clone)]
pub struct Outlet(pub OutputHandle);

/// Where universes go: those that were routed, and all others; and what else was chosen for the wire.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Routing {
    pub default: Vec<Route>,
    pub entries: Vec<Entry>,
    pub options: OutputOptions,
}

/// Who listens in the network.
#[derive(Resource, Default)]
pub struct Network {
    /// Somebody wants to see what is there.
    pub wanted: bool,
    /// Where and as whom it is listened.
    pub listens: ListenConfig,
    listener: Option<SyncCell<Listener>>,
    receiver: Option<(Vec<u16>, SyncCell<Receiver>)>,
    /// Port-addresses that others were asked for.
    asked: Vec<u16>,
    /// Why nobody can be heard; nothing is tried again until it is asked for anew.
    trouble: Option<String>,
    pub heard: Heard,
}

/// What there is to see, as of this frame.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub nodes: Arc<Vec<Node>>,
    pub inputs: Vec<Arc<InputSnapshot>>,
    pub not_heard: Vec<String>,
    pub air: Arc<Air>,
    pub timecode: Follower,
    /// The newest that came, and when.
    pub trigger: Option<(Trigger, Instant)>,
    /// Another desk's light is to be seen.
    pub seen: bool,
}

impl Network {
    /// Tells a node; false where that cannot be.
    pub fn tell(&mut self, node: &Node, names: (&str, &str), command: Command) -> bool {
        self.listener.as_mut().is_some_and(|listener| listener.get().tell(node.ip, node.bind_index, names, command))
    }
}

pub fn plugin(app: &mut App) {
    app.init_resource::<Routing>()
        .init_resource::<Network>()
        .add_systems(Update, gather_routes.after(ShowSystems::Edit).before(ShowSystems::Transport).before(listen))
        .add_systems(Update, (listen, press).chain().before(ShowSystems::Transport).run_if(resource_exists::<Outlet>))
        .add_systems(
            Update,
            chase.after(press).before(ShowSystems::Transport).run_if(resource_exists::<Outlet>.and_then(resource_exists::<Playback>)),
        )
        .add_systems(Update, see_others.after(ShowSystems::Render).before(ShowSystems::Emit).run_if(resource_exists::<Outlet>))
        .add_systems(
            Update,
            (hand_over_program, hand_over_transport, hand_over_live, hand_over_routes)
                .in_set(ShowSystems::Emit)
                .run_if(resource_exists::<Outlet>),
        )
        .add_systems(Last, keep.before(Closing).run_if(resource_exists::<Keeper>.and_then(resource_changed::<Routing>)));
}

fn gather_routes(saved: Res<Saved>, mut routing: ResMut<Routing>) {
    if saved.is_changed() {
        let entries = rows::entries(saved.ground());
        if routing.entries != entries {
            routing.entries = entries;
        }
    }
}

fn keep(keeper: Res<Keeper>, routing: Res<Routing>) {
    if !routing.is_added() && (keeper.setting(options::KEY).is_some() || routing.options != OutputOptions::default()) {
        keeper.set_setting(options::KEY, routing.options.write());
    }
}

fn listen(outlet: Res<Outlet>, routing: Res<Routing>, mut network: ResMut<Network>) {
    let network = network.bypass_change_detection();
    if network.listener.is_none() && network.trouble.is_none() && (network.wanted || routing.options.listens()) {
        match Listener::start(network.listens.clone(), &outlet.0) {
            Ok(listener) => network.listener = Some(SyncCell::new(listener)),
            Err(error) => network.trouble = Some(error.to_string()),
        }
    }
    let asked = routing.options.wanted(Protocol::ArtNet);
    if network.asked != asked
        && let Some(listener) = &mut network.listener
    {
        listener.get().want(asked.clone());
        network.asked = asked;
    }
    let groups = routing.options.wanted(Protocol::Sacn);
    if network.receiver.as_ref().map_or(&[][..], |(joined, _)| joined) != groups {
        network.receiver = None;
        if !groups.is_empty() {
            let config = ReceiveConfig { universes: groups.clone(), ..ReceiveConfig::default() };
            match Receiver::start_for(config, Some(outlet.0.clone())) {
                Ok(receiver) => network.receiver = Some((groups, SyncCell::new(receiver))),
                Err(error) => network.trouble = Some(error.to_string()),
            }
        }
    }
    let Network { listener, receiver, trouble, heard, .. } = network;
    let mut not_heard: Vec<String> = trouble.iter().cloned().collect();
    heard.inputs.clear();
    if let Some(listener) = listener {
        let listener = listener.get();
        heard.nodes = listener.nodes();
        heard.inputs.push(listener.inputs());
        heard.air = listener.air();
        heard.timecode = listener.timecode();
        not_heard.extend(listener.trouble().iter().cloned());
    }
    if let Some((_, receiver)) = receiver {
        heard.inputs.push(receiver.get().inputs());
    }
    heard.not_heard = not_heard;
}

/// Triggers press pads, where that is wanted: on and off, as a key that was struck.
fn press(
    routing: Res<Routing>,
    mut network: ResMut<Network>,
    pads: Query<(&Place, &Doc<Pad>)>,
    mut pressed: MessageWriter<Pressed>,
    mut told: MessageWriter<Told>,
) {
    let Network { listener: Some(listener), heard, .. } = network.bypass_change_detection() else { return };
    for (trigger, from) in listener.get().triggers() {
        heard.trigger = Some((trigger, Instant::now()));
        if !routing.options.triggers {
            continue;
        }
        let pad = trigger.pad().and_then(|nth| sorted(&pads).into_iter().nth(nth - 1));
        match pad {
            Some(pad) => drop(pressed.write_batch([Pressed(Hand::Down(pad.id)), Pressed(Hand::Up(pad.id))])),
            None if trigger == Trigger::Foreign => {}
            None => drop(told.write(Told::Refused(format!("{from} pressed {}, and no pad has that number", trigger.words())))),
        }
    }
}

/// The track follows the timecode that comes in, where that is wanted; when it is lost, the track stops and the rule acts.
fn chase(
    outlet: Res<Outlet>,
    routing: Res<Routing>,
    network: Res<Network>,
    mut playback: ResMut<Playback>,
    (mut was_on, mut was_lost): (Local<bool>, Local<bool>),
) {
    let on = routing.options.follow_timecode;
    let now = Instant::now();
    if on != *was_on {
        *was_on = on;
        if on {
            // Two clocks would pull at one track.
            playback.player.set_clock(now, Box::new(OutsideClock));
        } else {
            outlet.0.set_deck_lost(false);
        }
    }
    if !on {
        return;
    }
    let following = network.heard.timecode.at(now);
    let lost = matches!(following, Following::Lost(_));
    outlet.0.set_deck_lost(lost);
    if lost && !*was_lost {
        // Once: whoever plays on by hand may.
        playback.player.pause(now);
    }
    *was_lost = lost;
    let chased = match following {
        Following::Running(secs) => playback.player.chase(now, secs, true),
        Following::Still(secs) => playback.player.chase(now, secs, false),
        Following::Never | Following::Lost(_) => Ok(()),
    };
    if let Err(error) = chased {
        warn!("{error}");
    }
}

/// The output has started by the routes of its own settings; it is told when others are wanted.
fn hand_over_routes(outlet: Res<Outlet>, routing: Res<Routing>) {
    if !routing.is_changed() {
        return;
    }
    if outlet.0.loss_rules() != routing.options.loss {
        outlet.0.set_loss_rules(routing.options.loss);
    }
    if !routing.default.is_empty() {
        let now = outlet.0.routes();
        let wanted = rows::routes(&routing.entries, &routing.default);
        let wanted = routing.options.to_routes(Routes { art_sync: now.art_sync, sacn_sync: now.sacn_sync, ..wanted });
        if *now != wanted {
            outlet.0.set_routes(wanted);
        }
    }
}

/// Lamps of universes that another desk has a say in are seen as it lights them, or as both do.
fn see_others(
    current: Res<CurrentProgram>,
    routing: Res<Routing>,
    mut network: ResMut<Network>,
    mut showing: Local<Showing>,
    mut frame: ResMut<CurrentFrame>,
) {
    let OutputOptions { shows, merges, .. } = &routing.options;
    let heard = &mut network.bypass_change_detection().heard;
    heard.seen = false;
    if let Some(program) = current.program.as_ref().filter(|_| !(shows.is_empty() && merges.is_empty())) {
        heard.seen = showing.see(&program.rig, &routing.options, &heard.inputs, Instant::now(), &mut frame.0);
    }
}

fn hand_over_program(outlet: Res<Outlet>, current: Res<CurrentProgram>) {
    if let Some(program) = current.program.as_ref().filter(|_| current.is_changed()) {
        outlet.0.set_program(program.clone());
    }
}

fn hand_over_transport(outlet: Res<Outlet>, playback: Option<Res<Playback>>) {
    if let Some(playback) = playback {
        outlet.0.set_offset(playback.offset);
        outlet.0.set_transport(playback.player.transport());
    }
}

fn hand_over_live(outlet: Res<Outlet>, live: Res<CurrentLive>) {
    if live.is_changed() {
        outlet.0.set_live(live.0.clone());
    }
}
