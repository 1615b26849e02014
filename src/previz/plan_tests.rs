//! The plan without a window: what is drawn of bodies and beams, and how it looks.

use bevy::prelude::*;
use bevy_egui::egui::{Pos2, Rect, pos2, vec2};

use super::State;
use super::*;
use crate::engine::{Live, Show, Window, compile, render};
use crate::venue;
use crate::venue::library::Library;

fn club() -> Rig {
    venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0
}

fn sight(side: Side) -> Sight {
    let (right, up) = side.axes();
    Sight::straight(Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0)), Vec3::new(0.0, 0.0, 2.5), right, up, 40.0)
}

/// All heads of one fixture at full, in a colour.
fn lit(rig: &Rig, label: &str, color: [f32; 3]) -> Vec<Option<Emission>> {
    let (program, _) = compile(&Show { rig: std::sync::Arc::new(rig.clone()), ..Show::default() });
    let at = rig.fixtures.iter().position(|fixture| fixture.label == label).unwrap();
    let full = crate::engine::live::Manual { dimmer: Some(1.0), color: Some(crate::engine::Rgb(color)), ..Default::default() };
    let live = Live { programmer: rig.heads_of(at).map(|head| (head, full)).collect(), ..Live::default() };
    let mut frame = Frame::default();
    render(&program, Window::ending(1.0, 0.02), &live, &mut frame);
    let mut emissions = Vec::new();
    let motion = Motion::at_once(&std::sync::Arc::new(rig.clone()), &frame, optics::Shutter { at_secs: 0.0, exposure_secs: 0.01 });
    look(rig, &frame, &motion, &mut emissions);
    emissions
}

fn box_of(points: impl Iterator<Item = Pos2>) -> Rect {
    Rect::from_points(&points.collect::<Vec<_>>())
}

#[test]
fn a_lit_lamp_throws_a_wedge_of_its_colour_the_way_it_looks_and_dark_ones_throw_none() {
    let rig = club();
    let emissions = lit(&rig, "Front wash 4", [1.0, 0.0, 0.0]);
    let additive = |mesh: &Triangles| mesh.vertices.iter().filter(|vertex| vertex.color.a() == 0).cloned().collect::<Vec<_>>();
    let from_side = light(&rig, &sight(Side::Right), &emissions);
    let wedge = additive(&from_side);
    assert!(!wedge.is_empty() && wedge.iter().all(|vertex| vertex.color.r() >= vertex.color.g() && vertex.color.g() == 0));
    let lamp = rig.fixtures.iter().find(|fixture| fixture.label == "Front wash 4").unwrap();
    let apex = sight(Side::Right).place(lamp.pose.position).unwrap();
    let area = box_of(wedge.iter().map(|vertex| vertex.pos));
    // It hangs at the audience's side and looks upstage and down: to the right and down, seen from the side.
    assert!(area.max.x > apex.x + 60.0 && area.max.y > apex.y + 60.0 && area.min.x > apex.x - 60.0, "{apex:?} {area:?}");
    let dark = light(&rig, &sight(Side::Right), &vec![None; rig.heads.len()]);
    assert!(additive(&dark).is_empty() && !dark.vertices.is_empty(), "bodies are there in the dark");
}

#[test]
fn hulls_are_outer_edges_only() {
    let mut points = vec![pos2(0.0, 0.0), pos2(4.0, 0.0), pos2(2.0, 1.0), pos2(4.0, 4.0), pos2(0.0, 4.0), pos2(2.0, 0.0)];
    let corners = hull(&mut points);
    assert_eq!(corners.len(), 4, "{corners:?}");
    assert_eq!(box_of(corners.into_iter()), Rect::from_min_max(pos2(0.0, 0.0), pos2(4.0, 4.0)));
}

#[test]
fn a_fitted_plan_shows_the_whole_room_from_every_side() {
    let rect = Rect::from_min_size(Pos2::ZERO, vec2(640.0, 360.0));
    let (low, high) = (Vec3::new(-8.0, -5.0, 0.0), Vec3::new(8.0, 7.0, 6.0));
    for (side, _) in Side::ALL {
        let mut state = State { side, ..State::default() };
        state.fit(rect, low, high);
        let sight = state.sight(rect);
        for corner in [low, high, Vec3::new(low.x, high.y, low.z), Vec3::new(high.x, low.y, high.z)] {
            assert!(sight.place(corner).is_some_and(|at| rect.contains(at)), "{side:?} {corner}");
        }
    }
}

#[test]
fn a_plan_with_everything_written_on_it_looks_as_it_did() {
    use crate::document::selection::Selection;
    use crate::previz::bench::{Bench, Labels, Tints};
    use crate::previz::hands::Scene;
    use crate::previz::marks::{Marks, hit};
    use crate::previz::overlay;
    use crate::registry::TableId;
    use crate::ui::snapshot::{self, Raster};

    let club = venue::builtin("club").unwrap();
    let (rig, _) = venue::lower::rig(&club, &Library::builtin());
    let (program, _) = compile(&Show { rig: std::sync::Arc::new(rig.clone()), ..Show::default() });
    let full = crate::engine::live::Manual { dimmer: Some(0.8), ..Default::default() };
    let live = Live { programmer: (0..rig.heads.len() as u32).map(|head| (head, full)).collect(), ..Live::default() };
    let mut frame = Frame::default();
    render(&program, Window::ending(1.0, 0.02), &live, &mut frame);
    let mut selection = Selection::default();
    selection.set(rig.fixtures.iter().step_by(3).map(|fixture| (TableId::Fixtures, fixture.id)));
    let mut marks = Marks::of(&rig, &selection);
    marks.hit = hit(&rig, "left");
    let bench = Bench { labels: Labels::Names, tints: Tints::Groups, circles: true, pyramids: true, ..Bench::default() };
    let motion = Motion::at_once(&std::sync::Arc::new(rig.clone()), &frame, optics::Shutter { at_secs: 0.0, exposure_secs: 0.01 });
    let (mut hands, mut emissions) = (Hands::default(), Vec::new());
    let draw = move |ui: &mut Ui| {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(900.0, 700.0));
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        let sight = Sight::straight(rect, Vec3::ZERO, Vec3::X, Vec3::Y, 52.0);
        look(&rig, &frame, &motion, &mut emissions);
        let painter = ui.painter().with_clip_rect(rect);
        painter.rect_filled(rect, 0.0, theme::WELL);
        club.scenery.iter().for_each(|piece| scenery(&painter, &sight, piece));
        painter.add(egui::Shape::mesh(light(&rig, &sight, &emissions)));
        hands.look(&rig, &sight);
        let scene = Scene { rig: &rig, sight: &sight, marks: &marks, bench: &bench, plan: true };
        hands.follow(ui, &response, &scene);
        overlay::paint(&painter, &scene, hands.places(), None);
        hands.paint(ui, &scene);
    };
    let mut harness = egui_kittest::Harness::builder().with_size(vec2(900.0, 700.0)).renderer(Raster::default()).build_ui(draw);
    snapshot::compare_all(&mut harness, "plan");
}
