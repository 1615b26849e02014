//! The universe map: 512 cells a universe, coloured by fixture; channels that several want are marked.

use super::super::{Row, Sheet, Universe};
use super::font::Weight;
use super::page::{A4, ALARM, Align, Book, Color, FAINT, INK, MARGIN, RULE, TOP, style};

const COLUMNS: u16 = 32;
const ROWS: u16 = 16;
const GRID_TOP: f32 = TOP + 4.0;
const CELL: (f32, f32) = ((A4.1 - 2.0 * MARGIN) / 32.0, 21.5);
const LEGEND_COLUMNS: usize = 5;
const LEGEND_ROW: f32 = 12.0;

pub(super) fn draw(book: &mut Book, sheet: &Sheet) {
    if sheet.universes.is_empty() {
        book.page((A4.1, A4.0), "");
        book.text((MARGIN, TOP + 20.0), Align::Left, style(Weight::Regular, 10.0, FAINT), "Nothing is patched in this venue");
    }
    for universe in &sheet.universes {
        let clashes = match universe.n_clashing {
            0 => String::new(),
            n => format!("  ·  {n} channels wanted by several"),
        };
        let subtitle = format!("Universe {}  ·  {} of 512 channels used{clashes}", universe.number, universe.n_used);
        book.page((A4.1, A4.0), &subtitle);
        grid(book, sheet, universe);
        legend(book, sheet, universe, &subtitle);
    }
}

/// Hues of neighbours lie far apart: each is a golden section of the circle further.
fn tint(nth: usize) -> Color {
    let hue = (nth as f32 * 0.618_034 + 0.58).fract() * 6.0;
    let pure = [(hue - 3.0).abs() - 1.0, 2.0 - (hue - 2.0).abs(), 2.0 - (hue - 4.0).abs()];
    // Every other one a little deeper, for those who tell hues badly.
    let depth = if nth.is_multiple_of(2) { 0.20 } else { 0.30 };
    pure.map(|part| 1.0 - depth * (1.0 - part.clamp(0.0, 1.0)) - 0.02)
}

fn corner(channel: u16) -> (f32, f32) {
    let at = channel - 1;
    (MARGIN + f32::from(at % COLUMNS) * CELL.0, GRID_TOP + f32::from(at / COLUMNS) * CELL.1)
}

fn grid(book: &mut Book, sheet: &Sheet, universe: &Universe) {
    for channel in 1..=COLUMNS * ROWS {
        let (x, y) = corner(channel);
        let holders: Vec<usize> = sheet.holders(universe, channel).collect();
        let nth = |at: usize| universe.rows.iter().position(|row| *row == at).unwrap_or(0);
        if let [only] = holders.as_slice() {
            book.area([x, y, CELL.0, CELL.1], tint(nth(*only)));
        } else if holders.len() > 1 {
            book.area([x, y, CELL.0, CELL.1], [0.98, 0.80, 0.80]);
            let steps = 4;
            for step in 1..=steps {
                let along = step as f32 / (steps + 1) as f32;
                book.line((x + CELL.0 * along, y), (x, y + CELL.1 * along), 0.6, ALARM);
                book.line((x + CELL.0, y + CELL.1 * along), (x + CELL.0 * along, y + CELL.1), 0.6, ALARM);
            }
        }
        let ink = if holders.is_empty() { [0.70, 0.71, 0.74] } else { FAINT };
        book.text((x + 2.0, y + 6.2), Align::Left, style(Weight::Regular, 4.6, ink), &channel.to_string());
    }
    for line in 0..=ROWS {
        let y = GRID_TOP + f32::from(line) * CELL.1;
        book.line((MARGIN, y), (A4.1 - MARGIN, y), 0.3, RULE);
    }
    for column in 0..=COLUMNS {
        let x = MARGIN + f32::from(column) * CELL.0;
        book.line((x, GRID_TOP), (x, GRID_TOP + f32::from(ROWS) * CELL.1), 0.3, RULE);
    }
    for &at in &universe.rows {
        outline(book, sheet, universe, at);
    }
}

/// Channels of a fixture that lie beside each other in a row of the grid and pass a test.
fn stretches(row: &Row, test: impl Fn(u16) -> bool) -> Vec<(u16, u16)> {
    let mut stretches: Vec<(u16, u16)> = Vec::new();
    for channel in (row.address..=row.last()).filter(|channel| test(*channel)) {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == channel && (channel - 1) % COLUMNS != 0 => *last = channel,
            _ => stretches.push((channel, channel)),
        }
    }
    stretches
}

/// A frame around each stretch of a fixture, with its name in the longest that nobody else wants.
fn outline(book: &mut Book, sheet: &Sheet, universe: &Universe, at: usize) {
    let row = &sheet.rows[at];
    if row.n_channels == 0 || !(1..=512).contains(&row.address) {
        return;
    }
    let ink = if row.troubled { ALARM } else { INK };
    let pieces = stretches(row, |_| true);
    for &(first, last) in &pieces {
        let (x, y) = corner(first);
        book.frame([x, y, f32::from(last - first + 1) * CELL.0, CELL.1], if row.troubled { 1.1 } else { 0.7 }, ink);
    }
    let alone = stretches(row, |channel| sheet.holders(universe, channel).nth(1).is_none());
    let is_covered = alone.is_empty();
    // The first of the longest.
    let best = (if is_covered { pieces } else { alone }).into_iter().rev().max_by_key(|(first, last)| last - first);
    if let Some((first, last)) = best {
        let (x, y) = corner(first);
        let width = f32::from(last - first + 1) * CELL.0 - 5.0;
        let set = book.shrunk(&row.label, width, 5.0, style(Weight::Medium, 8.0, ink));
        let name = book.cut(&row.label, width + 0.01, set);
        if is_covered {
            let wide = book.width(&name, set);
            book.area([x + 1.5, y + CELL.1 - 12.0, wide + 2.0, 9.5], [1.0; 3]);
        }
        book.text((x + 2.5, y + CELL.1 - 5.0), Align::Left, set, &name);
    }
}

/// Names and addresses in columns below the grid, and on further pages where there are many.
fn legend(book: &mut Book, sheet: &Sheet, universe: &Universe, subtitle: &str) {
    let width = (A4.1 - 2.0 * MARGIN) / LEGEND_COLUMNS as f32;
    let mut rest = universe.rows.iter().enumerate().peekable();
    let mut top = GRID_TOP + f32::from(ROWS) * CELL.1 + 10.0;
    while rest.peek().is_some() {
        let n_lines = ((book.room(top) / LEGEND_ROW).floor() as usize).max(1);
        for place in 0..n_lines * LEGEND_COLUMNS {
            let Some((nth, &at)) = rest.next() else { return };
            let row = &sheet.rows[at];
            let (x, y) = (MARGIN + (place / n_lines) as f32 * width, top + (place % n_lines) as f32 * LEGEND_ROW);
            let ink = if row.troubled { ALARM } else { INK };
            book.area([x, y + 1.5, 7.0, 7.0], tint(nth));
            book.frame([x, y + 1.5, 7.0, 7.0], 0.5, ink);
            let range = format!("{}–{}", row.address, row.last());
            book.text((x + 42.0, y + 8.0), Align::Right, style(Weight::Regular, 7.0, FAINT), &range);
            book.fitted((x + 47.0, y + 8.0), width - 53.0, style(Weight::Medium, 7.5, ink), &row.label);
        }
        if rest.peek().is_some() {
            book.page((A4.1, A4.0), subtitle);
            top = TOP + 6.0;
        }
    }
}
