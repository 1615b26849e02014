//! Which fixtures hang in a row: trusses, rows on the floor, towers, found by where the fixtures are.
//!
//! Each fixture is in one line at most, the one with the most fixtures; what comes out depends on positions alone, not on the
//! order of the patch.  Metres; X to the audience's right, Y upstage, Z up.

/// Fixtures of one line are at most this far apart across it, in metres.
const ACROSS_M: f32 = 0.4;
/// Shorter rows are no lines.
const LENGTH_M: f32 = 1.0;
/// Two lamps are beside each other in any rig.
const MIN_MEMBERS: usize = 3;
/// Lines this near to each other, front to back, share a name and are told apart by height.
const DEPTH_M: f32 = 1.0;
/// Lines below this stand on the floor.
const FLOOR_M: f32 = 1.0;
/// Share of the rig's half width from which on a line is at a side.
const SIDE: f32 = 0.25;

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As groups are named: `front_truss`, `left_tower`, `floor_row`.
    pub name: String,
    /// Indices of what was asked about, from left to right, front to back or bottom to top.
    pub members: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Row {
    axis: usize,
    members: Vec<usize>,
    middle: [f32; 3],
}

/// The lines among points, front to back, then sides, then towers.  Points that are no numbers are in none.
pub fn lines(points: &[[f32; 3]]) -> Vec<Line> {
    let mut left: Vec<usize> = (0..points.len()).filter(|at| points[*at].iter().all(|metres| metres.is_finite())).collect();
    let mut rows = Vec::new();
    while let Some(best) = (0..3).flat_map(|axis| candidates(points, &left, axis)).reduce(better) {
        left.retain(|at| !best.members.contains(at));
        rows.push(best);
    }
    named(points, rows)
}

/// More members first; of as many, along X before Y before Z, then front, low, left.
fn better(a: Row, b: Row) -> Row {
    let key = |row: &Row| (usize::MAX - row.members.len(), row.axis);
    let place = |row: &Row| [row.middle[1], row.middle[2], row.middle[0]];
    let order = key(&a).cmp(&key(&b)).then_with(|| place(&a).partial_cmp(&place(&b)).unwrap_or(std::cmp::Ordering::Equal));
    if order.is_gt() { b } else { a }
}

/// Everything in a row along `axis`.
fn candidates(points: &[[f32; 3]], left: &[usize], axis: usize) -> Vec<Row> {
    let across = [(axis + 1) % 3, (axis + 2) % 3];
    let near = |a: usize, b: usize| across.iter().all(|&axis| (points[a][axis] - points[b][axis]).abs() <= ACROSS_M);
    let mut waiting = left.to_vec();
    let mut rows = Vec::new();
    while let Some(first) = waiting.pop() {
        let mut members = vec![first];
        let mut next = 0;
        while let Some(&member) = members.get(next) {
            let (with, without) = waiting.iter().partition::<Vec<usize>, _>(|&&other| near(member, other));
            members.extend(with);
            waiting = without;
            next += 1;
        }
        members.sort_by(|&a, &b| points[a][axis].total_cmp(&points[b][axis]).then(a.cmp(&b)));
        let length = members.first().zip(members.last()).map_or(0.0, |(first, last)| points[*last][axis] - points[*first][axis]);
        if members.len() >= MIN_MEMBERS && length >= LENGTH_M {
            let middle = std::array::from_fn(|axis| members.iter().map(|at| points[*at][axis]).sum::<f32>() / members.len() as f32);
            rows.push(Row { axis, members, middle });
        }
    }
    rows
}

fn named(points: &[[f32; 3]], mut rows: Vec<Row>) -> Vec<Line> {
    rows.sort_by(|a, b| {
        let key = |row: &Row| [row.axis as f32, f32::from(u8::from(!on_floor(row))), row.middle[1], row.middle[2], row.middle[0]];
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let names: Vec<String> = rows.iter().map(|row| if row.axis == 0 { depth_name(row, &rows) } else { side_name(row, points) }).collect();
    let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
    for (row, name) in rows.into_iter().zip(names) {
        let free = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name}_{n}") });
        let name = free.into_iter().find(|name| !lines.iter().any(|line| line.name == *name)).unwrap_or_default();
        lines.push(Line { name, members: row.members });
    }
    lines
}

fn on_floor(row: &Row) -> bool {
    row.middle[2] < FLOOR_M
}

/// By how far upstage it is among those of its sort, and how high where several are as far.
fn depth_name(row: &Row, rows: &[Row]) -> String {
    let alike = || rows.iter().filter(|other| other.axis == 0 && on_floor(other) == on_floor(row));
    let mut depths: Vec<f32> = Vec::new();
    for other in alike() {
        if depths.last().is_none_or(|last| other.middle[1] - last > DEPTH_M) {
            depths.push(other.middle[1]);
        }
    }
    let level = |row: &Row| depths.iter().rposition(|depth| *depth <= row.middle[1]).unwrap_or(0);
    let depth = match (depths.len(), level(row)) {
        (1, _) => String::new(),
        (2 | 3, 0) => "front_".to_owned(),
        (3, 1) => "mid_".to_owned(),
        (2 | 3, _) => "back_".to_owned(),
        (_, level) => format!("row_{}_", level + 1),
    };
    let above: Vec<&Row> = alike().filter(|other| level(other) == level(row)).collect();
    let height = match above.len() {
        1 => "",
        _ if above.iter().all(|other| other.middle[2] >= row.middle[2]) => "low_",
        2 => "high_",
        _ if above.iter().all(|other| other.middle[2] <= row.middle[2]) => "high_",
        _ => "mid_height_",
    };
    format!("{depth}{height}{}", if on_floor(row) { "floor_row" } else { "truss" })
}

fn side_name(row: &Row, points: &[[f32; 3]]) -> String {
    let xs = || points.iter().map(|point| point[0]).filter(|x| x.is_finite());
    let (low, high) = (xs().fold(f32::MAX, f32::min), xs().fold(f32::MIN, f32::max));
    let share = (row.middle[0] - f32::midpoint(low, high)) / ((high - low) / 2.0).max(0.001);
    let side = match share {
        _ if share < -SIDE => "left",
        _ if share > SIDE => "right",
        _ => "center",
    };
    let sort = match (row.axis, on_floor(row)) {
        (2, _) => "tower",
        (_, true) => "floor_row",
        _ => "truss",
    };
    format!("{side}_{sort}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: usize, y: f32, z: f32) -> Vec<[f32; 3]> {
        (0..n).map(|at| [at as f32 * 1.5 - 3.0, y, z]).collect()
    }

    fn names(points: &[[f32; 3]]) -> Vec<(String, usize)> {
        lines(points).into_iter().map(|line| (line.name, line.members.len())).collect()
    }

    #[test]
    fn rows_are_named_by_depth_height_and_side() {
        let mut points = [row(5, -2.0, 4.0), row(5, 3.0, 4.1), row(4, 3.0, 0.2)].concat();
        points.extend((0..4).map(|at| [-6.0, at as f32 - 1.0, 4.0]));
        points.extend((0..3).map(|at| [6.0, 5.0, 1.0 + at as f32]));
        let expected = [("floor_row", 4), ("front_truss", 5), ("back_truss", 5), ("left_truss", 4), ("right_tower", 3)];
        assert_eq!(names(&points), expected.map(|(name, n)| (name.to_owned(), n)));
        let mut reversed = points.clone();
        reversed.reverse();
        assert_eq!(names(&reversed), names(&points), "whatever the order of the patch is");
        let lines = lines(&reversed);
        assert!(lines[1].members.windows(2).all(|pair| reversed[pair[0]][0] < reversed[pair[1]][0]), "left to right");
    }

    #[test]
    fn trusses_above_each_other_and_many_rows_have_names_of_their_own() {
        let two = [row(3, 0.0, 3.0), row(3, 0.1, 6.0)].concat();
        assert_eq!(names(&two), [("low_truss".to_owned(), 3), ("high_truss".to_owned(), 3)]);
        let five: Vec<_> = (0..5).flat_map(|at| row(6, at as f32 * 1.5, 3.0)).collect();
        let told: Vec<String> = names(&five).into_iter().map(|(name, _)| name).collect();
        assert_eq!(told, ["row_1_truss", "row_2_truss", "row_3_truss", "row_4_truss", "row_5_truss"]);
    }

    #[test]
    fn single_lamps_heaps_and_broken_numbers_are_no_lines() {
        assert_eq!(names(&[]), []);
        assert_eq!(names(&[[0.0, 0.0, 3.0]]), []);
        assert_eq!(names(&[[0.0; 3]; 50]), []);
        let ring: Vec<[f32; 3]> = (0..12)
            .map(|at| (at as f32 + 0.5) * std::f32::consts::TAU / 12.0)
            .map(|turn| [turn.cos() * 4.0, turn.sin() * 4.0, 0.1])
            .collect();
        assert_eq!(names(&ring), []);
        assert_eq!(names(&[[f32::NAN, 0.0, 0.0], [f32::INFINITY, 0.0, 0.0], [1.0, 0.0, 0.0]]), []);
    }
}
