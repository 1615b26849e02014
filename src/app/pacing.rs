//! When the window is drawn: all the time while something plays or moves, else when something happened.
//!
//! At rest nothing is drawn until a key, the pointer, or one of the threads has news.  Threads cannot wake a window that sleeps,
//! so one of ours looks at the output's figures now and then and wakes it when they tell something new.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bevy::prelude::*;
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent};
use bevy_egui::{EguiContext, PrimaryEguiContext};

use super::incoming::Incoming;
use super::layouts::OUTPUTS;
use super::opening::Opening;
use super::remote::Watched;
use crate::analysis::listener::Listener;
use crate::analysis::panel::Listening;
use crate::output::plugin::{Network, Outlet};
use crate::output::stats::OutputStats;
use crate::show::plugin::{CurrentFrame, CurrentProgram, Playhead};
use crate::store::plugin::{Keeper, Restoring};
use crate::ui::shell::Layouts;
use crate::ui::toasts::Toasts;
use crate::venue::panel::highlight::Highlight;

/// While a thread works, its progress is worth a picture this often.
const BUSY: Duration = Duration::from_millis(100);
/// Longer than anybody sits still; the bound keeps a missed wake from lasting.
const REST: Duration = Duration::from_mins(1);
/// How long things that were just changed may still settle: programs that compile, edits that are being saved.
const SETTLE: Duration = Duration::from_millis(700);
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pace>().insert_resource(WinitSettings::continuous()).add_systems(Startup, watch).add_systems(Update, pace);
}

/// How much there is to see.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pace {
    #[default]
    Always,
    Busy,
    /// What the network tells is on the screen.
    Slow,
    Rest,
}

fn pace(
    (playhead, frame): (Res<Playhead>, Res<CurrentFrame>),
    (program, layouts, highlight, network): (Res<CurrentProgram>, Res<Layouts>, Res<Highlight>, Res<Network>),
    (incoming, opening, restoring, keeper, toasts, listening): (
        Res<Incoming>,
        Res<Opening>,
        Res<Restoring>,
        Option<Res<Keeper>>,
        Res<Toasts>,
        Res<Listening>,
    ),
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    time: Res<Time<Real>>,
    mut settles: Local<Duration>,
    mut settings: ResMut<WinitSettings>,
    (mut now, watched): (ResMut<Pace>, Option<Res<Watched>>),
) {
    let waiting = keeper.and_then(|keeper| keeper.status()).is_some_and(|status| status.waiting > 0);
    let listens = listening.0.as_ref().is_some_and(Listener::is_busy);
    let works = listens || incoming.words().is_some() || opening.is_on() || restoring.is_on() || waiting || toasts.fades();
    let pressed = contexts
        .iter_mut()
        .any(|mut context| context.bypass_change_detection().get_mut().input(|input| !input.events.is_empty() || input.pointer.any_down()));
    if pressed || program.is_changed() || works {
        *settles = time.elapsed() + SETTLE;
    }
    let strobes = frame.0.strobe.iter().any(|rate| *rate > 0.0);
    let wanted = if playhead.playing || strobes || network.heard.seen {
        Pace::Always
    } else if time.elapsed() < *settles || *highlight == Highlight::Blink {
        Pace::Busy
    } else if layouts.shows(OUTPUTS) || watched.is_some() {
        // A script is answered between two frames.
        Pace::Slow
    } else {
        Pace::Rest
    };
    *now = wanted;
    let mode = match wanted {
        Pace::Always => UpdateMode::Continuous,
        Pace::Busy => UpdateMode::reactive(BUSY),
        Pace::Slow => UpdateMode::reactive(LOOK_EVERY),
        Pace::Rest => UpdateMode::reactive(REST),
    };
    if settings.focused_mode != mode || settings.unfocused_mode != mode {
        *settings = WinitSettings { focused_mode: mode, unfocused_mode: mode };
    }
}

/// What a person at rest would want to see at once.
fn news(stats: &OutputStats, heard: u64) -> impl PartialEq + use<> {
    let lost = stats.loss.map(|loss| loss.cause);
    (stats.errors, stats.dropped, stats.panics, stats.log_failed, stats.frames_sent.len(), lost, heard)
}

/// Ends the watch with the app.
#[derive(Resource)]
struct Watch(Arc<AtomicBool>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn watch(mut commands: Commands, outlet: Option<Res<Outlet>>, proxy: Option<Res<EventLoopProxyWrapper>>) {
    let (Some(outlet), Some(proxy)) = (outlet, proxy) else { return };
    let (handle, proxy) = (outlet.0.clone(), (**proxy).clone());
    let ended = Arc::new(AtomicBool::new(false));
    commands.insert_resource(Watch(ended.clone()));
    let look = move || {
        let mut known = news(&handle.stats(), handle.heard());
        while !ended.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK_EVERY);
            let now = news(&handle.stats(), handle.heard());
            if now != known {
                known = now;
                if proxy.send_event(WinitUserEvent::WakeUp).is_err() {
                    return;
                }
            }
        }
    };
    // Without it trouble is seen with the next key or move of the pointer.
    drop(std::thread::Builder::new().name("watch".into()).spawn(look));
}
