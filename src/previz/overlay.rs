//! What is written over a picture of the rig: rings round what is selected, labels, colours of groups and universes, circles,
//! movement ranges, whom an expression hits.
//!
//! Labels that would lie on others are left out, those of selected fixtures last: a rig of thousands stays legible, and
//! costs no more than the screen has room for.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, vec2};

use super::bench::{Labels, Tints};
use super::hands::Scene;
use crate::engine::nodes::steering::pyramid;
use crate::engine::rig::Movement;
use crate::engine::rig::space::Circle;
use crate::ui::theme;

/// Draws all of it.  `places` is where each fixture is seen; `shown_group` is drawn with its movement whatever the bench says.
pub fn paint(painter: &Painter, scene: &Scene<'_>, places: &[Option<Pos2>], shown_group: Option<&str>) {
    let Scene { rig, marks, bench, .. } = *scene;
    if !marks.fits(rig) || places.len() != rig.fixtures.len() {
        return;
    }
    tints(painter, scene, places);
    let ring = Stroke::new(2.0, theme::ACCENT);
    for &at in &marks.picked {
        if let Some(place) = places[at] {
            painter.circle_stroke(place, if scene.plan { 7.0 } else { 13.0 }, ring);
        }
    }
    if bench.circles {
        circles(painter, scene);
    }
    for (group, mark) in rig.groups.iter().zip(&marks.groups) {
        if !group.members.is_empty() && (bench.pyramids || shown_group == Some(group.name.as_str())) {
            movement(painter, scene, mark.middle, &group.movement);
        }
    }
    hits(painter, scene);
    labels(painter, scene, places);
    legend(painter, scene);
}

/// A dot beside each fixture for every group, or one for its universe.
fn tints(painter: &Painter, scene: &Scene<'_>, places: &[Option<Pos2>]) {
    const MOST: usize = 4;
    for (at, place) in places.iter().enumerate() {
        let Some(place) = *place else { continue };
        match scene.bench.tints {
            Tints::None => return,
            Tints::Universes => {
                let color = theme::nth(scene.marks.universe_place(scene.rig.fixtures[at].universe));
                painter.circle(place, 5.0, color, Stroke::new(1.0, Color32::BLACK));
            }
            Tints::Groups => {
                let of = &scene.marks.groups_of[at];
                for (nth, &group) in of.iter().take(MOST).enumerate() {
                    let left = (of.len().min(MOST) - 1) as f32 * -4.0;
                    let color = theme::nth(usize::from(group));
                    painter.circle(place + vec2(left + nth as f32 * 8.0, 0.0), 4.0, color, Stroke::new(1.0, Color32::BLACK));
                }
            }
        }
    }
}

fn circles(painter: &Painter, scene: &Scene<'_>) {
    for (at, group) in scene.marks.groups.iter().enumerate() {
        if let Some(circle) = &group.circle {
            circle_fit(painter, scene, circle, theme::nth(at));
        }
    }
    if let Some(circle) = &scene.marks.circle {
        circle_fit(painter, scene, circle, theme::ACCENT);
    }
}

/// The circle, a tick where its angles begin and an arrow head the way they rise.
fn circle_fit(painter: &Painter, scene: &Scene<'_>, circle: &Circle, color: Color32) {
    let other = circle.normal.cross(circle.zero);
    let at = |turns: f32, share: f32| {
        let (sin, cos) = (turns * TAU).sin_cos();
        scene.sight.place_anywhere(circle.center + (circle.zero * cos + other * sin) * (circle.radius * share))
    };
    let round: Option<Vec<Pos2>> = (0..64).map(|step| at(step as f32 / 64.0, 1.0)).collect();
    if let Some(round) = round {
        painter.add(Shape::closed_line(round, Stroke::new(1.5, color.gamma_multiply(0.8))));
    }
    if let (Some(inner), Some(outer)) = (at(0.0, 0.9), at(0.0, 1.1)) {
        painter.line_segment([inner, outer], Stroke::new(2.5, color));
        painter.text(outer, Align2::LEFT_CENTER, format!(" 0°  r {:.2} m", circle.radius), FontId::proportional(11.0), color);
    }
    if let (Some(from), Some(to)) = (at(0.0, 1.1), at(0.04, 1.1)) {
        painter.arrow(from, to - from, Stroke::new(1.5, color));
    }
}

/// The pyramid that a group's movement signals open into, with its u and v.
fn movement(painter: &Painter, scene: &Scene<'_>, apex: Vec3, movement: &Movement) {
    const LONG_M: f32 = 2.5;
    let corner = |u: f32, v: f32| scene.sight.place_anywhere(apex + pyramid(movement, u, v) * LONG_M);
    let (Some(top), Some(base)) = (scene.sight.place_anywhere(apex), corner(0.0, 0.0)) else { return };
    let corners: Option<Vec<Pos2>> = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].into_iter().map(|(u, v)| corner(u, v)).collect();
    let Some(corners) = corners else { return };
    let color = theme::MOVEMENT;
    for &corner in &corners {
        painter.line_segment([top, corner], Stroke::new(1.2, color.gamma_multiply(0.7)));
    }
    painter.add(Shape::convex_polygon(corners, color.gamma_multiply(0.14), Stroke::new(1.2, color)));
    painter.line_segment([top, base], Stroke::new(1.0, color.gamma_multiply(0.5)));
    for (name, end) in [("u", corner(1.0, 0.0)), ("v", corner(0.0, 1.0))] {
        if let Some(end) = end {
            painter.line_segment([base, end], Stroke::new(1.5, color));
            painter.text(end, Align2::LEFT_BOTTOM, name, FontId::proportional(11.0), color);
        }
    }
}

/// Every head that the expression hits, with its place in the selection where there is room.
fn hits(painter: &Painter, scene: &Scene<'_>) {
    let Some(hit) = &scene.marks.hit else { return };
    let numbered = hit.n <= 120;
    for (head, &place) in scene.rig.heads.iter().zip(&hit.places).filter(|(_, place)| **place > 0) {
        let Some(at) = scene.sight.place(head.position) else { continue };
        painter.circle(at, 4.5, theme::SELECTION.gamma_multiply(0.5), Stroke::new(1.5, theme::SELECTION));
        if numbered {
            painter.text(at + vec2(0.0, -6.0), Align2::CENTER_BOTTOM, place, FontId::proportional(10.0), theme::SELECTION);
        }
    }
}

/// Which cells of the picture have a label already.
struct Taken {
    area: Rect,
    across: usize,
    cells: Vec<bool>,
}

const CELL: egui::Vec2 = vec2(14.0, 9.0);

impl Taken {
    fn new(area: Rect) -> Self {
        let across = (area.width() / CELL.x).ceil().max(1.0) as usize + 1;
        let down = (area.height() / CELL.y).ceil().max(1.0) as usize + 1;
        Self { area, across, cells: vec![false; across * down] }
    }

    /// Takes the room for a label; false where there is none.
    fn take(&mut self, label: Rect) -> bool {
        let cell = |at: Pos2| ((at - self.area.min) / CELL).max(egui::Vec2::ZERO);
        let (low, high) = (cell(label.min), cell(label.max));
        let covered = |across: usize| {
            let rows = low.y as usize..=high.y as usize;
            rows.flat_map(move |row| (low.x as usize..=high.x as usize).map(move |column| row * across + column.min(across - 1)))
        };
        if !self.area.contains_rect(label) || covered(self.across).any(|cell| self.cells.get(cell).copied().unwrap_or(true)) {
            return false;
        }
        covered(self.across).for_each(|cell| self.cells[cell] = true);
        true
    }
}

fn labels(painter: &Painter, scene: &Scene<'_>, places: &[Option<Pos2>]) {
    if scene.bench.labels == Labels::None {
        return;
    }
    let mut taken = Taken::new(scene.sight.rect);
    if scene.bench.labels == Labels::Heads {
        return head_numbers(painter, scene, places, &mut taken);
    }
    let font = FontId::proportional(11.0);
    let rest = (0..places.len()).filter(|&at| !scene.marks.is_picked[at]);
    for at in scene.marks.picked.iter().copied().chain(rest) {
        let Some(place) = places[at] else { continue };
        let fixture = &scene.rig.fixtures[at];
        let text = match scene.bench.labels {
            Labels::Names => fixture.label.as_str(),
            _ => scene.marks.addresses[at].as_str(),
        };
        let text = if scene.bench.labels == Labels::Universes { text.split('.').next().unwrap_or(text) } else { text };
        // Before it is laid out: what has no room costs nothing.
        let width = 6.2 * text.chars().count() as f32 + 4.0;
        if !taken.take(Align2::CENTER_TOP.anchor_size(place + vec2(0.0, 15.0), vec2(width, 14.0))) {
            continue;
        }
        let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), theme::TEXT);
        let area = Align2::CENTER_TOP.anchor_size(place + vec2(0.0, 15.0), galley.size());
        let color = match scene.bench.labels {
            Labels::Universes => theme::nth(scene.marks.universe_place(fixture.universe)),
            _ if scene.marks.is_picked[at] => theme::ACCENT,
            _ => theme::TEXT,
        };
        painter.rect_filled(area.expand(2.0), 3.0, Color32::from_black_alpha(170));
        painter.galley_with_override_text_color(area.min, galley, color);
    }
}

/// The numbers of heads, from 1; of the selected fixtures where any are selected.
fn head_numbers(painter: &Painter, scene: &Scene<'_>, places: &[Option<Pos2>], taken: &mut Taken) {
    let font = FontId::proportional(10.0);
    let all = scene.marks.picked.is_empty();
    for at in (0..places.len()).filter(|&at| places[at].is_some() && (all || scene.marks.is_picked[at])) {
        for head in scene.rig.heads_of(at) {
            let Some(place) = scene.sight.place(scene.rig.heads[head as usize].position) else { continue };
            if taken.take(Rect::from_center_size(place, vec2(13.0, 8.0))) {
                let number = scene.rig.heads[head as usize].index + 1;
                painter.circle_filled(place, 6.5, Color32::from_black_alpha(170));
                painter.text(place, Align2::CENTER_CENTER, number, font.clone(), theme::TEXT);
            }
        }
    }
}

/// What the colours mean.
fn legend(painter: &Painter, scene: &Scene<'_>) {
    const MOST: usize = 24;
    let words: Vec<(Color32, String)> = match scene.bench.tints {
        Tints::None => return,
        Tints::Groups => scene.marks.groups.iter().enumerate().map(|(at, group)| (theme::nth(at), group.name.clone())).take(MOST).collect(),
        Tints::Universes => {
            scene.marks.universes.iter().enumerate().map(|(at, number)| (theme::nth(at), format!("Universe {number}"))).take(MOST).collect()
        }
    };
    let area = scene.sight.rect;
    let top = area.bottom() - 10.0 - words.len() as f32 * 15.0;
    for (at, (color, word)) in words.into_iter().enumerate() {
        let place = Pos2::new(area.left() + 16.0, top + at as f32 * 15.0);
        painter.circle_filled(place, 4.0, color);
        painter.text(place + vec2(10.0, 0.0), Align2::LEFT_CENTER, word, FontId::proportional(11.0), theme::TEXT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_lie_on_each_other_nor_over_the_edge() {
        let mut taken = Taken::new(Rect::from_min_size(Pos2::new(10.0, 10.0), vec2(400.0, 200.0)));
        let label = |x: f32, y: f32| Rect::from_min_size(Pos2::new(x, y), vec2(50.0, 14.0));
        assert!(taken.take(label(20.0, 20.0)));
        assert!(!taken.take(label(40.0, 25.0)), "on another");
        assert!(taken.take(label(120.0, 20.0)) && taken.take(label(20.0, 60.0)));
        assert!(!taken.take(label(380.0, 100.0)), "over the edge");
    }
}
