//! The studio without a window: every panel but the 3D view, drawn into whatever egui context is handed in.
//!
//! For tests that click through it by accessible names, and for measuring what a frame of it costs.

use bevy::diagnostic::{DiagnosticsPlugin, FrameTimeDiagnosticsPlugin};
use bevy::prelude::*;
use bevy_egui::egui::Context;
use bevy_egui::{EguiContext, EguiPrimaryContextPass, PrimaryEguiContext};

use super::{Desktop, DesktopError, open, show_plugins, studio};
use crate::output::worker::OutputHandle;
use crate::previz::orbit::LookFrom;

pub struct Offscreen {
    app: App,
    context: Entity,
}

impl Offscreen {
    /// The show as the window would open it; what is sent goes to `output`.
    pub fn new(desktop: Desktop, output: OutputHandle) -> Result<Self, DesktopError> {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, DiagnosticsPlugin, FrameTimeDiagnosticsPlugin::default(), show_plugins, studio));
        app.add_message::<LookFrom>().init_schedule(EguiPrimaryContextPass);
        open(&mut app, desktop, output)?;
        app.finish();
        app.cleanup();
        let context = app.world_mut().spawn((EguiContext::default(), PrimaryEguiContext)).id();
        Ok(Self { app, context })
    }

    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// The systems of one frame, without drawing.
    pub fn update(&mut self) {
        self.app.update();
    }

    /// Draws the whole studio into a context that is in the middle of its frame.
    pub fn draw(&mut self, ctx: &Context) {
        if let Some(mut known) = self.app.world_mut().get_mut::<EguiContext>(self.context) {
            *known.get_mut() = ctx.clone();
        }
        self.app.world_mut().run_schedule(EguiPrimaryContextPass);
    }
}
