//! The patch sheet: every fixture by address, a section for each universe.

use super::super::{Row, Sheet, Universe};
use super::font::Weight;
use super::page::{A4, ACCENT, ALARM, Align, Book, FAINT, INK, MARGIN, PALE, RULE, TOP, style};

const ROW: f32 = 16.5;
const HEAD: f32 = 30.0;
/// Name, left end, width; the last two are set from the right.
const COLUMNS: [(&str, f32, f32); 8] = [
    ("Address", 0.0, 58.0),
    ("Name", 58.0, 142.0),
    ("Fixture", 204.0, 176.0),
    ("Mode", 384.0, 112.0),
    ("Ch", 500.0, 26.0),
    ("Groups and options", 536.0, 146.0),
    ("W", 690.0, 36.0),
    ("kg", 730.0, 40.0),
];

pub(super) fn draw(book: &mut Book, sheet: &Sheet) {
    let (n_fixtures, n_universes) = (sheet.rows.len(), sheet.universes.len());
    let subtitle = format!("{n_fixtures} fixtures  ·  {n_universes} universes");
    let mut y = head(book, &subtitle);
    if !sheet.troubles.is_empty() {
        y = troubles(book, sheet, y, &subtitle);
    }
    if sheet.rows.is_empty() {
        book.text((MARGIN, y + 14.0), Align::Left, style(Weight::Regular, 10.0, FAINT), "Nothing is patched in this venue");
    }
    for universe in &sheet.universes {
        // A section's head never stands alone at the foot of a page.
        if book.room(y) < HEAD + 2.0 * ROW {
            y = head(book, &subtitle);
        }
        y = section(book, sheet, universe, y);
        for &at in &universe.rows {
            if book.room(y) < ROW {
                y = head(book, &subtitle);
            }
            row(book, &sheet.rows[at], y);
            y += ROW;
        }
        y += 10.0;
    }
}

/// A new page with the names of the columns.
fn head(book: &mut Book, subtitle: &str) -> f32 {
    book.page((A4.1, A4.0), subtitle);
    let y = TOP + 2.0;
    for (at, (name, x, width)) in COLUMNS.into_iter().enumerate() {
        let (x, align) = if is_number(at) { (MARGIN + x + width, Align::Right) } else { (MARGIN + x, Align::Left) };
        book.text((x, y), align, style(Weight::Medium, 7.5, FAINT), name);
    }
    y + 6.0
}

fn is_number(column: usize) -> bool {
    matches!(column, 4 | 6 | 7)
}

fn troubles(book: &mut Book, sheet: &Sheet, mut y: f32, subtitle: &str) -> f32 {
    let width = A4.1 - 2.0 * MARGIN;
    for trouble in &sheet.troubles {
        if book.room(y) < 14.0 {
            y = head(book, subtitle);
        }
        book.area([MARGIN, y, 2.5, 11.0], ALARM);
        book.fitted((MARGIN + 8.0, y + 8.5), width - 8.0, style(Weight::Regular, 8.5, ALARM), &trouble.text);
        y += 14.0;
    }
    y + 4.0
}

fn section(book: &mut Book, sheet: &Sheet, universe: &Universe, y: f32) -> f32 {
    let width = A4.1 - 2.0 * MARGIN;
    book.area([MARGIN, y, width, 20.0], PALE);
    book.text((MARGIN + 6.0, y + 14.0), Align::Left, style(Weight::Bold, 11.0, INK), &format!("Universe {}", universe.number));
    let watts: f32 = universe.rows.iter().filter_map(|at| sheet.rows[*at].watts).sum();
    let n_unknown = universe.rows.iter().filter(|at| sheet.rows[**at].watts.is_none()).count();
    let power = super::power::sum(f64::from(watts), n_unknown, universe.rows.len(), super::power::Unit::Watts);
    let told = format!("{} of 512 channels  ·  {} fixtures  ·  {power}", universe.n_used, universe.rows.len());
    book.text((MARGIN + width - 6.0, y + 13.5), Align::Right, style(Weight::Regular, 8.5, FAINT), &told);
    let bar = [MARGIN + 100.0, y + 8.0, 120.0, 4.0];
    book.area(bar, RULE);
    book.area([bar[0], bar[1], bar[2] * f32::from(universe.n_used) / 512.0, bar[3]], ACCENT);
    y + 24.0
}

fn row(book: &mut Book, row: &Row, y: f32) {
    let base = y + 11.0;
    let ink = if row.troubled { ALARM } else { INK };
    let plain = style(Weight::Regular, 8.5, INK);
    let number = |known: Option<f32>| known.map_or_else(|| "?".to_owned(), |known| format!("{}", (known * 10.0).round() / 10.0));
    let channels = if row.n_channels == 0 { "?".to_owned() } else { row.n_channels.to_string() };
    let groups = row.groups.iter().chain(&row.options).cloned().collect::<Vec<_>>().join(", ");
    let cells = [
        (row.place(), style(Weight::Medium, 9.0, ink)),
        (row.label.clone(), style(Weight::Medium, 8.5, ink)),
        (row.device(), plain),
        (row.mode.clone(), plain),
        (channels, plain),
        (groups, style(Weight::Regular, 7.5, FAINT)),
        (number(row.watts), plain),
        (number(row.weight_kg), plain),
    ];
    for (at, ((text, style), (_, x, width))) in cells.into_iter().zip(COLUMNS).enumerate() {
        if is_number(at) {
            book.text((MARGIN + x + width, base), Align::Right, style, &text);
        } else {
            book.fitted((MARGIN + x, base), width - 4.0, style, &text);
        }
    }
    book.line((MARGIN, y + ROW), (A4.1 - MARGIN, y + ROW), 0.4, RULE);
}
