//! Short messages that come and go.  Trouble stays until it is clicked away; good news leaves by itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bevy::prelude::Resource;
use bevy_egui::egui::{Align2, Area, Context, Frame, Id, Label, Margin, Order, RichText, Sense, vec2};

use super::theme;

const MAX_TOASTS: usize = 6;
const STAY: Duration = Duration::from_secs(4);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    text: String,
    trouble: bool,
    since: Instant,
}

#[derive(Resource, Clone, Debug, Default)]
pub struct Toasts(VecDeque<Toast>);

impl Toasts {
    pub fn say(&mut self, text: impl Into<String>) {
        self.push(text.into(), false);
    }

    pub fn trouble(&mut self, text: impl Into<String>) {
        self.push(text.into(), true);
    }

    /// The same words once, however often they are said; the oldest goes when there are too many.
    fn push(&mut self, text: String, trouble: bool) {
        self.0.retain(|toast| toast.text != text);
        self.0.push_back(Toast { text, trouble, since: Instant::now() });
        while self.0.len() > MAX_TOASTS {
            self.0.pop_front();
        }
    }

    /// Whether one of them is about to leave by itself.
    pub fn fades(&self) -> bool {
        self.0.iter().any(|toast| !toast.trouble)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Draws them above the corner; a click closes one.
    pub fn show(&mut self, ctx: &Context, bottom: f32) {
        self.0.retain(|toast| toast.trouble || toast.since.elapsed() < STAY);
        if !self.0.is_empty() {
            ctx.request_repaint_after(Duration::from_millis(250));
        }
        let mut closed = None;
        Area::new(Id::new("toasts")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -bottom)).show(ctx, |ui| {
            for (at, toast) in self.0.iter().enumerate() {
                let frame = Frame::new().fill(theme::raised(ui)).inner_margin(Margin::symmetric(12, 8)).corner_radius(6);
                frame.show(ui, |ui| {
                    ui.set_max_width(420.0);
                    let color = if toast.trouble { theme::DANGER } else { theme::text(ui) };
                    let label = Label::new(RichText::new(&toast.text).color(color)).wrap().sense(Sense::click());
                    if ui.add(label).on_hover_text("Click to close").clicked() {
                        closed = Some(at);
                    }
                });
            }
        });
        if let Some(at) = closed {
            self.0.remove(at);
        }
    }
}
