//! A small picture of what one annotation does: heads from top to bottom, time from left to right, the colours of its light.
//!
//! Rows follow the order of the selection that the light comes from, so that a chase is a slope.  A column stands for its
//! stretch of time, flashes inside it included.  What makes no light is shown by what it moves: pan as hue and tilt as
//! brightness, or the level of its beam.

use super::composite::program::{Layer, Program};
use super::composite::render;
use super::frame::{Frame, has};
use super::graph::plan::Outputs;
use super::live::Live;
use super::rig::HeadIdx;
use super::units::{Rgb, Window, unit};

/// What the colours of a picture mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shows {
    Light,
    /// Pan is hue, tilt is brightness.
    Movement,
    /// Brightness is zoom, iris, gobo or whatever the pattern sets.
    Beam,
    #[default]
    Nothing,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heatmap {
    pub n_cols: usize,
    pub n_rows: usize,
    /// Row by row, from the top; opaque.
    pub rgba: Vec<[u8; 4]>,
    /// Heads that the annotation drives; where there are more than rows, a row is the brightest of its heads.
    pub n_heads: usize,
    pub shows: Shows,
}

/// Draws the first layer of a program, alone.  `None` once `stop` says so.
pub fn heatmap(program: &Program, (n_cols, max_rows): (usize, usize), stop: &dyn Fn() -> bool) -> Option<Heatmap> {
    let Some(layer) = program.layers.first() else { return Some(Heatmap::default()) };
    let outputs = &layer.plan.outputs;
    let heads = heads(outputs);
    let shows = shows(outputs);
    let (n_rows, n_cols) = (heads.len().min(max_rows), n_cols.max(1));
    if shows == Shows::Nothing || n_rows == 0 {
        return Some(Heatmap { n_heads: heads.len(), ..Heatmap::default() });
    }
    let alone = program.only(|other| other.id == layer.id);
    let live = Live::default();
    let mut frame = Frame::default();
    // Per column and head: what it does, before it is known how far everything reaches.
    let mut cells: Vec<Cell> = Vec::with_capacity(n_cols * heads.len());
    for window in columns(layer, n_cols) {
        if stop() {
            return None;
        }
        render(&alone, window, &live, &mut frame);
        cells.extend(heads.iter().map(|&head| Cell::of(&frame, head, outputs)));
    }
    let reach = Reach::of(&cells);
    let mut rgba = vec![[0, 0, 0, 255]; n_rows * n_cols];
    for row in 0..n_rows {
        let (first, last) = (row * heads.len() / n_rows, ((row + 1) * heads.len() / n_rows).max(row * heads.len() / n_rows + 1));
        for col in 0..n_cols {
            let of_row = &cells[col * heads.len() + first..col * heads.len() + last];
            let colors = of_row.iter().map(|cell| cell.color(shows, &reach));
            let brightest = colors.max_by(|a, b| sum(*a).total_cmp(&sum(*b))).unwrap_or_default();
            let [r, g, b] = brightest.0.map(|level| (unit(level) * 255.0).round() as u8);
            rgba[row * n_cols + col] = [r, g, b, 255];
        }
    }
    Some(Heatmap { n_cols, n_rows, rgba, n_heads: heads.len(), shows })
}

fn sum(color: Rgb) -> f32 {
    color.0.iter().sum()
}

/// The stretches of time of the columns.  An annotation is over at its end, so the last one stops short of it.
fn columns(layer: &Layer, n_cols: usize) -> impl Iterator<Item = Window> {
    let (start, span) = (layer.start, layer.end - layer.start);
    let at = move |col: usize| start + span * (col as f64 / n_cols as f64).min(1.0 - 1e-6);
    (0..n_cols).map(move |col| Window { from: at(col), to: at(col + 1) })
}

/// The heads that a graph drives, those of its light first, each in the order of its selection.
fn heads(outputs: &Outputs) -> Vec<HeadIdx> {
    let light = outputs.light.iter().map(|run| &run.heads);
    let moved = outputs.pan.iter().chain(&outputs.tilt).chain(&outputs.strobe).chain(outputs.beam.iter().map(|(_, run)| run));
    let mut heads: Vec<HeadIdx> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for head in light.chain(moved.map(|run| &run.heads)).flat_map(|heads| heads.iter()) {
        if seen.insert(head) {
            heads.push(head as HeadIdx);
        }
    }
    heads
}

fn shows(outputs: &Outputs) -> Shows {
    if !outputs.light.is_empty() {
        Shows::Light
    } else if !(outputs.pan.is_empty() && outputs.tilt.is_empty()) {
        Shows::Movement
    } else if !(outputs.beam.is_empty() && outputs.strobe.is_empty()) {
        Shows::Beam
    } else {
        Shows::Nothing
    }
}

/// What one head does in one column.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    light: Rgb,
    pan: f32,
    tilt: f32,
    beam: f32,
}

impl Cell {
    fn of(frame: &Frame, head: HeadIdx, outputs: &Outputs) -> Self {
        let at = head as usize;
        let colored = frame.set[at] & has::COLOR != 0;
        let hue = if colored { [frame.color[0][at], frame.color[1][at], frame.color[2][at]] } else { [1.0; 3] };
        // As the eye judges brightness: a lamp at a fifth is clearly on.
        let level = unit(frame.dimmer[at]).powf(0.6);
        let beam = outputs.beam.first().map_or(frame.strobe[at], |(value, _)| frame.beam[*value as usize][at]);
        Self { light: Rgb(hue.map(|channel| channel * level)), pan: frame.pan[at], tilt: frame.tilt[at], beam }
    }

    fn color(&self, shows: Shows, reach: &Reach) -> Rgb {
        let place = |value: f32, (low, high): (f32, f32)| if high > low { (value - low) / (high - low) } else { 0.5 };
        match shows {
            Shows::Light => self.light,
            // From blue over green to red: a turn of hue would make both ends look alike.
            Shows::Movement => Rgb::from_hsv(0.66 * (1.0 - place(self.pan, reach.pan)), 0.65, 0.25 + 0.75 * place(self.tilt, reach.tilt)),
            Shows::Beam => Rgb([0.15 + 0.75 * place(self.beam, reach.beam); 3]),
            Shows::Nothing => Rgb::BLACK,
        }
    }
}

/// How far values reach over the whole picture.
struct Reach {
    pan: (f32, f32),
    tilt: (f32, f32),
    beam: (f32, f32),
}

impl Reach {
    fn of(cells: &[Cell]) -> Self {
        let over = |value: fn(&Cell) -> f32| {
            cells.iter().map(value).fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)))
        };
        Self { pan: over(|cell| cell.pan), tilt: over(|cell| cell.tilt), beam: over(|cell| cell.beam) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::engine::show::{Annotation, PatternGraph, Show};
    use crate::engine::tempo::BeatGrid;
    use crate::engine::track::TrackAnalysis;
    use crate::engine::{compile, composite::blend::BlendMode};
    use crate::venue;
    use crate::venue::library::Library;

    fn club() -> Arc<crate::engine::Rig> {
        Arc::new(venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0)
    }

    fn program(name: &str, args: serde_json::Value) -> Program {
        let pattern = crate::patterns::builtin().into_iter().find(|pattern| pattern.name == name).unwrap();
        let annotation = Annotation {
            id: Uuid::from_u128(7),
            pattern: pattern.id,
            start: 2.0,
            end: 6.0,
            z: 0,
            blend: BlendMode::Replace,
            args: args.as_object().cloned().unwrap_or_default(),
        };
        let graph = PatternGraph { name: pattern.name, graph: Arc::new(pattern.graph) };
        let show = Show {
            rig: club(),
            annotations: Arc::new(vec![annotation]),
            patterns: Arc::new([(pattern.id, graph)].into()),
            track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 64), 32.0)),
            ..Show::default()
        };
        compile(&show).0
    }

    #[test]
    fn a_wash_is_one_colour_everywhere_and_it_is_the_one_that_was_asked_for() {
        let program = program("Colour wash", json!({"color": {"r": 255, "g": 0, "b": 0, "a": 1}}));
        let map = heatmap(&program, (16, 64), &|| false).unwrap();
        assert_eq!((map.n_cols, map.shows), (16, Shows::Light));
        assert_eq!(map.n_rows, map.n_heads.min(64));
        assert!(map.rgba.iter().all(|&[r, g, b, _]| r > 100 && g == 0 && b == 0), "{:?}", map.rgba[0]);
    }

    #[test]
    fn a_cell_is_what_the_frame_of_its_stretch_says() {
        let program = program("Linear chase", json!({}));
        let map = heatmap(&program, (32, 10_000), &|| false).unwrap();
        let layer = &program.layers[0];
        let heads = heads(&layer.plan.outputs);
        let mut frame = Frame::default();
        let mut lit = 0;
        for (col, window) in columns(layer, 32).enumerate() {
            render(&program, window, &Live::default(), &mut frame);
            for (row, &head) in heads.iter().enumerate() {
                let state = frame.head(head);
                let color = state.color.unwrap_or(Rgb::WHITE);
                let want = color.0.map(|channel| (unit(channel * state.dimmer.powf(0.6)) * 255.0).round() as u8);
                assert_eq!(map.rgba[row * 32 + col][..3], want, "column {col}, head {head}");
                lit += usize::from(want != [0; 3]);
            }
        }
        assert!(lit > 32 && lit < 32 * heads.len(), "a chase is neither dark nor full: {lit} cells");
    }

    #[test]
    fn many_heads_share_a_row_whose_brightest_shows() {
        let program = program("Linear chase", json!({}));
        let (all, few) = (heatmap(&program, (16, 10_000), &|| false).unwrap(), heatmap(&program, (16, 3), &|| false).unwrap());
        assert_eq!((few.n_rows, few.n_heads), (3, all.n_heads));
        let brightest = |map: &Heatmap, col: usize| {
            (0..map.n_rows).map(|row| map.rgba[row * 16 + col].iter().map(|&c| u32::from(c)).sum::<u32>()).max()
        };
        assert!((0..16).all(|col| brightest(&all, col) == brightest(&few, col)));
    }

    #[test]
    fn a_movement_is_shown_by_where_heads_look_and_a_stopped_picture_is_none() {
        let program = program("Circles", json!({}));
        let map = heatmap(&program, (24, 32), &|| false).unwrap();
        assert_eq!(map.shows, Shows::Movement);
        assert!(map.rgba.iter().any(|cell| *cell != map.rgba[0]));
        assert_eq!(heatmap(&program, (24, 32), &|| true), None);
    }
}
