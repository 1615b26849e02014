//! Every item of the five seeds is where `migrations/README.md` says it is.
//!
//! The table there is the list: each of its rows is looked for in a fresh database, and every table is written through under
//! the name that its seed gave it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _};

use super::{Fresh, fresh, sample};

/// One row of the table: the seed, what it has, and the names on both sides.
struct Item {
    seed: u8,
    text: String,
    kind: String,
    names: Vec<String>,
    here: Vec<String>,
}

fn items() -> Vec<Item> {
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let rows = include_str!("../../migrations/README.md").lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [seed, text, here] = cells[..] else { panic!("{line}") };
        let seed = seed.parse().ok()?;
        let kind = text.split(' ').next().unwrap().to_owned();
        Some(Item { seed, text: text.to_owned(), kind, names: names(text), here: names(here) })
    });
    rows.collect()
}

#[tokio::test]
async fn every_item_of_the_seeds_is_where_the_readme_says() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
    for item in items() {
        let kind = match item.kind.as_str() {
            known @ ("table" | "columns" | "defaults" | "check" | "range" | "key" | "unique" | "index" | "trigger" | "setting") => known,
            _ => "prose",
        };
        let n_items = match kind {
            "columns" | "defaults" => item.names.len() - 1,
            _ => 1,
        };
        *counts.entry((item.seed, kind.to_owned())).or_default() += n_items;
        let outcome = match kind {
            "table" => exists(&mut fresh, &["table", "view"], &item.here[0]).await,
            "trigger" => exists(&mut fresh, &["trigger"], &item.here[0]).await,
            "index" => index(&mut fresh, &item).await,
            "columns" => columns(&mut fresh, &item).await,
            "defaults" => defaults(&mut fresh, &item).await,
            "check" => check(&mut fresh, &item).await,
            "range" => range(&mut fresh, &item).await,
            "key" => key(&mut fresh, &item).await,
            "unique" => unique(&mut fresh, &item).await,
            "setting" => setting(&mut fresh, &item).await,
            _ => prose(&mut fresh, &item).await,
        };
        if let Err(wrong) = outcome {
            panic!("seed {}: {}: {wrong}", item.seed, item.text);
        }
    }
    let count = |seed: u8, kind: &str| counts.get(&(seed, kind.to_owned())).copied().unwrap_or(0);
    let count =
        |seed: u8| ["table", "columns", "defaults", "check", "key", "unique", "index", "trigger", "setting"].map(|kind| count(seed, kind));
    // As many as the seeds have: nothing falls out of the list unseen.
    assert_eq!(count(1), [14, 140, 50, 0, 13, 7, 5, 13, 8]);
    assert_eq!(count(2), [1, 26, 0, 2, 1, 0, 0, 26, 0]);
    assert_eq!(count(3), [15, 27, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(count(4), [11, 136, 45, 9, 9, 1, 11, 0, 0]);
    assert_eq!(count(5), [10, 55, 7, 2, 9, 2, 0, 0, 0]);
}

type Outcome = Result<(), String>;

fn must(holds: bool, wrong: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(wrong.into()) }
}

async fn exists(fresh: &mut Fresh, kinds: &[&str], name: &str) -> Outcome {
    let kind = fresh.texts(&format!("SELECT type FROM sqlite_schema WHERE name = '{name}'")).await;
    must(kind.iter().any(|kind| kinds.contains(&kind.as_str())), format!("there is no {} {name}", kinds.join(" or ")))
}

async fn has_column(fresh: &mut Fresh, table: &str, column: &str) -> Outcome {
    let there = fresh.texts(&format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE name = '{column}'")).await;
    must(!there.is_empty(), format!("{table} has no column {column}"))
}

async fn columns(fresh: &mut Fresh, item: &Item) -> Outcome {
    if let Some((table, column)) = item.here[0].split_once('.') {
        assert_eq!(item.names.len(), 2, "{}", item.text);
        return has_column(fresh, table, column).await;
    }
    for column in &item.names[1..] {
        has_column(fresh, &item.here[0], column).await?;
    }
    Ok(())
}

async fn defaults(fresh: &mut Fresh, item: &Item) -> Outcome {
    for default in &item.names[1..] {
        let (column, wanted) = default.split_once(" = ").unwrap();
        let sql = format!("SELECT dflt_value FROM pragma_table_info('{}') WHERE name = '{column}'", item.here[0]);
        let made: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut fresh.db).await.unwrap();
        let made = made.ok_or(format!("{column} has no default"))?;
        let row = sqlx::query(AssertSqlSafe(format!("SELECT CAST({made} AS TEXT)"))).fetch_one(&mut fresh.db).await.unwrap();
        let value: String = row.get(0);
        let same = match wanted {
            "now" => value.starts_with("20") && value.ends_with('Z') && value.len() == 24,
            "uuid" => uuid::Uuid::try_parse(&value).is_ok(),
            wanted => value == wanted,
        };
        must(same, format!("the default of {column} is {value}"))?;
    }
    Ok(())
}

/// Writes a value into a column of every row, and takes it back.
async fn takes(fresh: &mut Fresh, column: &str, value: &str) -> bool {
    let (table, column) = column.split_once('.').unwrap();
    fresh.run("SAVEPOINT try").await;
    // A connection's end must be of the kind; which it is, is another test's.
    let free = if table == "connections" { ", destination_id = NULL" } else { "" };
    let taken = fresh.try_run(&format!("UPDATE {table} SET \"{column}\" = {value}{free}")).await.is_ok();
    fresh.run("ROLLBACK TO try; RELEASE try").await;
    taken
}

async fn check(fresh: &mut Fresh, item: &Item) -> Outcome {
    for word in &item.names[1..] {
        must(takes(fresh, &item.here[0], &format!("'{word}'")).await, format!("{word} is refused"))?;
    }
    must(!takes(fresh, &item.here[0], "'nonsense'").await, "nonsense is taken")
}

async fn range(fresh: &mut Fresh, item: &Item) -> Outcome {
    let bounds: Vec<f64> = item.names[1..].iter().map(|bound| bound.parse().unwrap()).collect();
    for (value, wanted) in [(bounds[0], true), (bounds[1], true), (bounds[0] - 0.001, false), (bounds[1] + 0.001, false)] {
        must(takes(fresh, &item.here[0], &value.to_string()).await == wanted, format!("{value}"))?;
    }
    Ok(())
}

async fn key(fresh: &mut Fresh, item: &Item) -> Outcome {
    let (table, column) = item.here[0].split_once('.').unwrap();
    let rule = item.text.split_once("on delete ").map(|(_, rule)| rule.to_uppercase());
    let sql =
        format!("SELECT on_delete FROM pragma_foreign_key_list('{table}') WHERE \"from\" = '{column}' AND \"table\" = '{}'", item.here[1]);
    let made = fresh.texts(&sql).await;
    must(made.len() == 1 && rule.is_none_or(|rule| made[0] == rule), format!("{made:?}"))
}

async fn unique(fresh: &mut Fresh, item: &Item) -> Outcome {
    let sql = format!(
        "SELECT (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
        FROM pragma_index_list('{}') AS l WHERE l.\"unique\"",
        item.here[0]
    );
    let made = fresh.texts(&sql).await;
    must(made.contains(&item.here[1..].join(" ")), format!("{made:?}"))
}

async fn index(fresh: &mut Fresh, item: &Item) -> Outcome {
    let [name, table, columns] = &item.here[..] else { return Err("no place".into()) };
    must(*name == item.names[0], "another name")?;
    let made = fresh.texts(&format!("SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = '{name}'")).await;
    must(made == [table.as_str()], format!("{made:?}"))?;
    let made = fresh.texts(&format!("SELECT name FROM pragma_index_info('{name}') ORDER BY seqno")).await;
    must(made.join(" ") == *columns, format!("{made:?}"))
}

async fn setting(fresh: &mut Fresh, item: &Item) -> Outcome {
    // The samples' own settings stand beside them.
    let value = fresh.texts(&format!("SELECT value FROM settings WHERE key = '{}'", item.names[0])).await;
    must(value == [item.here.get(1).map_or("", String::as_str)], format!("{value:?}"))
}

/// Whatever the place names is there.
async fn prose(fresh: &mut Fresh, item: &Item) -> Outcome {
    let mut n_found = 0;
    for name in &item.here {
        if name.ends_with(".sql") {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name);
            must(path.is_file(), format!("there is no {name}"))?;
            n_found += 1;
        } else if let Some((table, column)) = name.split_once('.') {
            has_column(fresh, table, column).await?;
            n_found += 1;
        } else if exists(fresh, &["table", "view"], name).await.is_ok() {
            n_found += 1;
        }
    }
    must(n_found > 0, "no place is named")
}

/// A statement each to make, change and delete a row by the name that the seed gave.
#[tokio::test]
async fn every_table_of_the_seeds_is_written_through_by_its_name() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let mut n_tables = 0;
    let mut names: Vec<String> = items().into_iter().filter(|item| item.kind == "table").map(|item| item.here[0].clone()).collect();
    names.sort();
    names.dedup();
    for name in names.iter().filter(|name| *name != "schema_migrations") {
        n_tables += 1;
        fresh.run("SAVEPOINT try").await;
        let key = if name == "settings" { "key" } else { "id" };
        let columns = fresh
            .texts(&format!(
                "SELECT '\"' || name || '\"' FROM pragma_table_xinfo('{name}')
                WHERE name NOT IN ('version', 'created_at', 'updated_at', 'remote_id', 'synced_at', 'needs_sync')"
            ))
            .await
            .join(", ");
        fresh.run(&format!("CREATE TEMP TABLE kept AS SELECT {columns} FROM {name} ORDER BY \"{key}\" LIMIT 1")).await;
        let count = format!("SELECT count(*) || '' FROM {name}");
        let all: usize = fresh.text(&count).await.parse().unwrap();
        assert!(all > 0, "{name}");
        fresh.run(&format!("DELETE FROM {name} WHERE \"{key}\" = (SELECT \"{key}\" FROM kept)")).await;
        assert_eq!(fresh.text(&count).await, (all - 1).to_string(), "{name}");
        fresh.run(&format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM kept")).await;
        let missing = format!("SELECT count(*) || '' FROM (SELECT {columns} FROM kept EXCEPT SELECT {columns} FROM {name})");
        // What the cascade took is not brought back by one row: only this table's own columns are compared.
        assert_eq!(fresh.text(&missing).await, "0", "{name}");
        let column = columns.rsplit(", ").next().unwrap();
        fresh.run(&format!("UPDATE {name} SET {column} = {column} WHERE \"{key}\" = (SELECT \"{key}\" FROM kept)")).await;
        assert_eq!(fresh.text(&count).await, all.to_string(), "{name}");
        fresh.run("DROP TABLE kept; ROLLBACK TO try; RELEASE try").await;
    }
    assert_eq!(n_tables, 39);
}

#[tokio::test]
async fn the_list_of_migrations_is_read_under_the_seed_s_name() {
    let mut fresh = fresh().await;
    let files = fresh.texts("SELECT filename FROM schema_migrations ORDER BY version").await;
    assert_eq!((files[0].as_str(), files.len()), ("0001_device.sql", 11));
    for file in files {
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(&file).is_file(), "{file}");
    }
}

#[tokio::test]
async fn there_are_eight_settings_to_begin_with() {
    let mut fresh = fresh().await;
    assert_eq!(
        fresh.texts("SELECT key || '=' || value FROM settings ORDER BY key").await,
        [
            "artnet_broadcast=false",
            "artnet_enabled=false",
            "artnet_interface=0.0.0.0",
            "artnet_net=0",
            "artnet_subnet=0",
            "artnet_unicast_ip=",
            "audio_output_enabled=true",
            "max_dimmer=100",
        ]
    );
}

#[tokio::test]
async fn sign_ins_are_kept_in_a_file_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    for _ in 0..2 {
        let mut db = luma::store::open::state(&path).await.unwrap();
        let sql =
            "INSERT OR REPLACE INTO auth_session (remote, uid, tokens) VALUES ('cloud', '0198f1c2-7a3b-7cde-8f01-23456789abcd', '{}')";
        sqlx::query(sql).execute(&mut db).await.unwrap();
        sqlx::query("INSERT INTO auth_session (remote, uid) VALUES ('lan', 'nobody')").execute(&mut db).await.unwrap_err();
    }
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
}
