//! A few lines of text over the picture: how the program is doing.  And a row of choices.

use bevy_egui::egui::{self, Align2, Area, Context, Frame, Id, Margin, Order, RichText, Ui, vec2};

use super::theme;

/// One line: a name, its value, and whether that is trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: &'static str,
    pub value: String,
    pub trouble: bool,
}

impl Line {
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), trouble: false }
    }

    pub fn trouble_if(mut self, trouble: bool) -> Self {
        self.trouble = trouble;
        self
    }
}

pub fn overlay(ctx: &Context, lines: &[Line]) {
    floating(ctx, "status", Align2::LEFT_TOP, vec2(12.0, 12.0), |ui| lines_ui(ui, lines));
}

pub fn lines_ui(ui: &mut Ui, lines: &[Line]) {
    egui::Grid::new("status lines").num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
        for line in lines {
            ui.label(RichText::new(line.name).small().color(theme::FAINT));
            let color = if line.trouble { theme::DANGER } else { theme::TEXT };
            ui.label(RichText::new(&line.value).small().monospace().color(color));
            ui.end_row();
        }
    });
}

/// A row of names in the corner, one of them chosen; returns the one that was clicked.
pub fn corner_choice(ctx: &Context, names: &[&str], chosen: Option<usize>) -> Option<usize> {
    floating(ctx, "views", Align2::RIGHT_TOP, vec2(-12.0, 12.0), |ui| choice_ui(ui, names, chosen))
}

pub fn choice_ui(ui: &mut Ui, names: &[&str], chosen: Option<usize>) -> Option<usize> {
    ui.horizontal(|ui| {
        let clicked = names
            .iter()
            .enumerate()
            .filter(|&(at, name)| ui.selectable_label(chosen == Some(at), *name).on_hover_text(format!("Key {}", at + 1)).clicked());
        clicked.map(|(at, _)| at).last()
    })
    .inner
}

fn floating<R>(ctx: &Context, id: &str, corner: Align2, offset: egui::Vec2, add: impl FnOnce(&mut Ui) -> R) -> R {
    Area::new(Id::new(id))
        .order(Order::Middle)
        .anchor(corner, offset)
        .show(ctx, |ui| {
            let frame = Frame::new().fill(theme::PANEL.gamma_multiply(0.82)).inner_margin(Margin::symmetric(10, 6)).corner_radius(6);
            frame.show(ui, add).inner
        })
        .inner
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_click_on_a_name_chooses_it() {
        let draw = |ui: &mut Ui, clicked: &mut Option<usize>| {
            if let Some(at) = choice_ui(ui, &["Front", "Top"], Some(0)) {
                *clicked = Some(at);
            }
        };
        let mut harness = Harness::builder().build_ui_state(draw, None);
        harness.get_by_label("Top").click();
        harness.run();
        assert_eq!(*harness.state(), Some(1));
    }
}
