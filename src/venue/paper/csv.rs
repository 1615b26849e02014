//! The papers as comma-separated values: RFC 4180, UTF-8, a header line first.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are left as they are.

use super::{Sheet, What};

enum Cell {
    Text(String),
    Number(String),
    Empty,
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn number(number: impl ToString) -> Cell {
    Cell::Number(number.to_string())
}

fn maybe(known: Option<f32>) -> Cell {
    known.map_or(Cell::Empty, number)
}

/// A paper as one text, lines closed by CR LF.
pub fn csv(sheet: &Sheet, what: What) -> String {
    let (header, rows): (&[&str], Vec<Vec<Cell>>) = match what {
        What::Patch => (PATCH, patch(sheet)),
        What::Labels => (LABELS, labels(sheet)),
        What::Universes => (UNIVERSES, universes(sheet)),
        What::Power => (POWER, power(sheet)),
    };
    let mut out = header.join(",") + "\r\n";
    for row in rows {
        let cells: Vec<String> = row.iter().map(written).collect();
        out += &cells.join(",");
        out += "\r\n";
    }
    out
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Number(number) => number.clone(),
        Cell::Text(text) => {
            let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
            let guarded = if is_formula { format!("'{text}") } else { text.clone() };
            if guarded.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
        }
    }
}

const PATCH: &[&str] = &[
    "universe", "address", "last", "channels", "label", "maker", "model", "mode", "heads", "groups", "line", "options", "x_m", "y_m",
    "z_m", "watts", "kg", "problem",
];

fn patch(sheet: &Sheet) -> Vec<Vec<Cell>> {
    let row = |row: &super::Row| {
        let about = sheet.troubles.iter().filter(|trouble| trouble.fixtures.contains(&row.id));
        let problem = about.map(|trouble| trouble.text.as_str()).collect::<Vec<_>>().join("; ");
        let mut cells = vec![number(row.universe), number(row.address), number(row.last()), number(row.n_channels)];
        cells.extend([&row.label, &row.maker, &row.model, &row.mode].map(|name| text(name.as_str())));
        cells.push(number(row.n_heads));
        cells.extend([row.groups.join(" "), row.line.clone().unwrap_or_default(), row.options.join("; ")].map(text));
        cells.extend(row.position.map(number));
        cells.extend([maybe(row.watts), maybe(row.weight_kg), text(problem)]);
        cells
    };
    sheet.rows.iter().map(row).collect()
}

const LABELS: &[&str] = &["label", "universe", "address", "last", "device", "mode"];

fn labels(sheet: &Sheet) -> Vec<Vec<Cell>> {
    let row = |row: &super::Row| {
        vec![
            text(row.label.as_str()),
            number(row.universe),
            number(row.address),
            number(row.last()),
            text(row.device()),
            text(row.mode.as_str()),
        ]
    };
    sheet.rows.iter().map(row).collect()
}

const UNIVERSES: &[&str] = &["universe", "channel", "label", "channel_of_fixture", "function", "clash"];

/// A line for each channel of each fixture.
fn universes(sheet: &Sheet) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for universe in &sheet.universes {
        for channel in 1..=512 {
            let holders: Vec<usize> = sheet.holders(universe, channel).collect();
            for &at in &holders {
                let row = &sheet.rows[at];
                let offset = channel - row.address;
                let function = row.channels.get(usize::from(offset)).cloned().unwrap_or_default();
                let clash = if holders.len() > 1 { "yes" } else { "" };
                rows.push(vec![
                    number(universe.number),
                    number(channel),
                    text(row.label.as_str()),
                    number(offset + 1),
                    text(function),
                    text(clash),
                ]);
            }
        }
    }
    rows
}

const POWER: &[&str] = &["by", "name", "fixtures", "watts", "watts_unknown", "kg", "kg_unknown"];

fn power(sheet: &Sheet) -> Vec<Vec<Cell>> {
    // A sum of nothing that is known is not 0.
    let sum =
        |sum: f64, n_unknown: usize, n: usize| if n_unknown < n || n == 0 { number((sum * 100.0).round() / 100.0) } else { Cell::Empty };
    let row = |section: &str, total: &super::Total| {
        let n = total.n_fixtures;
        vec![
            text(section.trim_start_matches("By ").to_lowercase()),
            text(total.name.as_str()),
            number(n),
            sum(total.watts, total.n_watts_unknown, n),
            number(total.n_watts_unknown),
            sum(total.weight_kg, total.n_weight_unknown, n),
            number(total.n_weight_unknown),
        ]
    };
    sheet.totals.iter().flat_map(|(section, totals)| totals.iter().map(|total| row(section, total))).collect()
}
