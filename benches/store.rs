//! What the store's own work costs: noting changes for sync, and reading and writing rows.
//!
//! `cargo bench --no-default-features --bench store`.  The file lies in the system's temporary folder (`TMPDIR`).

#![expect(clippy::unwrap_used, reason = "a bench that cannot write its file has no figure to give")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::path::Path;
use std::time::Instant;

use luma::registry::{Row, TableId, Value};
use luma::store::{open, rows};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

const ROWS: usize = 20_000;
const SOME: usize = 5000;
const MANY: usize = 100_000;
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = std::env::temp_dir().join(format!("luma-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        capture(&folder).await;
        row_by_row(&folder).await;
        load(&folder).await;
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

async fn run(db: &mut SqliteConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}

async fn timed(db: &mut SqliteConnection, sql: &str) -> f64 {
    let begun = Instant::now();
    run(db, &format!("BEGIN; {sql}; COMMIT")).await;
    begun.elapsed().as_secs_f64() * 1e3
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn fresh(path: &Path) -> SqliteConnection {
    let mut db = open::writer(path).await.unwrap();
    let track = Uuid::from_u128(1);
    for row in [
        Row::new(TableId::Tracks, [("id", track.into()), ("track_hash", "hash".into())]),
        Row::new(TableId::Patterns, [("id", Uuid::from_u128(2).into()), ("name", "Pulse".into())]),
        Row::new(TableId::Scores, [("id", Uuid::from_u128(3).into()), ("track_id", track.into())]),
        Row::new(TableId::Venues, [("id", Uuid::from_u128(4).into()), ("name", "Club".into())]),
    ] {
        rows::upsert(&mut db, &row.unwrap()).await.unwrap();
    }
    db
}

fn annotation(number: usize) -> Row {
    let set: [(&str, Value); 6] = [
        ("id", Uuid::from_u128(1 << 80 | number as u128).into()),
        ("score_id", Uuid::from_u128(3).into()),
        ("pattern_id", Uuid::from_u128(2).into()),
        ("start_time", (number as f64 * 0.468_75).into()),
        ("end_time", (number as f64 * 0.468_75 + 1.875).into()),
        ("args_json", format!(r#"{{"color":{{"r":1.0,"g":0.2,"b":0.{number}}},"rate":4}}"#).into()),
    ];
    Row::new(TableId::TrackScores, set).unwrap()
}

/// Statements over many rows, so that nothing but the tables and their triggers is measured.
async fn capture(folder: &Path) {
    let fixture = "venue_id, address, num_channels, manufacturer, model, mode_name, fixture_path, pos_x, pos_y, pos_z";
    let numbers = format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS})");
    let cases = [
        (
            "annotations",
            "track_scores",
            format!(
                "{numbers} INSERT INTO track_scores (score_id, pattern_id, start_time, end_time, args_json)
                SELECT '{}', '{}', n * 0.46875, n * 0.46875 + 1.875, '{{\"color\":{{\"r\":1.0,\"g\":0.2,\"b\":0.5}},\"rate\":4}}' FROM n",
                Uuid::from_u128(3),
                Uuid::from_u128(2)
            ),
            "UPDATE track_scores SET start_time = start_time + 0.001",
        ),
        (
            "fixtures",
            "fixtures",
            format!(
                "{numbers} INSERT INTO fixtures ({fixture})
                SELECT '{}', n % 400 + 1, 16, 'Maker', 'Spot 300', '16 channel', 'maker/spot-300.qxf', n * 0.1, 0.3, 4.5 FROM n",
                Uuid::from_u128(4)
            ),
            "UPDATE fixtures SET pos_x = pos_x + 0.001",
        ),
    ];
    for (name, table, insert, update) in cases {
        let mut figures = Vec::new();
        for kind in ["without any trigger", "bare (counted and stamped)", "captured"] {
            let path = folder.join(format!("{table}-{}.db", figures.len()));
            let mut db = fresh(&path).await;
            if kind != "captured" {
                for what in ["insert", "update", "delete", "rekey"] {
                    run(&mut db, &format!("DROP TRIGGER {table}_set_needs_sync_{what}")).await;
                }
            }
            if kind == "without any trigger" {
                run(&mut db, &format!("DROP TRIGGER {table}_updated_at")).await;
            }
            let mut times: [Vec<f64>; 4] = Default::default();
            for _ in 0..ROUNDS {
                run(&mut db, &format!("DELETE FROM {table}; DELETE FROM pending_ops; PRAGMA wal_checkpoint(TRUNCATE)")).await;
                times[0].push(timed(&mut db, &insert).await);
                run(&mut db, "DELETE FROM pending_ops; PRAGMA wal_checkpoint(TRUNCATE)").await;
                times[1].push(timed(&mut db, update).await);
                run(&mut db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
                times[2].push(timed(&mut db, update).await);
                run(&mut db, "DELETE FROM pending_ops; PRAGMA wal_checkpoint(TRUNCATE)").await;
                times[3].push(timed(&mut db, &format!("DELETE FROM {table}")).await);
            }
            let times = times.map(median);
            println!(
                "{ROWS} {name}, {kind}: insert {:.0} ms, first update {:.0} ms, update again {:.0} ms, delete {:.0} ms",
                times[0], times[1], times[2], times[3]
            );
            figures.push(times);
            db.close().await.unwrap();
        }
        let times = |at: usize, of: usize| figures[2][at] / figures[of][at];
        for (of, kind) in [(1, "bare"), (0, "without any trigger")] {
            println!(
                "  captured against {kind}: insert {:.2}, first update {:.2}, update again {:.2}, delete {:.2} times",
                times(0, of),
                times(1, of),
                times(2, of),
                times(3, of)
            );
        }
    }
}

/// As the store writes: a statement a row, many rows in a transaction.
async fn row_by_row(folder: &Path) {
    let annotations: Vec<Row> = (0..SOME).map(annotation).collect();
    let mut figures: Vec<[f64; 3]> = Vec::new();
    for captured in [false, true] {
        let path = folder.join(format!("by-row-{captured}.db"));
        let mut db = fresh(&path).await;
        if !captured {
            for what in ["insert", "update", "delete", "rekey"] {
                run(&mut db, &format!("DROP TRIGGER track_scores_set_needs_sync_{what}")).await;
            }
        }
        let mut times: [Vec<f64>; 3] = Default::default();
        for round in 0..ROUNDS {
            let later = |row: &Row| row.with([("z_index", Value::Int(round as i64 + 1))]).unwrap();
            let changed: Vec<Row> = annotations.iter().map(later).collect();
            for (at, rows) in [(0, &annotations), (1, &changed)] {
                let begun = Instant::now();
                let mut transaction = db.begin().await.unwrap();
                for row in rows {
                    rows::upsert(&mut transaction, row).await.unwrap();
                }
                transaction.commit().await.unwrap();
                times[at].push(begun.elapsed().as_secs_f64() * 1e3);
                run(&mut db, "DELETE FROM pending_ops; PRAGMA wal_checkpoint(TRUNCATE)").await;
            }
            let begun = Instant::now();
            let mut transaction = db.begin().await.unwrap();
            for row in &annotations {
                rows::delete(&mut transaction, TableId::TrackScores, row.id()).await.unwrap();
            }
            transaction.commit().await.unwrap();
            times[2].push(begun.elapsed().as_secs_f64() * 1e3);
            run(&mut db, "DELETE FROM pending_ops; PRAGMA wal_checkpoint(TRUNCATE)").await;
        }
        figures.push(times.map(median));
        db.close().await.unwrap();
    }
    let [bare, captured] = [figures[0], figures[1]];
    for (at, what) in ["insert", "update", "delete"].into_iter().enumerate() {
        println!(
            "{SOME} annotations, {what} row by row: bare {:.0} ms, captured {:.0} ms: {:.2} times",
            bare[at],
            captured[at],
            captured[at] / bare[at]
        );
    }
}

async fn load(folder: &Path) {
    let path = folder.join("load.db");
    let mut db = fresh(&path).await;
    let annotations: Vec<Row> = (0..MANY).map(annotation).collect();
    let begun = Instant::now();
    let mut transaction = db.begin().await.unwrap();
    for row in &annotations {
        rows::upsert(&mut transaction, row).await.unwrap();
    }
    transaction.commit().await.unwrap();
    println!("{MANY} annotations written one by one in one transaction: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);

    let mut times = Vec::new();
    for (number, row) in annotations.iter().step_by(MANY / 300).enumerate() {
        let row = row.with([("z_index", Value::Int(number as i64 + 1))]).unwrap();
        let begun = Instant::now();
        let mut transaction = db.begin().await.unwrap();
        rows::upsert(&mut transaction, &row).await.unwrap();
        transaction.commit().await.unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("one edit committed, {} times: median {:.2} ms, 95 % {:.2} ms", times.len(), share(0.5), share(0.95));
    db.close().await.unwrap();

    let begun = Instant::now();
    let mut db = open::writer(&path).await.unwrap();
    println!("opened in {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let read = rows::load(&mut db, TableId::TrackScores).await.unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(read.iter().filter(|row| row.is_ok()).count(), MANY);
    }
    println!("{MANY} annotations read: {:.0} ms", median(times));
    db.close().await.unwrap();
}
