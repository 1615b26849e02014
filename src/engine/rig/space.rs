//! Where heads are to each other: bounding box, principal plane, and whether they stand on a circle.

use glam::{Mat3, Vec2, Vec3};

use crate::engine::nodes::random::draw_bits;

/// Smallest and largest corner; zero for nothing.
pub fn bounds(points: &[Vec3]) -> (Vec3, Vec3) {
    let Some(&first) = points.first() else { return (Vec3::ZERO, Vec3::ZERO) };
    points.iter().fold((first, first), |(low, high), &point| (low.min(point), high.max(point)))
}

pub fn centroid(points: &[Vec3]) -> Vec3 {
    if points.is_empty() { Vec3::ZERO } else { points.iter().sum::<Vec3>() / points.len() as f32 }
}

/// Unit axes of largest, middle and smallest spread, by Jacobi rotations of the covariance matrix.
pub fn principal_axes(points: &[Vec3]) -> [Vec3; 3] {
    let center = centroid(points);
    let mut m = [[0.0f64; 3]; 3];
    for point in points {
        let d = (*point - center).to_array().map(f64::from);
        for row in 0..3 {
            for column in 0..3 {
                m[row][column] += d[row] * d[column];
            }
        }
    }
    let mut axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0f64]];
    for _ in 0..24 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q].abs() < 1e-12 {
                continue;
            }
            let theta = 0.5 * (2.0 * m[p][q]).atan2(m[q][q] - m[p][p]);
            let (sin, cos) = theta.sin_cos();
            for row in &mut m {
                let (a, b) = (row[p], row[q]);
                row[p] = cos * a - sin * b;
                row[q] = sin * a + cos * b;
            }
            let (row_p, row_q) = (m[p], m[q]);
            m[p] = [0, 1, 2].map(|column| cos * row_p[column] - sin * row_q[column]);
            m[q] = [0, 1, 2].map(|column| sin * row_p[column] + cos * row_q[column]);
            for axis in &mut axes {
                let (a, b) = (axis[p], axis[q]);
                axis[p] = cos * a - sin * b;
                axis[q] = sin * a + cos * b;
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| m[b][b].total_cmp(&m[a][a]));
    order.map(|column| Vec3::new(axes[0][column] as f32, axes[1][column] as f32, axes[2][column] as f32).normalize_or(Vec3::X))
}

/// A circle through heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    pub center: Vec3,
    /// Points up, or towards the audience for an upright ring.
    pub normal: Vec3,
    pub radius: f32,
    /// Where angle 0 lies; the angle rises counter-clockwise seen from where the normal points to.
    pub zero: Vec3,
}

impl Circle {
    /// Angle of a point in turns, `0.0..1.0`.
    pub fn angle_turns(&self, point: Vec3) -> f32 {
        let d = point - self.center;
        let turns = d.dot(self.normal.cross(self.zero)).atan2(d.dot(self.zero)) / std::f32::consts::TAU;
        turns.rem_euclid(1.0).min(0.999_999_94)
    }

    pub fn distance(&self, point: Vec3) -> f32 {
        let d = point - self.center;
        let off_plane = d.dot(self.normal);
        ((d - self.normal * off_plane).length() - self.radius).hypot(off_plane)
    }
}

/// How far from the circle a head may be, as a share of the radius.
const TOLERANCE: f32 = 0.06;
/// Fewer heads than this make no ring: any three lie on one, and a fourth is often near it.
const MIN_HEADS: usize = 5;

/// Circles through three points that are tried.
pub const CIRCLE_ROUNDS: usize = 200;

/// Finds the circle that `points` stand on, or `None` where too few do or they cover too little of it.
///
/// Principal plane, RANSAC over circles through three points (fixed seed), then Kåsa's algebraic fit on the inliers.
pub fn fit_circle(points: &[Vec3]) -> Option<Circle> {
    if points.len() < MIN_HEADS {
        return None;
    }
    let frame = plane_frame(points);
    let (center, flat): (Vec3, Vec<Vec2>) = {
        let center = centroid(points);
        (center, points.iter().map(|&point| (frame.transpose() * (point - center)).truncate()).collect())
    };
    let mut best: Option<(usize, Vec2, f32)> = None;
    for round in 0..CIRCLE_ROUNDS as u64 {
        let pick = |k: u64| flat[(draw_bits(0x51ab, round, k) % flat.len() as u64) as usize];
        let Some((middle, radius)) = circumcircle(pick(0), pick(1), pick(2)) else { continue };
        let inliers = flat.iter().filter(|point| (point.distance(middle) - radius).abs() <= TOLERANCE * radius).count();
        if best.is_none_or(|(count, ..)| inliers > count) {
            best = Some((inliers, middle, radius));
        }
    }
    let (_, middle, radius) = best?;
    let inliers: Vec<Vec2> = flat.iter().copied().filter(|point| (point.distance(middle) - radius).abs() <= TOLERANCE * radius).collect();
    let (middle, radius) = algebraic_fit(&inliers)?;
    let circle = Circle { center: center + frame * middle.extend(0.0), normal: frame.z_axis, radius, zero: frame.x_axis };
    is_ring(&circle, points).then_some(circle)
}

/// The principal plane as a rotation: Z is its normal, X the venue's X (or Y) laid into it.
pub fn plane_frame(points: &[Vec3]) -> Mat3 {
    let [.., mut normal] = principal_axes(points);
    let upright = normal.z.abs() < 0.5;
    if (upright && normal.y > 0.0) || (!upright && normal.z < 0.0) {
        normal = -normal;
    }
    let along = if normal.x.abs() < 0.9 { Vec3::X } else { Vec3::Y };
    let x = (along - normal * along.dot(normal)).normalize_or(Vec3::X);
    Mat3::from_cols(x, normal.cross(x), normal)
}

fn is_ring(circle: &Circle, points: &[Vec3]) -> bool {
    let mut angles: Vec<f32> = points
        .iter()
        .filter(|&&point| circle.distance(point) <= TOLERANCE * circle.radius)
        .map(|&point| circle.angle_turns(point))
        .collect();
    // A handful of lamps must all be on it; in a crowd some may stand apart.
    let needed = if points.len() < 8 { points.len() } else { (points.len() as f32 * 0.8).ceil() as usize };
    if angles.len() < needed {
        return false;
    }
    angles.sort_by(f32::total_cmp);
    let around = angles.first().map_or(1.0, |first| first + 1.0);
    let largest_gap = angles.windows(2).map(|pair| pair[1] - pair[0]).chain(angles.last().map(|last| around - last)).fold(0.0, f32::max);
    largest_gap <= 0.34
}

fn circumcircle(a: Vec2, b: Vec2, c: Vec2) -> Option<(Vec2, f32)> {
    let (ab, ac) = (b - a, c - a);
    let cross = 2.0 * ab.perp_dot(ac);
    if cross.abs() < 1e-5 {
        return None;
    }
    let center =
        a + Vec2::new(ac.y * ab.length_squared() - ab.y * ac.length_squared(), ab.x * ac.length_squared() - ac.x * ab.length_squared())
            / cross;
    let radius = center.distance(a);
    (radius.is_finite() && radius < 1e4).then_some((center, radius))
}

/// Least squares of x² + y² + ux + vy + w = 0 (Kåsa 1976), about the points' mean.
fn algebraic_fit(points: &[Vec2]) -> Option<(Vec2, f32)> {
    if points.len() < 3 {
        return None;
    }
    let mean = points.iter().sum::<Vec2>() / points.len() as f32;
    let (mut xx, mut xy, mut yy, mut zx, mut zy) = (0.0f64, 0.0f64, 0.0f64, 0.0f64, 0.0f64);
    let mut squares = 0.0f64;
    for point in points {
        let (x, y) = (f64::from(point.x - mean.x), f64::from(point.y - mean.y));
        let z = x * x + y * y;
        xx += x * x;
        xy += x * y;
        yy += y * y;
        zx += z * x;
        zy += z * y;
        squares += z;
    }
    let det = xx * yy - xy * xy;
    if det.abs() < 1e-9 {
        return None;
    }
    let (cx, cy) = ((zx * yy - zy * xy) / (2.0 * det), (zy * xx - zx * xy) / (2.0 * det));
    let radius = (squares / points.len() as f64 + cx * cx + cy * cy).sqrt();
    Some((mean + Vec2::new(cx as f32, cy as f32), radius as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::nodes::random::draw;
    use glam::Quat;

    fn ring(n: usize, turn: Quat) -> Vec<Vec3> {
        (0..n)
            .map(|i| {
                turn * (Vec3::new(
                    (i as f32 / n as f32 * std::f32::consts::TAU).cos(),
                    (i as f32 / n as f32 * std::f32::consts::TAU).sin(),
                    0.0,
                ) * 3.0)
                    + Vec3::new(1.0, 2.0, 4.0)
            })
            .collect()
    }

    #[test]
    fn a_ring_is_found_however_it_is_tilted() {
        for turn in [Quat::IDENTITY, Quat::from_rotation_x(1.2), Quat::from_rotation_y(0.7) * Quat::from_rotation_x(0.4)] {
            let points = ring(12, turn);
            let circle = fit_circle(&points).expect("a ring");
            assert!((circle.radius - 3.0).abs() < 0.01 && circle.center.distance(Vec3::new(1.0, 2.0, 4.0)) < 0.01, "{circle:?}");
            let mut angles: Vec<f32> = points.iter().map(|&point| circle.angle_turns(point)).collect();
            angles.sort_by(f32::total_cmp);
            for pair in angles.windows(2) {
                assert!((pair[1] - pair[0] - 1.0 / 12.0).abs() < 0.01);
            }
        }
    }

    #[test]
    fn a_flat_ring_counts_from_the_right_counter_clockwise_from_above() {
        let circle = fit_circle(&ring(8, Quat::IDENTITY)).expect("a ring");
        assert!(circle.normal.z > 0.99);
        assert!((circle.angle_turns(circle.center + Vec3::Y) - 0.25).abs() < 0.01);
    }

    #[test]
    fn random_lamps_lines_and_arcs_are_no_ring() {
        let mut rings = 0;
        for seed in 0..200 {
            for n in [4u64, 6, 9] {
                let points: Vec<Vec3> = (0..n).map(|i| Vec3::new(draw(seed, i, 0), draw(seed, i, 1), draw(seed, i, 2)) * 8.0).collect();
                rings += usize::from(fit_circle(&points).is_some());
                assert!(n > 4 || fit_circle(&points).is_none());
            }
        }
        assert!(rings <= 2, "{rings} of 600 random sets passed as rings");
        assert!(fit_circle(&(0..9).map(|i| Vec3::X * i as f32).collect::<Vec<_>>()).is_none());
        assert!(fit_circle(&ring(12, Quat::IDENTITY)[..6]).is_none(), "half a circle");
    }
}
