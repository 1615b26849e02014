//! Stickers, three across and eight down on A4 (70 x 37 mm each, as they are sold), without margins between them.
//!
//! Nothing but thin lines stands at the edges, so that they can be cut from plain paper as well.

use super::super::{Row, Sheet};
use super::font::Weight;
use super::page::{A4, ACCENT, ALARM, Align, Book, FAINT, INK, RULE, Style, style};

const COLUMNS: usize = 3;
const ROWS: usize = 8;
/// Points a millimetre.
const MM: f32 = 72.0 / 25.4;
/// The sheet is half a millimetre longer than its stickers, above and below.
const CELL: (f32, f32) = (70.0 * MM, 37.0 * MM);
const INSET: f32 = 4.5 * MM;

pub(super) fn draw(book: &mut Book, sheet: &Sheet) {
    let top = (A4.1 - ROWS as f32 * CELL.1) / 2.0;
    if sheet.rows.is_empty() {
        book.bare_page(A4);
    }
    for (at, row) in sheet.rows.iter().enumerate() {
        let place = at % (COLUMNS * ROWS);
        if place == 0 {
            book.bare_page(A4);
            for column in 1..COLUMNS {
                let x = column as f32 * CELL.0;
                book.line((x, top), (x, A4.1 - top), 0.25, RULE);
            }
            for line in 1..ROWS {
                let y = top + line as f32 * CELL.1;
                book.line((0.0, y), (A4.0, y), 0.25, RULE);
            }
        }
        let (column, line) = (place % COLUMNS, place / COLUMNS);
        label(book, row, (column as f32 * CELL.0, top + line as f32 * CELL.1));
    }
}

fn label(book: &mut Book, row: &Row, (x, y): (f32, f32)) {
    let (left, right, width) = (x + INSET, x + CELL.0 - INSET, CELL.0 - 2.0 * INSET);
    set(book, (left, y + 23.0), width, 7.5, style(Weight::Bold, 14.0, INK), &row.label);
    let ink = if row.troubled { ALARM } else { ACCENT };
    let place = row.place();
    let large = book.shrunk(&place, width * 0.72, 18.0, style(Weight::Bold, 34.0, ink));
    book.text((left, y + 60.0), Align::Left, large, &place);
    let channels = match row.n_channels {
        0 => "? ch".to_owned(),
        n => format!("{n} ch"),
    };
    book.text((right, y + 50.0), Align::Right, style(Weight::Medium, 9.0, INK), &channels);
    book.text((right, y + 60.0), Align::Right, style(Weight::Regular, 7.5, FAINT), &format!("to {}", row.last()));
    book.line((left, y + 68.0), (right, y + 68.0), 0.5, RULE);
    set(book, (left, y + 79.0), width, 6.0, style(Weight::Regular, 8.0, INK), &row.device());
    set(book, (left, y + 89.5), width, 6.0, style(Weight::Regular, 7.5, FAINT), &row.mode);
}

/// Shrinks to `least`, then is cut.
fn set(book: &mut Book, at: (f32, f32), width: f32, least: f32, style: Style, text: &str) {
    let style = book.shrunk(text, width, least, style);
    book.fitted(at, width + 0.01, style, text);
}
