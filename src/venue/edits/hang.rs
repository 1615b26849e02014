//! Where fixtures hang, changed: moved, turned about their own or a common point, mirrored.
//!
//! Poses in, poses out; [`placed`] makes the edit of what differs.  Metres and degrees in the venue's space.

use glam::{EulerRot, Mat3, Quat, Vec3};
use uuid::Uuid;

use crate::document::transaction::Transaction;
use crate::engine::rig::Pose;
use crate::registry::{TableId, Value};
use crate::venue::model::Fixture;

/// A fixture and its pose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hung {
    pub id: Uuid,
    pub pose: Pose,
}

impl Hung {
    pub fn of(fixture: &Fixture) -> Self {
        Self { id: fixture.id, pose: Pose { position: fixture.position.into(), rotation_deg: fixture.rotation_deg.into() } }
    }

    /// Where its light goes while it rests.
    pub fn looks(&self) -> Vec3 {
        self.pose.rotation() * Vec3::NEG_Z
    }
}

/// What turning turns about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pivot {
    /// The middle of all.
    #[default]
    Group,
    /// Each its own origin.
    Own,
}

/// The middle of the box around them; the origin for nobody.
pub fn middle(hung: &[Hung]) -> Vec3 {
    let (low, high) = bounds(hung);
    (low + high) * 0.5
}

/// The box around their origins.
pub fn bounds(hung: &[Hung]) -> (Vec3, Vec3) {
    let points: Vec<Vec3> = hung.iter().map(|hung| hung.pose.position).collect();
    crate::engine::rig::space::bounds(&points)
}

pub fn moved(hung: &[Hung], by: Vec3) -> Vec<Hung> {
    hung.iter().map(|one| Hung { pose: Pose { position: one.pose.position + by, ..one.pose }, ..*one }).collect()
}

/// Turned in the venue's space: about a point in common, or `None`, each about its own.
pub fn turned(hung: &[Hung], turn: Quat, about: Option<Vec3>) -> Vec<Hung> {
    let one = |one: &Hung| {
        let position = about.map_or(one.pose.position, |about| about + turn * (one.pose.position - about));
        Hung { pose: Pose { position, rotation_deg: degrees(turn * one.pose.rotation()) }, ..*one }
    };
    hung.iter().map(one).collect()
}

/// Mirrored at the plane `axis = at`: what hung left hangs right and looks the mirrored way.
///
/// A body cannot be turned inside out; its own left and right stay swapped, which its light does not show.
pub fn mirrored(hung: &[Hung], axis: usize, at: f32) -> Vec<Hung> {
    let mut flip = Vec3::ONE;
    flip[axis.min(2)] = -1.0;
    let (mirror, own) = (Mat3::from_diagonal(flip), Mat3::from_diagonal(Vec3::new(-1.0, 1.0, 1.0)));
    let one = |one: &Hung| {
        let mut position = one.pose.position;
        position[axis.min(2)] = 2.0 * at - position[axis.min(2)];
        let turned = mirror * Mat3::from_quat(one.pose.rotation()) * own;
        Hung { pose: Pose { position, rotation_deg: degrees(Quat::from_mat3(&turned)) }, ..*one }
    };
    hung.iter().map(one).collect()
}

/// A rotation as it is saved: Rx·Ry·Rz.
pub fn degrees(rotation: Quat) -> Vec3 {
    let (x, y, z) = rotation.to_euler(EulerRot::XYZ);
    Vec3::new(x, y, z).map(f32::to_degrees)
}

/// The edit from one list of poses to another of the same fixtures; columns that stay are not set.
pub fn placed(label: &str, before: &[Hung], after: &[Hung]) -> Transaction {
    let mut edit = Transaction::new(label);
    for (old, new) in before.iter().zip(after).filter(|(old, new)| old.id == new.id) {
        let columns = [("pos", old.pose.position, new.pose.position, 1e4), ("rot", old.pose.rotation_deg, new.pose.rotation_deg, 1e3)];
        for (name, old_values, new_values, digits) in columns {
            for (axis, letter) in ["x", "y", "z"].into_iter().enumerate() {
                // A tenth of a millimetre, a thousandth of a degree: finer than anybody hangs a lamp.
                let value = (f64::from(new_values[axis]) * digits).round() / digits;
                if value.is_finite() && (value - f64::from(old_values[axis])).abs() > 0.5 / digits {
                    edit = edit.set(TableId::Fixtures, new.id, [(format!("{name}_{letter}").as_str(), Value::Real(value))]);
                }
            }
        }
    }
    edit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::transaction::Op;

    fn at(n: u128, position: [f32; 3], rotation_deg: [f32; 3]) -> Hung {
        Hung { id: Uuid::from_u128(n), pose: Pose { position: position.into(), rotation_deg: rotation_deg.into() } }
    }

    fn near(a: Vec3, b: Vec3) {
        assert!((a - b).length() < 1e-3, "{a} is not {b}");
    }

    #[test]
    fn turning_about_the_middle_carries_positions_along_and_turning_about_oneself_does_not() {
        let pair = [at(1, [-1.0, 0.0, 3.0], [0.0; 3]), at(2, [1.0, 0.0, 3.0], [90.0, 0.0, 0.0])];
        let quarter = Quat::from_rotation_z(90f32.to_radians());
        let around = turned(&pair, quarter, Some(middle(&pair)));
        near(around[0].pose.position, Vec3::new(0.0, -1.0, 3.0));
        near(around[1].looks(), quarter * pair[1].looks());
        let own = turned(&pair, quarter, None);
        near(own[0].pose.position, pair[0].pose.position);
        near(own[1].looks(), around[1].looks());
    }

    #[test]
    fn a_mirrored_lamp_looks_the_mirrored_way_and_twice_mirrored_is_as_before() {
        for rotation in [[0.0; 3], [69.1, -8.7, 0.0], [39.7, -45.5, 12.0], [-157.5, 5.8, 90.0]] {
            for axis in 0..3 {
                let lamp = [at(1, [2.0, 1.0, 4.0], rotation)];
                let once = mirrored(&lamp, axis, 0.5);
                let (mut place, mut looks) = (lamp[0].pose.position, lamp[0].looks());
                place[axis] = 1.0 - place[axis];
                looks[axis] = -looks[axis];
                near(once[0].pose.position, place);
                near(once[0].looks(), looks);
                let twice = mirrored(&once, axis, 0.5);
                near(twice[0].pose.position, lamp[0].pose.position);
                assert!(twice[0].pose.rotation().angle_between(lamp[0].pose.rotation()) < 1e-2);
            }
        }
    }

    #[test]
    fn only_what_changed_is_set_and_what_is_no_number_is_left_alone() {
        let before = [at(1, [0.0, 1.0, 2.0], [10.0, 0.0, 0.0]), at(2, [0.0; 3], [0.0; 3])];
        let mut after = moved(&before, Vec3::new(0.25, 0.0, 0.0));
        after[1].pose.position = Vec3::NAN;
        let edit = placed("Move 2 fixtures", &before, &after);
        let Op::Set { columns, id, .. } = &edit.ops[0] else { panic!("{edit:?}") };
        assert_eq!((edit.ops.len(), *id, columns.as_slice()), (1, before[0].id, &[("pos_x".to_owned(), Value::Real(0.25))][..]));
    }
}
