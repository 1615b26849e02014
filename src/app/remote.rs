//! What a script sees of the window, for tests that use the real one: names and places of all controls, and files let fall on it.
//!
//! Only where `--test-port` asks for it, on 127.0.0.1.  The mouse and the keyboard are the window system's own; nothing here presses
//! anything.

use std::collections::BTreeMap;

use bevy::ecs::message::Messages;
use bevy::prelude::*;
use bevy::remote::http::RemoteHttpPlugin;
use bevy::remote::{BrpError, BrpResult, RemotePlugin, error_codes};
use bevy::time::TimeSystems;
use bevy::window::{FileDragAndDrop, PrimaryWindow, RequestRedraw};
use bevy_egui::egui::accesskit::Rect;
use bevy_egui::egui::emath::TSTransform;
use bevy_egui::egui::{Context, LayerId, pos2};
use bevy_egui::{EguiContext, EguiOutput, PrimaryEguiContext};
use serde_json::{Value, json};

use crate::document::plugin::Doc;
use crate::output::plugin::Outlet;
use crate::show::plugin::{CurrentProgram, Playhead};
use crate::tracks::model::Track;

use super::incoming::Incoming;
use super::opening::Opening;
use super::pacing::Pace;

/// Somebody looks at the controls by name.
#[derive(Resource)]
pub(super) struct Watched;

/// How often the window was drawn, and the longest that two frames were apart since somebody asked.
#[derive(Resource, Default)]
struct Frames {
    n: u64,
    /// Those that something asked for, whatever the pace.
    n_asked: u64,
    longest_ms: f64,
}

fn count(time: Res<Time<Real>>, mut asked: MessageReader<RequestRedraw>, mut frames: ResMut<Frames>) {
    frames.n += 1;
    frames.n_asked += u64::from(asked.read().count() > 0);
    frames.longest_ms = frames.longest_ms.max(time.delta_secs_f64() * 1e3);
}

pub(super) fn plugin(port: u16) -> impl Fn(&mut App) {
    move |app| {
        let remote = RemotePlugin::default().with_method_main("luma.widgets", widgets).with_method_main("luma.drop", let_fall);
        app.add_plugins((remote, RemoteHttpPlugin::default().with_port(port)))
            .insert_resource(Watched)
            .init_resource::<Frames>()
            .add_systems(First, count.after(TimeSystems));
    }
}

/// Every named control with its place in the window (pixels: left, top, right, bottom), and how the program is.
fn widgets(
    In(_): In<Option<Value>>,
    outputs: Query<&EguiOutput, With<PrimaryEguiContext>>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    (playhead, program, track): (Res<Playhead>, Res<CurrentProgram>, Query<&Doc<Track>>),
    (incoming, opening, outlet): (Res<Incoming>, Res<Opening>, Option<Res<Outlet>>),
    (mut frames, pace): (ResMut<Frames>, Res<Pace>),
) -> BrpResult {
    let output = outputs.single().map_err(|error| wrong(&format!("there is no window yet: {error}")))?;
    let scale = f64::from(output.pixels_per_point);
    let nodes = || output.platform_output.accesskit_update.iter().flat_map(|update| &update.nodes);
    let texts: BTreeMap<_, _> = nodes().filter_map(|(id, node)| Some((*id, node.label().or_else(|| node.value())?))).collect();
    let causes = contexts.single_mut().map(|mut context| restless(context.bypass_change_detection().get_mut())).unwrap_or_default();
    let layers = contexts.single_mut().map(|mut context| scenes(context.bypass_change_detection().get_mut())).unwrap_or_default();
    let seen: Vec<Value> = nodes()
        .filter_map(|(id, node)| {
            let mut bounds = node.bounds()?;
            if let Some(to_global) = layers.get(&id.0) {
                let place = |x: f64, y: f64| *to_global * pos2(x as f32, y as f32);
                let (low, high) = (place(bounds.x0, bounds.y0), place(bounds.x1, bounds.y1));
                bounds = Rect { x0: low.x.into(), y0: low.y.into(), x1: high.x.into(), y1: high.y.into() };
            }
            let named_by = || node.labelled_by().iter().find_map(|id| texts.get(id).copied());
            let name = node.label().or_else(named_by).or_else(|| node.placeholder()).or_else(|| node.value())?;
            let place = [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|points| (points * scale).round());
            Some(json!({
                "name": name,
                "value": node.value(),
                "number": node.numeric_value(),
                "role": format!("{:?}", node.role()),
                "place": place,
                "disabled": node.is_disabled(),
            }))
        })
        .collect();
    let busy = incoming.words().is_some() || opening.is_on() || program.program.is_none();
    let sent = outlet.map(|outlet| outlet.0.stats().packets);
    let longest_ms = std::mem::take(&mut frames.longest_ms);
    Ok(json!({
        "widgets": seen,
        "track": track.iter().next().map(|track| &track.title),
        "playing": playhead.playing,
        "at_secs": playhead.at_secs,
        "busy": busy,
        "packets": sent,
        "frames": frames.n,
        "frames_asked": frames.n_asked,
        "pace": format!("{:?}", *pace),
        "restless": causes,
        "longest_ms": longest_ms,
    }))
}

/// Why egui drew its last frames, and what it was told in the last one.
fn restless(ctx: &Context) -> Vec<String> {
    let events = ctx.input(|input| input.events.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>());
    ctx.repaint_causes().iter().map(ToString::to_string).chain(events).collect()
}

/// Controls that lie in a canvas which is zoomed, and how that puts them on the screen: egui tells their places within it.
fn scenes(ctx: &Context) -> BTreeMap<u64, TSTransform> {
    let widgets: Vec<(LayerId, u64)> = ctx.viewport(|viewport| {
        let layers = viewport.prev_pass.widgets.layers();
        layers.flat_map(|(layer, widgets)| widgets.iter().map(|widget| (*layer, widget.id.value()))).collect()
    });
    widgets.into_iter().filter_map(|(layer, id)| Some((id, ctx.layer_transform_to_global(layer)?))).collect()
}

/// A file is let fall on the window, as the window system tells it.
fn let_fall(
    In(params): In<Option<Value>>,
    windows: Query<Entity, With<PrimaryWindow>>,
    mut drops: ResMut<Messages<FileDragAndDrop>>,
) -> BrpResult {
    let path = params.as_ref().and_then(|params| params["path"].as_str()).ok_or_else(|| wrong("give {\"path\": FILE}"))?;
    let window = windows.single().map_err(|error| wrong(&format!("there is no window yet: {error}")))?;
    drops.write(FileDragAndDrop::DroppedFile { window, path_buf: path.into() });
    Ok(Value::Null)
}

fn wrong(message: &str) -> BrpError {
    BrpError { code: error_codes::INVALID_PARAMS, message: message.to_owned(), data: None }
}

/// Names and roles of all controls are gathered only while somebody reads them: a screen reader, or a test.
pub(super) fn listen(
    requested: Option<Res<bevy::a11y::AccessibilityRequested>>,
    watched: Option<Res<Watched>>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    mut gathers: Local<Option<bool>>,
) {
    let wanted = watched.is_some() || requested.is_some_and(|requested| requested.get());
    for mut context in &mut contexts {
        if *gathers != Some(wanted) {
            *gathers = Some(wanted);
            let context = context.bypass_change_detection().get_mut();
            if wanted { context.enable_accesskit() } else { context.disable_accesskit() }
        }
    }
}
