//! The studio clicked through as a designer does it, by the names of its controls: a rig of ten and a group, a pattern placed,
//! trimmed and blended, and all of it taken back; what its canvases look like.

use std::sync::Arc;

use bevy_egui::egui::accesskit::{Role, Toggled};
use bevy_egui::egui::{Key, Modifiers, Pos2, Rect, Ui, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use uuid::Uuid;

use super::Desktop;
use super::offscreen::Offscreen;
use crate::document::builtin;
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::plugin::{OnDesk, Saved};
use crate::document::record;
use crate::document::selection::Selection;
use crate::engine;
use crate::output::worker::{OutputConfig, OutputHandle};
use crate::playback::transport::LightOffset;
use crate::registry::{Row, TableId};
use crate::ui::shell::Layouts;
use crate::ui::snapshot::{self, Raster};
use crate::venue;
use crate::venue::library::Library;

/// The demo, all of it, with nothing to hear and nobody to send to.
pub(super) fn demo() -> Desktop {
    let library = Arc::new(Library::builtin());
    let mut document = Document::default();
    document.edit(&builtin::install(&library).unwrap()).unwrap();
    let desk = builtin::desk();
    let venue = record::venue(document.ground(), desk.venue, &mut Vec::new()).unwrap();
    Desktop {
        rig: Arc::new(venue::lower::rig(&venue, &library).0),
        document,
        desk,
        store: None,
        definitions: library,
        track: crate::demo::track_without_sound(),
        program: Arc::new(engine::compile(&engine::Show::default()).0),
        guard: engine::StrobeGuard::default(),
        output: OutputConfig::default(),
        offset: LightOffset::default(),
        start_secs: 0.0,
        region: None,
        rate: 1.0,
        seconds: None,
        stall_ms: 0,
        test_port: None,
    }
}

type Studio = Harness<'static, Offscreen>;

fn studio() -> Studio {
    let offscreen = Offscreen::new(demo(), OutputHandle::default()).unwrap();
    let draw = |ui: &mut Ui, studio: &mut Offscreen| {
        studio.update();
        studio.draw(ui.ctx());
    };
    let mut harness =
        Harness::builder().with_size([1600.0, 1000.0]).with_max_steps(12).renderer(Raster::default()).build_ui_state(draw, offscreen);
    harness.run_steps(4);
    harness
}

/// What a click sets off may take a few frames: the edit, the records, the next drawing.
fn steps(studio: &mut Studio) {
    studio.run_steps(4);
}

fn click(studio: &mut Studio, label: &str) {
    studio.get_by_label(label).click();
    steps(studio);
}

fn desk(studio: &mut Studio, key: Key) {
    studio.key_press(key);
    steps(studio);
}

fn ground<T>(studio: &mut Studio, look: impl FnOnce(&Ground, OnDesk) -> T) -> T {
    let world = studio.state_mut().world();
    let on_desk = *world.resource::<OnDesk>();
    look(world.resource::<Saved>().ground(), on_desk)
}

fn everything(studio: &mut Studio) -> Vec<Row> {
    ground(studio, |ground, _| TableId::all().flat_map(|table| ground.rows(table).cloned()).collect())
}

fn count(studio: &mut Studio, table: TableId) -> usize {
    ground(studio, |ground, _| ground.n_rows(table))
}

fn picked(studio: &mut Studio, table: TableId) -> Vec<Uuid> {
    studio.state_mut().world().resource::<Selection>().of(table).collect()
}

fn text_input<'a>(studio: &'a Studio, placeholder: &str) -> Node<'a> {
    studio
        .get_all_by_role(Role::TextInput)
        .find(|node| node.accesskit_node().placeholder().is_some_and(|words| words.contains(placeholder)))
        .unwrap_or_else(|| panic!("a field that says \"{placeholder}\""))
}

fn type_into(studio: &mut Studio, placeholder: &str, text: &str) {
    text_input(studio, placeholder).focus();
    studio.run_steps(2);
    text_input(studio, placeholder).type_text(text);
    steps(studio);
}

/// Undoes until all is as it was; how often that took.
fn undone(studio: &mut Studio, before: &[Row]) -> usize {
    let mut n = 0;
    while everything(studio) != before {
        studio.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        steps(studio);
        n += 1;
        assert!(n <= 5, "more steps than were made");
    }
    n
}

#[test]
fn ten_fixtures_are_patched_and_grouped_and_all_is_undone() {
    let mut studio = studio();
    let before = everything(&mut studio);

    desk(&mut studio, Key::F2);
    click(&mut studio, "Add fixtures");
    type_into(&mut studio, "maker:martin", "luma par rgbw");
    click(&mut studio, "Luma Par RGBW");
    studio.get_by_label("How many").click();
    studio.run_steps(2);
    studio.get_by_label("How many").type_text("10");
    studio.key_press(Key::Enter);
    steps(&mut studio);
    let n_fixtures = count(&mut studio, TableId::Fixtures);
    click(&mut studio, "Add 10 fixtures");
    assert_eq!(count(&mut studio, TableId::Fixtures), n_fixtures + 10);
    assert_eq!(picked(&mut studio, TableId::Fixtures).len(), 10, "what was added is selected");

    click(&mut studio, "Groups");
    let n_groups = count(&mut studio, TableId::FixtureGroups);
    type_into(&mut studio, "new_group", "ten_pars");
    click(&mut studio, "Make group");
    assert_eq!(count(&mut studio, TableId::FixtureGroups), n_groups + 1);

    assert_eq!(undone(&mut studio, &before), 2, "fixtures, group");
}

/// Pressed at one place, let go at another, in as many frames as a hand takes.
fn drag(studio: &mut Studio, from: Pos2, to: Pos2) {
    studio.hover_at(from);
    studio.run_steps(2);
    studio.drag_at(from);
    studio.run_steps(2);
    for share in [0.25, 0.5, 0.75, 1.0] {
        studio.hover_at(from + (to - from) * share);
        studio.run_steps(1);
    }
    studio.drop_at(to);
    steps(studio);
}

fn canvas(studio: &Studio, name: &str) -> Rect {
    studio.get_by_role_and_label(Role::Unknown, name).rect()
}

fn only_selected(studio: &mut Studio) -> Row {
    let [id] = picked(studio, TableId::TrackScores)[..] else { panic!("one annotation is selected") };
    ground(studio, |ground, _| ground.get(TableId::TrackScores, id).cloned()).unwrap()
}

#[test]
fn a_pattern_is_placed_trimmed_and_blended_and_all_is_undone() {
    let mut studio = studio();
    let before = everything(&mut studio);
    let n_before = count(&mut studio, TableId::TrackScores);

    desk(&mut studio, Key::F1);
    type_into(&mut studio, "Search patterns", "colour wash");
    let pattern = studio.get_by_role_and_label(Role::Button, "Colour wash").rect().center();
    let timeline = canvas(&studio, "Timeline");
    drag(&mut studio, pattern, pos2(timeline.left() + timeline.width() * 0.4, timeline.bottom() - 20.0));
    assert_eq!(count(&mut studio, TableId::TrackScores), n_before + 1);
    let placed = only_selected(&mut studio);

    let block = studio.get_all_by_label_contains("Colour wash at bar").find(|node| node.accesskit_node().toggled() == Some(Toggled::True));
    let block = block.expect("what was placed is seen and selected").rect();
    let end = pos2(block.right() - 2.0, block.center().y);
    drag(&mut studio, end, end + vec2(90.0, 0.0));
    let trimmed = only_selected(&mut studio);
    let times = |row: &Row| (row.real("start_time").unwrap(), row.real("end_time").unwrap());
    assert_eq!(times(&trimmed).0, times(&placed).0);
    assert!(times(&trimmed).1 > times(&placed).1 + 0.5, "{:?} {:?}", times(&placed), times(&trimmed));

    studio.get_by_role_and_label(Role::ComboBox, "Blend").click();
    steps(&mut studio);
    click(&mut studio, "multiply");
    assert_eq!(only_selected(&mut studio).text("blend_mode"), Ok("multiply"));

    assert_eq!(undone(&mut studio, &before), 3, "place, trim, blend");
}

#[test]
fn canvases_look_as_they_did() {
    let mut studio = studio();
    let kept = |studio: &mut Studio, role: Role, canvas: &str, name: &str| {
        let rect = studio.get_by_role_and_label(role, canvas).rect();
        studio.remove_cursor();
        studio.run_steps(6);
        let picture = studio.render().unwrap();
        snapshot::compare(&picture, rect, 1.0, name);
    };
    // It plays from the start; a picture that stays the same needs it to stand.
    desk(&mut studio, Key::Space);
    desk(&mut studio, Key::Home);
    desk(&mut studio, Key::F1);
    kept(&mut studio, Role::Unknown, "Timeline", "timeline");
    kept(&mut studio, Role::Unknown, "Timeline ruler", "ruler");
    kept(&mut studio, Role::Unknown, "Score overview", "overview");
}

#[test]
fn every_desk_is_drawn_and_every_control_has_a_name() {
    let mut studio = studio();
    let n_desks = studio.state_mut().world().resource::<Layouts>().jobs().count();
    let mut nameless = Vec::new();
    for at in 0..n_desks {
        studio.state_mut().world().resource_mut::<Layouts>().choose(at);
        steps(&mut studio);
        for role in [Role::Button, Role::CheckBox, Role::Slider, Role::SpinButton, Role::ComboBox] {
            let of_desk = studio.query_all_by_role(role).filter(|node| {
                let node = node.accesskit_node();
                let named = node.label().is_some_and(|name| !name.trim().is_empty()) || node.value().is_some();
                !named && node.labelled_by().count() == 0
            });
            nameless.extend(of_desk.map(|node| (at, role, node.rect())));
        }
    }
    assert_eq!(nameless, [], "desk, role and place of controls without a name");
}

#[test]
fn the_palette_runs_what_is_typed() {
    let mut studio = studio();
    let n = count(&mut studio, TableId::Scores);
    studio.key_press_modifiers(Modifiers::COMMAND, Key::K);
    steps(&mut studio);
    text_input(&studio, "What do you want").type_text("new score");
    studio.run_steps(2);
    studio.key_press(Key::Enter);
    steps(&mut studio);
    assert_eq!(count(&mut studio, TableId::Scores), n + 1);
}
