//! The world follows the document: what is edited, undone and deleted, and nothing else.

use super::*;
use crate::patterns::model::Pattern;
use crate::registry::{Row, Value};
use crate::score::model::Score;
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Group, Member, Venue};

fn fixture(n: u128) -> Fixture {
    let address = (n as u16) * 10;
    Fixture { id: Uuid::from_u128(n), universe: 1, address, definition: "luma/x.qxf".into(), mode: "m".into(), ..Fixture::default() }
}

fn opening(n_fixtures: u128) -> OpenDocument {
    let fixtures: Vec<Fixture> = (1..=n_fixtures).map(fixture).collect();
    let members = vec![Member { fixture: Uuid::from_u128(1), head: None }];
    let group = Group { id: Uuid::from_u128(50), name: "front".into(), members, ..Group::default() };
    let track = Track {
        id: Uuid::from_u128(101),
        hash: "hash".into(),
        file: None,
        title: "T".into(),
        artist: String::new(),
        analysis: Arc::default(),
        correction: None,
        hearing: Arc::default(),
        sound: None,
        waveform: Arc::default(),
    };
    let records = record::Records {
        venue: Venue { id: Uuid::from_u128(100), name: "V".into(), fixtures, groups: vec![group], ..Venue::default() },
        track: track.clone(),
        score: Score { id: Uuid::from_u128(102), ..Score::default() },
        patterns: vec![Pattern { id: Uuid::from_u128(103), name: "P".into(), ..Pattern::default() }],
    };
    let ground = Ground::load(records.rows(&Library::builtin()).unwrap());
    let desk = records.desk();
    OpenDocument { document: Some(Document::open(ground, Vec::new(), Vec::new())), desk, track }
}

fn app(n_fixtures: u128) -> App {
    let mut app = App::new();
    app.add_plugins((crate::schedule::plugin, plugin));
    app.world_mut().write_message(opening(n_fixtures));
    app.update();
    app
}

fn ids<T: Send + Sync + 'static>(app: &mut App, id: impl Fn(&T) -> Uuid) -> Vec<u128> {
    let world = app.world_mut();
    let mut ids: Vec<u128> = world.query::<&Doc<T>>().iter(world).map(|doc| id(doc).as_u128()).collect();
    ids.sort_unstable();
    ids
}

fn edit_now(app: &mut App, transaction: Transaction) {
    app.world_mut().write_message(Edit(transaction));
    app.update();
}

#[test]
fn opening_a_document_replaces_everything_that_was_open() {
    let mut app = app(5);
    app.world_mut().write_message(opening(2));
    app.update();
    assert_eq!(ids::<Fixture>(&mut app, |fixture| fixture.id), [1, 2]);
    assert_eq!(ids::<Pattern>(&mut app, |pattern| pattern.id), [103]);
    assert!(app.world().resource::<DocIndex>().entity(Uuid::from_u128(2)).is_some());
    assert!(app.world().resource::<DocIndex>().entity(Uuid::from_u128(5)).is_none(), "a closed record has no entity");
}

#[test]
fn an_edit_reaches_the_entity_it_concerns_and_no_other() {
    let mut app = app(3);
    let written = |app: &mut App| {
        let world = app.world_mut();
        world.query::<Ref<Doc<Fixture>>>().iter(world).map(|doc| (doc.id.as_u128(), doc.last_changed().get())).collect::<Vec<_>>()
    };
    let before = written(&mut app);
    edit_now(&mut app, Transaction::new("Move").set(TableId::Fixtures, Uuid::from_u128(2), [("pos_x", Value::Real(4.0))]));
    let after = written(&mut app);
    let touched: Vec<u128> = after.iter().filter(|one| !before.contains(one)).map(|(id, _)| *id).collect();
    assert_eq!(touched, [2]);
    let world = app.world_mut();
    let moved = world.query::<&Doc<Fixture>>().iter(world).find(|doc| doc.id.as_u128() == 2).unwrap().position;
    assert_eq!(moved, [4.0, 0.0, 0.0]);
}

#[test]
fn a_deleted_fixture_leaves_its_group_and_undo_brings_both_back() {
    let mut app = app(3);
    let members = |app: &mut App| {
        let world = app.world_mut();
        world.query::<&Doc<Group>>().iter(world).map(|group| group.members.len()).sum::<usize>()
    };
    assert_eq!(members(&mut app), 1);
    edit_now(&mut app, Transaction::new("Delete").delete(TableId::Fixtures, Uuid::from_u128(1)));
    assert_eq!((ids::<Fixture>(&mut app, |fixture| fixture.id), members(&mut app)), (vec![2, 3], 0));
    app.world_mut().write_message(Travel::Undo);
    app.update();
    assert_eq!((ids::<Fixture>(&mut app, |fixture| fixture.id), members(&mut app)), (vec![1, 2, 3], 1));
}

#[test]
fn an_edit_that_is_refused_is_told_and_changes_nothing() {
    let mut app = app(1);
    edit_now(&mut app, Transaction::new("Move").set(TableId::Fixtures, Uuid::from_u128(9), [("pos_x", Value::Real(4.0))]));
    let told: Vec<Told> = app.world_mut().resource_mut::<Messages<Told>>().drain().collect();
    assert!(matches!(&told[..], [Told::Refused(words)] if words.starts_with("Move: fixtures")), "{told:?}");
    assert_eq!(app.world_mut().resource_mut::<Messages<Committed>>().drain().count(), 0);
}

#[test]
fn a_record_that_cannot_be_read_has_no_entity_and_stays_in_the_document() {
    let mut app = app(2);
    let tags = [("tags_json", Value::from("{\"not\":\"a list\"}"))];
    edit_now(&mut app, Transaction::new("Break").set(TableId::FixtureGroups, Uuid::from_u128(50), tags));
    assert_eq!(ids::<Group>(&mut app, |group| group.id), [] as [u128; 0]);
    let row: Option<&Row> = app.world().resource::<Saved>().ground().get(TableId::FixtureGroups, Uuid::from_u128(50));
    assert!(row.is_some());
    app.world_mut().write_message(Travel::Undo);
    app.update();
    assert_eq!(ids::<Group>(&mut app, |group| group.id), [50]);
}
