//! Power and weight, by universe, by group, by line and for the whole venue.

use super::super::{Sheet, Total};
use super::font::Weight;
use super::page::{A4, Align, Book, FAINT, INK, MARGIN, PALE, RULE, TOP, style};

const ROW: f32 = 17.0;
/// Right ends of the numbers, from the left margin.
const FIXTURES: f32 = 270.0;
const POWER: f32 = 400.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Watts,
    Kilograms,
}

/// "4.25 kW + 3 unknown"; "unknown" where nobody knows anything.
pub(super) fn sum(sum: f64, n_unknown: usize, n: usize, unit: Unit) -> String {
    if n > 0 && n_unknown == n {
        return match unit {
            Unit::Watts => "power unknown".to_owned(),
            Unit::Kilograms => "weight unknown".to_owned(),
        };
    }
    let known = match unit {
        Unit::Watts if sum >= 10_000.0 => format!("{:.1} kW", sum / 1000.0),
        Unit::Watts if sum >= 1000.0 => format!("{:.2} kW", sum / 1000.0),
        Unit::Watts => format!("{sum:.0} W"),
        Unit::Kilograms => format!("{sum:.1} kg"),
    };
    if n_unknown == 0 { known } else { format!("{known} + {n_unknown} unknown") }
}

pub(super) fn draw(book: &mut Book, sheet: &Sheet) {
    let subtitle = format!("{} fixtures, as their definitions say", sheet.rows.len());
    book.page(A4, &subtitle);
    let mut y = TOP;
    for (section, totals) in sheet.totals.iter().filter(|(_, totals)| !totals.is_empty()) {
        if book.room(y) < 3.0 * ROW + 10.0 {
            book.page(A4, &subtitle);
            y = TOP;
        }
        y = head(book, section, y);
        for total in totals {
            if book.room(y) < ROW {
                book.page(A4, &subtitle);
                y = head(book, section, TOP);
            }
            line(book, total, y, *section == "Whole venue");
            y += ROW;
        }
        y += 14.0;
    }
}

fn head(book: &mut Book, section: &str, y: f32) -> f32 {
    book.area([MARGIN, y, A4.0 - 2.0 * MARGIN, 20.0], PALE);
    book.text((MARGIN + 6.0, y + 14.0), Align::Left, style(Weight::Bold, 10.5, INK), section);
    for (name, x) in [("Fixtures", MARGIN + FIXTURES), ("Power", MARGIN + POWER), ("Weight", A4.0 - MARGIN - 6.0)] {
        book.text((x, y + 13.5), Align::Right, style(Weight::Medium, 7.5, FAINT), name);
    }
    y + 22.0
}

fn line(book: &mut Book, total: &Total, y: f32, strong: bool) {
    let n = total.n_fixtures;
    let base = y + 11.5;
    let set = style(if strong { Weight::Bold } else { Weight::Regular }, 9.0, INK);
    book.fitted((MARGIN + 6.0, base), FIXTURES - 60.0, set, &total.name);
    book.text((MARGIN + FIXTURES, base), Align::Right, set, &n.to_string());
    for (text, x, n_unknown) in [
        (sum(total.watts, total.n_watts_unknown, n, Unit::Watts), MARGIN + POWER, total.n_watts_unknown),
        (sum(total.weight_kg, total.n_weight_unknown, n, Unit::Kilograms), A4.0 - MARGIN - 6.0, total.n_weight_unknown),
    ] {
        let color = if n_unknown > 0 && n_unknown == n { FAINT } else { INK };
        book.text((x, base), Align::Right, super::page::Style { color, ..set }, &text);
    }
    book.line((MARGIN, y + ROW), (A4.0 - MARGIN, y + ROW), 0.4, RULE);
}
