//! Where something is: the images of the three axes, and an origin in millimetres.

/// `p' = x u + y v + z w + o`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    pub axes: [[f64; 3]; 3],
    pub origin: [f64; 3],
}

impl Default for Matrix {
    fn default() -> Self {
        Self { axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], origin: [0.0; 3] }
    }
}

impl Matrix {
    /// `{u}{v}{w}{o}`, or the sixteen numbers of old files.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split(|sign: char| matches!(sign, ',' | '{' | '}' | ';') || sign.is_whitespace()).filter(|part| !part.is_empty());
        let numbers: Vec<f64> = parts.map(|part| part.parse().ok().filter(|number: &f64| number.is_finite())).collect::<Option<_>>()?;
        let width = match numbers.len() {
            12 => 3,
            16 => 4,
            _ => return None,
        };
        let row = |at: usize| [numbers[at * width], numbers[at * width + 1], numbers[at * width + 2]];
        Some(Self { axes: [row(0), row(1), row(2)], origin: row(3) })
    }

    /// A direction through it.
    pub fn turn(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let [u, v, w] = self.axes;
        [0, 1, 2].map(|at| x * u[at] + y * v[at] + z * w[at])
    }

    /// A point through it.
    pub fn apply(&self, point: [f64; 3]) -> [f64; 3] {
        let turned = self.turn(point);
        [0, 1, 2].map(|at| turned[at] + self.origin[at])
    }

    /// `local` inside of this.
    pub fn then(&self, local: &Self) -> Self {
        Self { axes: local.axes.map(|axis| self.turn(axis)), origin: self.apply(local.origin) }
    }

    /// What undoes it where it only turns and moves.
    pub fn rigid_inverse(&self) -> Self {
        let [u, v, w] = self.axes;
        let back = Self { axes: [0, 1, 2].map(|at| [u[at], v[at], w[at]]), origin: [0.0; 3] };
        Self { origin: back.turn(self.origin).map(|number| -number), ..back }
    }

    /// The other way round than [`Self::numbers`].
    pub fn of(numbers: [f64; 12]) -> Self {
        let row = |at: usize| [numbers[at * 3], numbers[at * 3 + 1], numbers[at * 3 + 2]];
        Self { axes: [row(0), row(1), row(2)], origin: row(3) }
    }

    pub fn numbers(&self) -> [f64; 12] {
        let [u, v, w] = self.axes;
        let mut numbers = [0.0; 12];
        numbers.iter_mut().zip([u, v, w, self.origin].into_iter().flatten()).for_each(|(to, from)| *to = from);
        numbers
    }

    /// As it is written.
    pub fn text(&self) -> String {
        let [u, v, w] = self.axes;
        [u, v, w, self.origin].map(|[x, y, z]| format!("{{{x},{y},{z}}}")).concat()
    }
}
