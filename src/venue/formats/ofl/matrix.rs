//! Pixels of a device and the groups that its modes repeat channels for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::pattern::Pattern;
use super::{Object, OflError, Warnings, object};

/// More pixels than a universe could hold.
const MAX_PIXELS: usize = 1024;
const MAX_GROUPS: usize = 256;
const MAX_RULES: usize = 8;

/// A set of pixels by their index, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pixels([u64; MAX_PIXELS / 64]);

impl Pixels {
    fn one(at: usize) -> Self {
        let mut pixels = Self::default();
        pixels.0[at / 64] |= 1 << (at % 64);
        pixels
    }

    fn with(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn holds(&self, other: &Self) -> bool {
        self.with(*other) == *self
    }

    pub(super) fn first(&self) -> Option<usize> {
        self.0.iter().enumerate().find(|(_, bits)| **bits != 0).map(|(at, bits)| at * 64 + bits.trailing_zeros() as usize)
    }
}

#[derive(Debug, Default)]
pub(super) struct Matrix {
    /// Pixels along X, Y and Z.
    size: [usize; 3],
    /// Name and place of every pixel, left to right, then top to bottom, then front to back.
    pixels: Vec<(String, [usize; 3])>,
    /// Names of the groups, in the file's order.
    groups: Vec<String>,
    /// What every name stands for.
    named: BTreeMap<String, Pixels>,
}

/// A condition on the pixels of a group.
enum Rule {
    Axis(usize, String),
    Name(Pattern),
}

impl Matrix {
    pub(super) fn new(root: &Object, warnings: &mut Warnings) -> Result<Self, OflError> {
        let Some(from) = object(root, "matrix") else { return Ok(Self::default()) };
        let mut matrix = Self::default();
        if let Some(pages) = from.get("pixelKeys").and_then(Value::as_array) {
            matrix.read_keys(pages)?;
        } else {
            matrix.number(from)?;
        }
        let groups: Vec<_> = object(from, "pixelGroups").into_iter().flatten().collect();
        if groups.len() > MAX_GROUPS {
            return Err(OflError::TooMany { max: MAX_GROUPS, what: "groups of pixels" });
        }
        for (name, members) in groups {
            let pixels = matrix.members(name, members, warnings);
            // A pixel that is called as a group comes first.
            matrix.named.entry(name.clone()).or_insert(pixels);
            matrix.groups.push(name.clone());
        }
        Ok(matrix)
    }

    fn read_keys(&mut self, pages: &[Value]) -> Result<(), OflError> {
        fn list(value: &Value) -> &[Value] {
            value.as_array().map_or(&[], Vec::as_slice)
        }
        for (z, page) in pages.iter().enumerate() {
            for (y, row) in list(page).iter().enumerate() {
                for (x, key) in list(row).iter().enumerate() {
                    self.size = [self.size[0].max(x + 1), self.size[1].max(y + 1), self.size[2].max(z + 1)];
                    if let Some(key) = key.as_str() {
                        self.push(key.to_owned(), [x, y, z])?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Pixels without names are called by their number on a line, else by their place: `(2, 1)`.
    fn number(&mut self, from: &Object) -> Result<(), OflError> {
        let counts = from.get("pixelCount").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let count = |at: usize| counts.get(at).and_then(Value::as_u64).map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX));
        let size = [count(0), count(1), count(2)];
        let n_pixels = size.iter().try_fold(1usize, |product, &count| product.checked_mul(count));
        if n_pixels.is_none_or(|n| n > MAX_PIXELS) {
            return Err(OflError::TooMany { max: MAX_PIXELS, what: "pixels" });
        }
        self.size = size;
        for z in 0..size[2] {
            for y in 0..size[1] {
                for x in 0..size[0] {
                    let at = [x, y, z];
                    let told: Vec<String> = (0..3).filter(|&axis| size[axis] > 1).map(|axis| (at[axis] + 1).to_string()).collect();
                    let key = match told.len() {
                        0 => "1".to_owned(),
                        1 => told.concat(),
                        _ => format!("({})", told.join(", ")),
                    };
                    self.push(key, at)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, key: String, at: [usize; 3]) -> Result<(), OflError> {
        if self.pixels.len() >= MAX_PIXELS {
            return Err(OflError::TooMany { max: MAX_PIXELS, what: "pixels" });
        }
        self.named.entry(key.clone()).or_insert(Pixels::one(self.pixels.len()));
        self.pixels.push((key, at));
        Ok(())
    }

    fn members(&self, group: &str, members: &Value, warnings: &mut Warnings) -> Pixels {
        let every = 0..self.pixels.len();
        match members {
            Value::String(all) if all == "all" => every.map(Pixels::one).fold(Pixels::default(), Pixels::with),
            Value::Array(keys) => {
                let find = |key: &Value| self.named.get(key.as_str()?).copied();
                keys.iter().take(MAX_PIXELS).filter_map(find).fold(Pixels::default(), Pixels::with)
            }
            Value::Object(rules) => {
                let rules = read_rules(group, rules, warnings);
                every.filter(|&at| rules.iter().all(|rule| self.obeys(at, rule))).map(Pixels::one).fold(Pixels::default(), Pixels::with)
            }
            _ => Pixels::default(),
        }
    }

    fn obeys(&self, at: usize, rule: &Rule) -> bool {
        let (name, place) = &self.pixels[at];
        match rule {
            Rule::Axis(axis, rule) => number_fits(rule, place[*axis] + 1).unwrap_or(false),
            Rule::Name(pattern) => pattern.fits(name),
        }
    }

    /// Names of pixels or groups in the order that a mode repeats channels for.
    pub(super) fn repeats(&self, order: &Value) -> Option<Vec<String>> {
        if let Some(list) = order.as_array() {
            return Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        let order = order.as_str()?;
        if order == "eachPixelGroup" {
            return Some(self.groups.clone());
        }
        let axes = order.strip_prefix("eachPixel")?;
        let mut pixels: Vec<&(String, [usize; 3])> = self.pixels.iter().collect();
        if axes == "ABC" {
            pixels.sort_by(|a, b| natural(&a.0, &b.0));
        } else {
            // As a book is read: along the first axis, then the second, then the third.
            let axis = |sign: char| "XYZ".find(sign);
            let axes: Vec<usize> = axes.chars().filter_map(axis).collect();
            let [first, second, third] = axes[..] else { return None };
            pixels.sort_by_key(|(_, at)| (at[third], at[second], at[first]));
        }
        Some(pixels.into_iter().map(|(name, _)| name.clone()).collect())
    }

    /// The pixels that a name stands for: a pixel's own, or a group's.
    pub(super) fn named(&self, name: &str) -> Option<Pixels> {
        self.named.get(name).copied()
    }

    /// Columns and rows, where so many heads fill them.
    pub(super) fn layout(&self, n_heads: usize) -> Option<(u16, u16)> {
        let (columns, rows) = (self.size[0], self.size[1] * self.size[2]);
        (n_heads > 1 && columns * rows == n_heads).then_some((columns as u16, rows as u16))
    }
}

fn read_rules(group: &str, rules: &Object, warnings: &mut Warnings) -> Vec<Rule> {
    let mut read = Vec::new();
    for (about, list) in rules {
        for text in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let rule = match ["x", "y", "z"].iter().position(|axis| axis == about) {
                Some(axis) => number_fits(text, 1).map(|_| Rule::Axis(axis, text.to_owned())),
                None => Pattern::new(text).map(Rule::Name),
            };
            match rule.filter(|_| read.len() < MAX_RULES) {
                Some(rule) => read.push(rule),
                None => warnings.push(format!("pixel group \"{group}\": the rule \"{text}\" is not understood and left out")),
            }
        }
    }
    read
}

fn number_fits(rule: &str, number: usize) -> Option<bool> {
    let parse = |text: &str| text.trim().parse::<usize>().ok();
    Some(match rule {
        "even" => number.is_multiple_of(2),
        "odd" => !number.is_multiple_of(2),
        _ if rule.starts_with(">=") => number >= parse(&rule[2..])?,
        _ if rule.starts_with("<=") => number <= parse(&rule[2..])?,
        _ if rule.starts_with('=') => number == parse(&rule[1..])?,
        _ => {
            let (step, rest) = rule.split_once('n')?;
            let (step, rest) = (parse(step).filter(|&step| step > 0)?, if rest.is_empty() { 0 } else { parse(rest.strip_prefix('+')?)? });
            number % step == rest % step
        }
    })
}

/// Numbers inside of names count as numbers: 2 comes before 10.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    fn pieces(text: &str) -> Vec<(u64, String)> {
        let mut pieces: Vec<(u64, String)> = Vec::new();
        let mut last_digit = None;
        for sign in text.chars() {
            let is_digit = sign.is_ascii_digit();
            if last_digit != Some(is_digit) {
                pieces.push((0, String::new()));
            }
            last_digit = Some(is_digit);
            if let Some((number, word)) = pieces.last_mut() {
                match sign.to_digit(10) {
                    Some(digit) => *number = number.saturating_mul(10).saturating_add(digit.into()),
                    None => word.extend(sign.to_lowercase()),
                }
            }
        }
        pieces
    }
    pieces(a).cmp(&pieces(b)).then_with(|| a.cmp(b))
}
