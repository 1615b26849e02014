//! Selection expressions: `back_truss & left > has_movement` to an ordered list of heads.
//!
//! From loosest to tightest: `>` fallback, `|` or, `^` one of them, `&` and, `~` not, `( )`.  A name the venue lacks
//! selects nothing and leaves a warning with its place: a show must open in a venue that lacks a group.

use std::collections::BTreeSet;
use std::ops::Range;

use glam::Vec3;
use thiserror::Error;

use super::space::{bounds, fit_circle};
use super::{Caps, HeadIdx, Rig};
use crate::engine::nodes::random::draw_bits;

/// Longest expression that is read, in bytes, and deepest nesting.
const MAX_LENGTH: usize = 4096;
const MAX_DEPTH: usize = 64;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    All,
    Name {
        name: String,
        at: usize,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    /// One of these, drawn by the seed; `at` tells one draw from another.
    OneOf {
        options: Vec<Expr>,
        at: usize,
    },
    Or(Vec<Expr>),
    /// The first that is not empty.
    Fallback(Vec<Expr>),
}

/// `at` is a byte offset in the expression.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{message} at position {}", at + 1)]
pub struct ParseError {
    pub at: usize,
    pub message: String,
}

/// Something that selects nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    pub at: usize,
    pub name: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "this venue has no group or tag \"{}\" (position {})", self.name, self.at + 1)
    }
}

/// Reads an expression; an empty one means `all`.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    if text.len() > MAX_LENGTH {
        return Err(ParseError { at: MAX_LENGTH, message: format!("the selection is longer than {MAX_LENGTH} characters") });
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.skip_space();
    if parser.peek().is_none() {
        return Ok(Expr::All);
    }
    let expr = parser.fallback()?;
    match parser.peek() {
        None => Ok(expr),
        Some(')') => Err(parser.error("a \")\" without a \"(\"")),
        Some(found) => Err(parser.error(&format!("expected an operator (> | ^ &) before \"{found}\""))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn error(&self, message: &str) -> ParseError {
        ParseError { at: self.at, message: message.to_owned() }
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = self.peek() == Some(symbol);
        if found {
            self.at += symbol.len_utf8();
            self.skip_space();
        }
        found
    }

    fn chain(&mut self, symbol: char, next: fn(&mut Self) -> Result<Expr, ParseError>) -> Result<Vec<Expr>, ParseError> {
        let mut parts = vec![next(self)?];
        while self.take(symbol) {
            parts.push(next(self)?);
        }
        Ok(parts)
    }

    fn fallback(&mut self) -> Result<Expr, ParseError> {
        Ok(one_or(self.chain('>', Self::or)?, Expr::Fallback))
    }

    fn or(&mut self) -> Result<Expr, ParseError> {
        Ok(one_or(self.chain('|', Self::one_of)?, Expr::Or))
    }

    fn one_of(&mut self) -> Result<Expr, ParseError> {
        let at = self.at;
        Ok(one_or(self.chain('^', Self::and)?, |options| Expr::OneOf { options, at }))
    }

    fn and(&mut self) -> Result<Expr, ParseError> {
        Ok(one_or(self.chain('&', Self::not)?, Expr::And))
    }

    fn not(&mut self) -> Result<Expr, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the selection is nested too deeply"));
        }
        let expr = if self.take('~') { Expr::Not(Box::new(self.not()?)) } else { self.atom()? };
        self.depth -= 1;
        Ok(expr)
    }

    fn atom(&mut self) -> Result<Expr, ParseError> {
        let at = self.at;
        if self.take('(') {
            let expr = self.fallback()?;
            return if self.take(')') { Ok(expr) } else { Err(ParseError { at, message: "this \"(\" is never closed".into() }) };
        }
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || c == '.')).unwrap_or(rest.len());
        if length == 0 {
            return Err(match self.peek() {
                None => self.error("expected a name, the selection ends here"),
                Some(found) => self.error(&format!("expected a name, found \"{found}\"")),
            });
        }
        let name = rest[..length].to_owned();
        self.at += length;
        self.skip_space();
        Ok(if name == "all" { Expr::All } else { Expr::Name { name, at } })
    }
}

fn one_or(mut parts: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => Expr::All,
    }
}

/// Heads in a stable order, split into the parts that spatial attributes are computed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    pub items: Vec<HeadIdx>,
    /// Where each item is taken to be: its head's position unless a node folded it.
    pub positions: Vec<Vec3>,
    /// Ranges of items: one for a global selection, one per group for a group-local one.
    pub parts: Vec<Range<usize>>,
}

impl Selection {
    pub fn of_items(rig: &Rig, items: Vec<HeadIdx>) -> Self {
        let positions = items.iter().map(|&head| rig.heads[head as usize].position).collect();
        let parts = std::iter::once(0..items.len()).filter(|part| !part.is_empty()).collect();
        Self { items, positions, parts }
    }

    /// Splits the items by the first group that holds each; heads in no group make a last part.
    pub fn group_local(rig: &Rig, items: &[HeadIdx]) -> Self {
        let mut left: BTreeSet<HeadIdx> = items.iter().copied().collect();
        let mut ordered = Vec::with_capacity(items.len());
        let mut parts = Vec::new();
        for group in &rig.groups {
            let from = ordered.len();
            ordered.extend(group.members.iter().copied().filter(|head| left.remove(head)));
            if ordered.len() > from {
                parts.push(from..ordered.len());
            }
        }
        let from = ordered.len();
        ordered.extend(items.iter().copied().filter(|head| left.contains(head)));
        if ordered.len() > from {
            parts.push(from..ordered.len());
        }
        Self { parts, ..Self::of_items(rig, ordered) }
    }
}

/// Resolves an expression on a rig.  `seed` decides every `^`.
pub fn select(rig: &Rig, expr: &Expr, seed: u64) -> (Vec<HeadIdx>, Vec<Warning>) {
    let mut warnings = Vec::new();
    let chosen = Resolver { rig, seed, tags: None }.resolve(expr, &mut warnings);
    let mut items: Vec<HeadIdx> = chosen.iter().enumerate().filter(|(_, chosen)| **chosen).map(|(head, _)| head as HeadIdx).collect();
    let mut named = Vec::new();
    names(expr, &mut named);
    let ranks = order(rig, &named);
    items.sort_by_key(|&head| ranks[head as usize]);
    (items, warnings)
}

fn names<'e>(expr: &'e Expr, out: &mut Vec<&'e str>) {
    match expr {
        Expr::All => {}
        Expr::Name { name, .. } => out.push(name),
        Expr::Not(inner) => names(inner, out),
        Expr::And(parts) | Expr::Or(parts) | Expr::Fallback(parts) | Expr::OneOf { options: parts, .. } => {
            parts.iter().for_each(|part| names(part, out))
        }
    }
}

/// The rank of every head: groups that the expression names come first, in the venue's order; then the other groups;
/// then heads in no group by universe, address, head.
fn order(rig: &Rig, named: &[&str]) -> Vec<u32> {
    let mut ranks = vec![u32::MAX; rig.heads.len()];
    let mut next = 0;
    let mut place = |head: HeadIdx| {
        let rank = &mut ranks[head as usize];
        if *rank == u32::MAX {
            *rank = next;
            next += 1;
        }
    };
    for wanted in [true, false] {
        for group in rig.groups.iter().filter(|group| named.contains(&group.name.as_str()) == wanted) {
            group.members.iter().copied().for_each(&mut place);
        }
    }
    let mut fixtures: Vec<usize> = (0..rig.fixtures.len()).collect();
    fixtures.sort_by_key(|&fixture| (rig.fixtures[fixture].universe, rig.fixtures[fixture].address, fixture));
    for fixture in fixtures {
        rig.heads_of(fixture).for_each(&mut place);
    }
    ranks
}

struct Resolver<'a> {
    rig: &'a Rig,
    seed: u64,
    tags: Option<SpatialTags>,
}

impl Resolver<'_> {
    fn resolve(&mut self, expr: &Expr, warnings: &mut Vec<Warning>) -> Vec<bool> {
        match expr {
            Expr::All => vec![true; self.rig.heads.len()],
            Expr::Name { name, at } => self.named(name).unwrap_or_else(|| {
                warnings.push(Warning { at: *at, name: name.clone() });
                vec![false; self.rig.heads.len()]
            }),
            Expr::Not(inner) => self.resolve(inner, warnings).into_iter().map(|chosen| !chosen).collect(),
            Expr::And(parts) => self.merge(parts, warnings, |a, b| a & b),
            Expr::Or(parts) => self.merge(parts, warnings, |a, b| a | b),
            Expr::OneOf { options, at } => {
                let mut filled: Vec<Vec<bool>> =
                    options.iter().map(|option| self.resolve(option, warnings)).filter(|set| set.contains(&true)).collect();
                if filled.is_empty() {
                    return vec![false; self.rig.heads.len()];
                }
                let pick = draw_bits(self.seed, *at as u64, 0) % filled.len() as u64;
                filled.swap_remove(pick as usize)
            }
            Expr::Fallback(parts) => {
                let mut last = vec![false; self.rig.heads.len()];
                for part in parts {
                    last = self.resolve(part, warnings);
                    if last.contains(&true) {
                        break;
                    }
                }
                last
            }
        }
    }

    fn merge(&mut self, parts: &[Expr], warnings: &mut Vec<Warning>, join: fn(bool, bool) -> bool) -> Vec<bool> {
        let mut sets = parts.iter().map(|part| self.resolve(part, warnings)).collect::<Vec<_>>().into_iter();
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |merged, set| merged.into_iter().zip(set).map(|(a, b)| join(a, b)).collect())
    }

    /// A group's name wins; a tag that people gave and an automatic one of the same name add up.
    fn named(&mut self, name: &str) -> Option<Vec<bool>> {
        let mut found: Option<Vec<bool>> = None;
        let is_group = self.rig.groups.iter().any(|group| group.name == name);
        let holds = |group: &&super::Group| if is_group { group.name == name } else { group.tags.iter().any(|tag| tag == name) };
        for group in self.rig.groups.iter().filter(holds) {
            let chosen = found.get_or_insert_with(|| vec![false; self.rig.heads.len()]);
            group.members.iter().for_each(|&head| chosen[head as usize] = true);
        }
        if is_group {
            return found;
        }
        let automatic = if let Some(caps) = capability(name) {
            Some(self.rig.heads.iter().map(|head| head.caps.any(caps)).collect::<Vec<_>>())
        } else if let Some(tag) = SPATIAL.iter().position(|&tag| tag == name) {
            let tags = self.tags.get_or_insert_with(|| SpatialTags::of(self.rig));
            Some(tags.bits.iter().map(|bits| bits & (1 << tag) != 0).collect())
        } else {
            None
        };
        match (found, automatic) {
            (Some(found), Some(automatic)) => Some(found.into_iter().zip(automatic).map(|(a, b)| a | b).collect()),
            (found, automatic) => found.or(automatic),
        }
    }
}

/// Every name that an expression may use on this rig: groups and the tags people gave first, then what is known by itself.
pub fn names_on(rig: &Rig) -> Vec<String> {
    let groups = rig.groups.iter().map(|group| group.name.clone());
    let tags: BTreeSet<String> = rig.groups.iter().flat_map(|group| group.tags.iter().cloned()).collect();
    let known = ["all", "has_color", "has_movement", "has_strobe", "has_dimmer", "has_zoom", "has_gobo"];
    let mut names: Vec<String> = Vec::new();
    for name in groups.chain(tags).chain(SPATIAL.iter().chain(&known).map(|name| (*name).to_owned())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The capability behind an atom such as `has_color`.
pub fn capability(atom: &str) -> Option<Caps> {
    Some(match atom.strip_prefix("has_")? {
        "color" => Caps::COLOR,
        "movement" => Caps::MOVEMENT,
        "strobe" => Caps::STROBE,
        "dimmer" => Caps::DIMMER,
        "zoom" => Caps::ZOOM,
        "gobo" => Caps::GOBO,
        _ => return None,
    })
}

/// Automatic tags, in the order of their bits.
pub const SPATIAL: [&str; 8] = ["left", "right", "center", "front", "back", "high", "low", "circular"];

/// Which automatic tags each head has.
///
/// A head's place along an axis runs from -1 to 1 over the rig's bounding box, unless a group that holds it says
/// otherwise; the outer thirds are tagged, and the middle third of the left/right axis is `center`.
struct SpatialTags {
    bits: Vec<u8>,
}

impl SpatialTags {
    fn of(rig: &Rig) -> Self {
        let positions: Vec<Vec3> = rig.heads.iter().map(|head| head.position).collect();
        let (low, high) = bounds(&positions);
        let mut places: Vec<[f32; 3]> = positions
            .iter()
            .map(|position| {
                let half = (high - low) / 2.0;
                let offset = *position - (low + high) / 2.0;
                [0, 1, 2].map(|axis| if half[axis] > 1e-3 { offset[axis] / half[axis] } else { 0.0 })
            })
            .collect();
        for group in rig.groups.iter().rev() {
            for (axis, place) in group.axes.iter().enumerate().filter_map(|(axis, place)| Some((axis, (*place)?))) {
                group.members.iter().for_each(|&head| places[head as usize][axis] = place);
            }
        }
        let mut bits: Vec<u8> = places.into_iter().map(tags_of_place).collect();
        let rings: Vec<Vec<HeadIdx>> = if rig.groups.is_empty() {
            vec![(0..rig.heads.len() as HeadIdx).collect()]
        } else {
            rig.groups.iter().map(|group| group.members.clone()).collect()
        };
        for members in rings {
            let points: Vec<Vec3> = members.iter().map(|&head| positions[head as usize]).collect();
            if let Some(circle) = fit_circle(&points) {
                let near = |head: &&HeadIdx| circle.distance(positions[**head as usize]) <= 0.1 * circle.radius;
                members.iter().filter(near).for_each(|&head| bits[head as usize] |= 1 << 7);
            }
        }
        Self { bits }
    }
}

fn tags_of_place([x, y, z]: [f32; 3]) -> u8 {
    // A head on the border between two thirds belongs to both, whatever the last digit of its position.
    const OUTER: f32 = 1.0 / 3.0 - 1e-3;
    const INNER: f32 = 1.0 / 3.0 + 1e-3;
    let flags = [x < -OUTER, x > OUTER, x.abs() < INNER, y < -OUTER, y > OUTER, z > OUTER, z < -OUTER];
    flags.iter().enumerate().fold(0, |bits, (bit, &set)| bits | (u8::from(set) << bit))
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
