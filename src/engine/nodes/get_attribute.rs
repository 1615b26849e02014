//! What a head is among the selected: its index, its place, its angle on the ring.  Computed inside each part of the
//! selection; constant over time.

use glam::Vec3;

use super::random::draw;
use super::spec::{NodeSpec, choice, selection, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::rig::select::Selection;
use crate::engine::rig::space::{CIRCLE_ROUNDS, Circle, bounds, centroid, fit_circle, plane_frame, principal_axes};

const ATTRIBUTES: &[&str] = &[
    "index",
    "normalized_index",
    "pos_x",
    "pos_y",
    "pos_z",
    "rel_x",
    "rel_y",
    "rel_z",
    "rel_major_span",
    "rel_major_count",
    "circle_radius",
    "angular_position",
    "angular_index",
    "distance_to_center",
    "group_index",
    "head_index",
    "random",
];

/// Those that look for a circle.
const RINGS: [&str; 3] = ["circle_radius", "angular_position", "angular_index"];

pub const GET_ATTRIBUTE: NodeSpec = NodeSpec {
    type_id: "get_attribute",
    title: "Attribute",
    category: "Selection",
    doc: "One number per selected head: index, position in metres, place in the bounding box (0..1, 0.5 where it is flat), place along the widest axis, angle on the ring (0..1), distance to the centre (metres), or a seeded random number.",
    inputs: &[selection("selection")],
    outputs: &[signal("out")],
    params: &[choice("attribute", ATTRIBUTES)],
    sink: false,
    build,
};

fn build(b: &mut Building<'_, '_>) {
    let selection = b.selection("selection");
    let attribute = ATTRIBUTES[b.choice("attribute")];
    let seed = b.seed();
    let rig = b.rig().clone();
    let mut values = vec![0.0; selection.items.len()];
    if !b.spend(values.len() * if RINGS.contains(&attribute) { CIRCLE_ROUNDS } else { 1 }) {
        return;
    }
    for (number, part) in selection.parts.iter().enumerate() {
        let items = &selection.items[part.clone()];
        let points = &selection.positions[part.clone()];
        let out = &mut values[part.clone()];
        match attribute {
            "group_index" => out.fill(group_index(&selection, number, items, &rig)),
            "head_index" => out.iter_mut().zip(items).for_each(|(out, &head)| *out = f32::from(rig.heads[head as usize].index)),
            "random" => out.iter_mut().zip(items).for_each(|(out, &head)| *out = draw(seed, 0, u64::from(head))),
            _ => spatial(attribute, points, out),
        }
    }
    let slot = b.constant(values.len() as u32, 1, if values.is_empty() { &[0.0] } else { &values });
    b.output("out", Value::Signal(slot));
}

/// The part's number when the selection is split by group; else the first group (in the venue's order) that holds
/// the first head, counted from 0.
fn group_index(selection: &Selection, number: usize, items: &[u32], rig: &crate::engine::rig::Rig) -> f32 {
    if selection.parts.len() > 1 {
        return number as f32;
    }
    items.first().and_then(|head| rig.groups.iter().position(|group| group.members.contains(head))).unwrap_or(0) as f32
}

fn spatial(attribute: &str, points: &[Vec3], out: &mut [f32]) {
    let n = points.len();
    let (low, high) = bounds(points);
    let relative =
        |axis: usize, point: Vec3| if high[axis] - low[axis] > 1e-3 { (point[axis] - low[axis]) / (high[axis] - low[axis]) } else { 0.5 };
    let mut each = |value: &dyn Fn(usize, Vec3) -> f32| {
        out.iter_mut().zip(points).enumerate().for_each(|(item, (out, &point))| *out = value(item, point))
    };
    match attribute {
        "index" => each(&|item, _| item as f32),
        "normalized_index" => each(&|item, _| if n > 1 { item as f32 / (n - 1) as f32 } else { 0.0 }),
        "pos_x" => each(&|_, point| point.x),
        "pos_y" => each(&|_, point| point.y),
        "pos_z" => each(&|_, point| point.z),
        "rel_x" => each(&|_, point| relative(0, point)),
        "rel_y" => each(&|_, point| relative(1, point)),
        "rel_z" => each(&|_, point| relative(2, point)),
        "rel_major_span" => {
            let along = along_major(points);
            let (low, high) = (along.iter().copied().fold(f32::MAX, f32::min), along.iter().copied().fold(f32::MIN, f32::max));
            each(&|item, _| if high - low > 1e-3 { (along[item] - low) / (high - low) } else { 0.5 });
        }
        "rel_major_count" => {
            let ranks = ranks(&along_major(points));
            each(&|item, _| if n > 1 { ranks[item] / (n - 1) as f32 } else { 0.0 });
        }
        "circle_radius" => {
            let circle = circle_or_mean(points);
            each(&|_, _| circle.radius);
        }
        "angular_position" => {
            let circle = circle_or_mean(points);
            each(&|_, point| circle.angle_turns(point));
        }
        "angular_index" => {
            let circle = circle_or_mean(points);
            let ranks = ranks(&points.iter().map(|&point| circle.angle_turns(point)).collect::<Vec<_>>());
            each(&|item, _| ranks[item]);
        }
        "distance_to_center" => {
            let center = centroid(points);
            each(&|_, point| point.distance(center));
        }
        _ => {}
    }
}

/// Distance along the axis of largest spread, which points to the positive side of the venue's nearest axis.
fn along_major(points: &[Vec3]) -> Vec<f32> {
    let [mut axis, ..] = principal_axes(points);
    let largest = axis.abs().to_array().iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at);
    if axis[largest] < 0.0 {
        axis = -axis;
    }
    points.iter().map(|point| point.dot(axis)).collect()
}

/// The fitted circle; without one, angles are taken about the centre in the plane of largest spread and the radius is
/// the mean distance.
fn circle_or_mean(points: &[Vec3]) -> Circle {
    fit_circle(points).unwrap_or_else(|| {
        let (center, frame) = (centroid(points), plane_frame(points));
        let radius = points.iter().map(|point| point.distance(center)).sum::<f32>() / points.len().max(1) as f32;
        Circle { center, normal: frame.z_axis, radius, zero: frame.x_axis }
    })
}

/// The rank of each value among all, from 0; equal values keep their order.
fn ranks(values: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, item) in order.into_iter().enumerate() {
        ranks[item] = rank as f32;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(attribute: &str, points: &[Vec3]) -> Vec<f32> {
        let mut out = vec![0.0; points.len()];
        spatial(attribute, points, &mut out);
        out
    }

    #[test]
    fn places_in_the_box_run_from_zero_to_one_and_flat_axes_read_a_half() {
        let line = [Vec3::new(-2.0, 1.0, 3.0), Vec3::new(0.0, 1.0, 3.0), Vec3::new(2.0, 1.0, 3.0)];
        assert_eq!(values("rel_x", &line), [0.0, 0.5, 1.0]);
        assert_eq!(values("rel_y", &line), [0.5; 3]);
        assert_eq!(values("rel_major_span", &line), [0.0, 0.5, 1.0]);
        assert_eq!(values("normalized_index", &line), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn angles_on_a_ring_rise_with_the_index() {
        let ring: Vec<Vec3> = (0..8)
            .map(|i| Vec3::new((i as f32 / 8.0 * std::f32::consts::TAU).cos(), (i as f32 / 8.0 * std::f32::consts::TAU).sin(), 0.0))
            .collect();
        for (i, angle) in values("angular_position", &ring).into_iter().enumerate() {
            let off = (angle - i as f32 / 8.0).abs();
            assert!(off.min(1.0 - off) < 1e-3, "{i}: {angle}");
        }
        assert!(values("circle_radius", &ring).iter().all(|radius| (radius - 1.0).abs() < 1e-3));
    }
}
