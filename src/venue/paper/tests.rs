//! What stands on the papers.

use uuid::Uuid;

use super::*;
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Group, Limits, MaxLevel, Member, Venue};

fn fixture(n: u128, label: &str, definition: &str, universe: u16, address: u16) -> Fixture {
    let library = Library::builtin();
    let mode = library.definition(definition).map_or_else(|_| "none".to_owned(), |definition| definition.modes[0].name.clone());
    let (id, label, definition) = (Uuid::from_u128(n), label.to_owned(), definition.to_owned());
    Fixture { id, label, definition, mode, universe, address, position: [n as f32, 0.0, 4.0], ..Fixture::default() }
}

/// Two pars that clash, a wash elsewhere, one without a definition.
fn venue() -> Venue {
    let mut fixtures = vec![
        fixture(1, "=HYPERLINK(\"x\")", "luma/Luma-Par-RGB.qxf", 1, 1),
        fixture(2, "Par, \"left\"", "luma/Luma-Par-RGB.qxf", 1, 3),
        fixture(3, "照明 Łódź\nw", "luma/Luma-Wash-19.qxf", 2, 100),
        fixture(4, "-5", "acme/Gone.qxf", 2, 1),
    ];
    fixtures[2].invert_pan = true;
    fixtures[2].limits = Limits { pan: None, tilt: Some([-90.0, 45.5]) };
    fixtures[2].max_level = MaxLevel(0.5);
    fixtures[3].position = [0.0, 9.0, 0.0];
    let member = |n| Member { fixture: Uuid::from_u128(n), head: None };
    let group =
        Group { name: "pars".into(), members: vec![member(1), member(2), Member { head: Some(0), ..member(2) }], ..Group::default() };
    Venue { name: "Test".into(), fixtures, groups: vec![group], ..Venue::default() }
}

/// The cells of RFC 4180 text, read by its own rules.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                cell.push('"');
                signs.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && signs.peek() == Some(&'\n') => {
                signs.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            sign => cell.push(sign),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "the last line is closed");
    rows
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|head| head == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn csv_is_quoted_and_no_label_becomes_a_formula() {
    let mut venue = venue();
    venue.fixtures[2].position[0] = -2.5;
    let sheet = Sheet::of(&venue, &Library::builtin());
    let rows = cells(&csv::csv(&sheet, What::Patch));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    assert_eq!(column(&rows, "label"), ["'=HYPERLINK(\"x\")", "Par, \"left\"", "'-5", "照明 Łódź\nw"]);
    assert_eq!(column(&rows, "x_m")[3], "-2.5", "a number stays one");
    assert_eq!(column(&rows, "options")[3], "pan inverted; tilt -90° to 45.5°; at most 50 %");
    assert_eq!(column(&rows, "groups"), ["pars", "pars", "", ""]);
    let problems = column(&rows, "problem");
    assert!(problems[0].contains("both listen there") && problems[2].contains("there is no definition"), "{problems:?}");
    assert_eq!(column(&cells(&csv::csv(&sheet, What::Labels)), "last"), ["3", "5", "1", sheet.rows[3].last().to_string().as_str()]);
}

#[test]
fn the_universe_map_names_every_channel_and_marks_those_that_two_want() {
    let sheet = Sheet::of(&venue(), &Library::builtin());
    let rows = cells(&csv::csv(&sheet, What::Universes));
    let first: Vec<(String, String)> = column(&rows, "channel").into_iter().zip(column(&rows, "clash")).take(7).collect();
    let expected = [("1", ""), ("2", ""), ("3", "yes"), ("3", "yes"), ("4", ""), ("5", ""), ("100", "")];
    assert_eq!(first, expected.map(|(channel, clash)| (channel.to_owned(), clash.to_owned())));
    assert_eq!(column(&rows, "function")[..3], ["Red", "Green", "Blue"]);
    assert_eq!((sheet.universes[0].n_used, sheet.universes[0].n_clashing), (5, 1));
}

#[test]
fn what_no_definition_knows_is_unknown_and_not_nothing() {
    let sheet = Sheet::of(&venue(), &Library::builtin());
    let rows = cells(&csv::csv(&sheet, What::Power));
    let row = |name: &str| rows.iter().find(|row| row[1] == name).unwrap_or_else(|| panic!("{name}: {rows:?}")).clone();
    let watts = |n: usize| sheet.rows[n].watts.unwrap();
    assert_eq!(row("pars")[2..4], ["2".to_owned(), (watts(0) + watts(1)).to_string()], "each once");
    assert_eq!(row("Universe 2")[2..5], ["2".to_owned(), watts(3).to_string(), "1".to_owned()]);
    assert_eq!(row("not in a line")[3..], ["", "1", "", "1"], "unknown, not 0");
    assert_eq!(row("Everything")[2], "4");
    assert_eq!(row("truss")[2], "3");
}

#[test]
fn pdfs_are_the_same_each_time_and_tell_what_their_font_lacks() {
    let sheet = Sheet::of(&venue(), &Library::builtin());
    for what in [What::Patch, What::Labels, What::Universes, What::Power] {
        let rendered = pdf::pdf(&sheet, what, "1 May 2027");
        assert!(rendered.bytes.starts_with(b"%PDF-") && rendered.bytes.trim_ascii_end().ends_with(b"%%EOF"), "{what:?}");
        assert_eq!(rendered, pdf::pdf(&sheet, what, "1 May 2027"));
        let n_pages = if what == What::Universes { 2 } else { 1 };
        assert_eq!(rendered.n_pages, n_pages, "{what:?}");
        let missing: String = rendered.missing.into_iter().collect();
        assert_eq!(missing, if what == What::Power { "" } else { "明照" }, "{what:?}");
        pdf::pdf(&Sheet::default(), what, "");
    }
}

#[test]
fn many_fixtures_go_on_on_further_pages() {
    let fixtures =
        (0..200).map(|n| fixture(n, &format!("Par {n}"), "luma/Luma-Par-RGB.qxf", 1 + n as u16 / 100, 1 + n as u16 % 100 * 3)).collect();
    let sheet = Sheet::of(&Venue { fixtures, ..Venue::default() }, &Library::builtin());
    let pages = |what| pdf::pdf(&sheet, what, "").n_pages;
    assert_eq!(pages(What::Labels), 200_usize.div_ceil(24));
    assert!(pages(What::Patch) >= 7, "{}", pages(What::Patch));
    assert!(pages(What::Universes) >= 4, "{}", pages(What::Universes));
}
