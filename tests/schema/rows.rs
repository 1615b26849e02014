//! What is written comes back, bit for bit, and what is bad is told.

use luma::registry::{Row, TableId, Value};
use luma::store::{open, rows};
use sqlx::Connection;

use super::{Fresh, fresh, sample};

async fn loaded(fresh: &mut Fresh, table: TableId) -> Vec<Row> {
    rows::load(&mut fresh.db, table).await.unwrap().into_iter().map(|row| row.unwrap_or_else(|bad| panic!("{bad}"))).collect()
}

#[tokio::test]
async fn every_table_gives_back_the_rows_it_was_given() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    for table in TableId::all() {
        let there = loaded(&mut fresh, table).await;
        for number in 0..2 {
            // Of tables with one row, the second sample is the first with other values.
            let row = sample::row(table, if table.def().columns[0].name == "id" && there.len() == 1 { 1 } else { number });
            assert!(there.contains(&row), "{table}: {row:?}\n{there:?}");
        }
    }
}

#[tokio::test]
async fn numbers_keep_every_bit() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let row = sample::row(TableId::Fixtures, 0);
    let mut seed = 1u64;
    for _ in 0..2000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let real = f64::from_bits(seed);
        let real = if real.is_finite() { real } else { 5e-324 };
        let row = row.with([("pos_x", Value::Real(real)), ("pos_y", Value::Real(-0.0)), ("unit_number", Value::Int(seed as i64))]).unwrap();
        rows::upsert(&mut fresh.db, &row).await.unwrap();
        let back = loaded(&mut fresh, TableId::Fixtures).await.remove(0);
        assert_eq!(back, row, "{real:?}");
    }
}

#[tokio::test]
async fn an_equal_row_is_not_written_again() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    rows::upsert(&mut fresh.db, &sample::row(TableId::Venues, 0)).await.unwrap();
    assert_eq!(fresh.text("SELECT max(version) || '' FROM venues").await, "1");
    rows::upsert(&mut fresh.db, &sample::row(TableId::Venues, 0).with([("name", "New".into())]).unwrap()).await.unwrap();
    assert_eq!(fresh.text("SELECT max(version) || '' FROM venues").await, "2");
}

#[tokio::test]
async fn a_bad_row_is_told_and_the_others_are_read() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    fresh
        .run("PRAGMA ignore_check_constraints = ON; UPDATE fixtures SET address = 600 WHERE universe = 1; UPDATE venues SET name = ''")
        .await;
    let read = rows::load(&mut fresh.db, TableId::Fixtures).await.unwrap();
    let bad: Vec<_> = read.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((read.len(), bad.len()), (2, 1));
    assert_eq!((bad[0].column.as_str(), bad[0].id), ("address", Some(sample::id(TableId::Fixtures, 0))));
    assert_eq!(bad[0].reason, "600 is outside 1..512");
    assert!(rows::load(&mut fresh.db, TableId::Venues).await.unwrap().iter().all(Result::is_err));
}

#[tokio::test]
async fn more_rows_than_a_page_come_in_the_order_of_their_ids() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let mut transaction = fresh.db.begin().await.unwrap();
    for number in (2..4500).rev() {
        rows::upsert(&mut transaction, &sample::row(TableId::TrackMarkers, number)).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let ids: Vec<_> = loaded(&mut fresh, TableId::TrackMarkers).await.iter().map(Row::id).collect();
    assert_eq!(ids, (0..4500).map(|number| sample::id(TableId::TrackMarkers, number)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_deleted_parent_takes_its_rows_along() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    assert!(rows::delete(&mut fresh.db, TableId::Venues, sample::id(TableId::Venues, 0)).await.unwrap());
    assert!(!rows::delete(&mut fresh.db, TableId::Venues, sample::id(TableId::Venues, 0)).await.unwrap());
    assert!(loaded(&mut fresh, TableId::Fixtures).await.is_empty());
    assert!(rows::delete(&mut fresh.db, TableId::Settings, sample::id(TableId::Venues, 0)).await.is_err());
}

#[tokio::test]
async fn a_closed_file_opens_again_as_it_was_left() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let Fresh { db, path, _folder } = fresh;
    db.close().await.unwrap();
    let mut fresh = Fresh { db: open::writer(&path).await.unwrap(), path, _folder };
    assert_eq!(loaded(&mut fresh, TableId::Venues).await.len(), 2);
    let readers = open::readers(&fresh.path, 2).await.unwrap();
    let mut reader = readers.acquire().await.unwrap();
    assert_eq!(rows::load(&mut reader, TableId::Tracks).await.unwrap().len(), 2);
    assert!(rows::delete(&mut reader, TableId::Venues, sample::id(TableId::Venues, 0)).await.is_err(), "readers only read");
}

#[tokio::test]
async fn a_file_of_a_newer_luma_is_left_alone() {
    let mut fresh = fresh().await;
    fresh.run("INSERT INTO _sqlx_migrations VALUES (9999, 'tomorrow', '2027-01-01', 1, x'00', 0)").await;
    let before = fresh.texts("SELECT name FROM sqlite_schema ORDER BY name").await;
    assert!(before.len() > 300);
    let error = open::writer(&fresh.path).await.unwrap_err();
    assert!(error.to_string().contains("newer Luma"), "{error}");
    assert!(fresh.texts("SELECT name FROM sqlite_schema ORDER BY name").await == before);
}

#[tokio::test]
async fn a_file_with_another_history_is_left_alone() {
    let mut fresh = fresh().await;
    fresh.run("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 3").await;
    let error = open::writer(&fresh.path).await.unwrap_err();
    assert!(error.to_string().contains("migration 3"), "{error}");
    assert_eq!(fresh.text("SELECT count(*) || '' FROM sqlite_schema WHERE name = 'venues_sync'").await, "1");
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("luma.db");
    std::fs::write(&path, "Dear diary, this is no database at all.".repeat(200)).unwrap();
    let error = open::writer(&path).await.unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}
