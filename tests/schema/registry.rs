//! The registry says what the migrations make: tables, columns, keys, references, defaults, checks.

use luma::registry::{BOOKKEEPING, Check, Column, ColumnKind, DefaultValue, OnDelete, Table, TableId, Value};
use sqlx::{AssertSqlSafe, Row as _};

use super::{Fresh, fresh, sample};

fn tables() -> impl Iterator<Item = &'static Table> {
    TableId::all().map(TableId::def)
}

fn stored_as(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Int | ColumnKind::Bool => "INTEGER",
        ColumnKind::Real => "REAL",
        ColumnKind::Blob => "BLOB",
        ColumnKind::Text | ColumnKind::Uuid | ColumnKind::Time | ColumnKind::Json => "TEXT",
    }
}

#[tokio::test]
async fn there_are_no_tables_but_those_of_the_registry_and_all_are_strict() {
    let mut fresh = fresh().await;
    let mut listed: Vec<&str> = tables().map(|table| table.name).collect();
    listed.sort_unstable();
    let made =
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict AND name <> 'sqlite_schema' ORDER BY 1";
    assert_eq!(fresh.texts(made).await, listed);
    let others = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict ORDER BY 1";
    assert_eq!(fresh.texts(others).await, ["_sqlx_migrations", "sqlite_schema", "sqlite_sequence"]);
}

#[tokio::test]
async fn columns_stand_in_order_with_their_kinds_nulls_and_keys() {
    let mut fresh = fresh().await;
    for table in tables() {
        let info =
            format!("SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk FROM pragma_table_info('{}') ORDER BY cid", table.name);
        let line = |column: &Column| {
            let key = table.key.iter().position(|key| *key == column.name).map_or(0, |at| at + 1);
            format!("{} {} {} {key}", column.name, stored_as(column.kind), u8::from(!column.nullable))
        };
        let (later, first): (Vec<&Column>, Vec<&Column>) = table.columns.iter().partition(|column| column.later);
        let mut wanted: Vec<String> = first.into_iter().map(line).collect();
        if table.has_id() {
            wanted.extend(["version INTEGER 1 0", "created_at TEXT 1 0", "updated_at TEXT 1 0"].map(str::to_owned));
        }
        wanted.extend(later.into_iter().map(line));
        assert_eq!(fresh.texts(&info).await, wanted, "{}", table.name);
    }
}

#[tokio::test]
async fn defaults_are_the_same() {
    let mut fresh = fresh().await;
    for table in tables() {
        for column in table.columns {
            let default = format!("SELECT dflt_value FROM pragma_table_info('{}') WHERE name = '{}'", table.name, column.name);
            let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(default)).fetch_one(&mut fresh.db).await.unwrap();
            let place = format!("{}.{}", table.name, column.name);
            let Some(text) = text else {
                assert_eq!(column.default, DefaultValue::None, "{place}");
                continue;
            };
            let row = sqlx::query(AssertSqlSafe(format!("SELECT {text}, {text}"))).fetch_one(&mut fresh.db).await.unwrap();
            match column.default {
                DefaultValue::None => panic!("{place} has the default {text}, which the registry does not know"),
                DefaultValue::Int(int) => assert_eq!(row.get::<i64, _>(0), int, "{place}"),
                DefaultValue::Real(real) => assert_eq!(row.get::<f64, _>(0).to_bits(), real.to_bits(), "{place}"),
                DefaultValue::Text(default) => assert_eq!(row.get::<&str, _>(0), default, "{place}"),
                DefaultValue::Now => assert_eq!(column.refuses(&row.get::<&str, _>(0).into()), None, "{place}"),
                DefaultValue::NewId => {
                    let id = uuid::Uuid::try_parse(row.get(0)).unwrap();
                    assert_eq!((id.get_version_num(), column.refuses(&row.get::<&str, _>(0).into())), (7, None), "{place}");
                    assert_ne!(row.get::<&str, _>(0), row.get::<&str, _>(1), "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn references_are_the_same_and_every_one_follows_a_changed_id() {
    let mut fresh = fresh().await;
    for table in tables() {
        let list = format!(
            "SELECT \"from\" || ' ' || \"table\" || ' ' || \"to\" || ' ' || on_update || ' ' || on_delete FROM pragma_foreign_key_list('{}') ORDER BY 1",
            table.name
        );
        let line = |(at, reference): (usize, &'static luma::registry::Reference)| {
            let rule = match reference.on_delete {
                OnDelete::Cascade => "CASCADE",
                OnDelete::SetNull => "SET NULL",
                OnDelete::Restrict => "RESTRICT",
                OnDelete::Soft => return None,
            };
            let parent = reference.table.def();
            Some(format!("{} {} {} CASCADE {rule}", table.columns[at].name, parent.name, parent.columns[0].name))
        };
        let mut wanted: Vec<String> = table.references().filter_map(line).collect();
        wanted.sort();
        assert_eq!(fresh.texts(&list).await, wanted, "{}", table.name);
    }
}

/// The columns of each index of a table, in order, those of one kind (`u`nique, `pk`, `c`reated).
async fn indexes(fresh: &mut Fresh, table: &str, kind: &str) -> Vec<String> {
    fresh
        .texts(&format!(
            "SELECT (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
            FROM pragma_index_list('{table}') AS l WHERE l.origin GLOB '{kind}' ORDER BY 1"
        ))
        .await
}

#[tokio::test]
async fn what_is_unique_is_unique() {
    let mut fresh = fresh().await;
    for table in tables() {
        let mut wanted: Vec<String> = table.unique.iter().map(|columns| columns.join(" ")).collect();
        wanted.sort();
        assert_eq!(indexes(&mut fresh, table.name, "u").await, wanted, "{}", table.name);
    }
}

/// Else deleting a parent would read every child there is.
#[tokio::test]
async fn every_reference_leads_an_index() {
    let mut fresh = fresh().await;
    for table in tables() {
        let indexes = indexes(&mut fresh, table.name, "*").await;
        for (at, _) in table.references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft) {
            let column = table.columns[at].name;
            // One remote is there, or two: an index would find all rows.
            let few = table.columns[at].references.is_some_and(|reference| reference.table == TableId::SyncRemotes);
            assert!(few || indexes.iter().any(|index| index.split(' ').next() == Some(column)), "{}.{column}: {indexes:?}", table.name);
        }
    }
}

fn tries(column: &Column) -> Vec<Value> {
    let mut tries = vec![Value::Null];
    match column.check {
        Check::Range(low, high) if column.kind == ColumnKind::Int => {
            tries.extend([low as i64 - 1, low as i64, high as i64, high as i64 + 1].map(Value::Int));
        }
        Check::Range(low, high) => tries.extend([low.next_down(), low, (low + high) / 2.0, high, high.next_up()].map(Value::Real)),
        Check::OneOf(words) => tries.extend(words.iter().copied().chain(["", "Nonsense", &words[0].to_uppercase()]).map(Value::from)),
        Check::Length(longest) => tries.extend(["", "x", &"é".repeat(longest), &"é".repeat(longest + 1)].map(Value::from)),
        Check::None => {}
    }
    let texts: &[&str] = match column.kind {
        ColumnKind::Int | ColumnKind::Bool => {
            tries.push(Value::Real(1.5));
            &["abc"]
        }
        ColumnKind::Real => {
            tries.extend([f64::INFINITY, f64::NEG_INFINITY].map(Value::Real));
            &["abc"]
        }
        ColumnKind::Blob => {
            tries.push(Value::Blob([].into()));
            &["abc"]
        }
        ColumnKind::Json => &["{", "", "nonsense", "null", "[1e2, \"é\"]", "{} {}", "{'a':1}"],
        ColumnKind::Uuid => &[
            "",
            "0198f1c2-7a3b-7cde-8f01-23456789abcd",
            "0198F1C2-7A3B-7CDE-8F01-23456789ABCD",
            "0198f1c27a3b7cde8f0123456789abcd",
            "0198f1c2-7a3b-7cde-8f01-23456789abcg",
            "0198f1c2--a3b-7cde-8f01-23456789abcd",
            "0198f1c2-7a3b-7cde-8f01-23456789abcd ",
        ],
        ColumnKind::Time => &[
            "",
            "2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59.123456Z",
            "2026-01-31 23:59:59Z",
            "2026-01-31T23:59:59",
            "2026-01-31T23:59:59+02:00",
            "2026-13-31T23:59:59Z",
            "2026-01-31T23:59:59.Z",
            "2026-01-31T23:61:59Z",
            "yesterday",
        ],
        ColumnKind::Text => {
            tries.push(Value::Blob([1, 2].into()));
            &["é \"'", "\u{1f4a1}"]
        }
    };
    if column.kind == ColumnKind::Bool {
        tries.extend([-1, 0, 1, 2].map(Value::Int));
    }
    tries.extend(texts.iter().copied().map(Value::from));
    tries
}

#[tokio::test]
async fn the_database_takes_what_the_registry_takes_and_refuses_what_it_refuses() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let mut n_tries = 0;
    for table in tables() {
        let of = sample::row(table.id, 1);
        let key: Vec<String> = table.key.iter().map(|key| format!("\"{key}\" = '{}'", text(of.get(key)))).collect();
        // References and keys have tests of their own.
        let free = |column: &&Column| {
            column.references.is_none_or(|to| to.on_delete == OnDelete::Soft) && (table.has_id() || !table.key.contains(&column.name))
        };
        for column in table.columns.iter().filter(free) {
            for value in tries(column).into_iter().filter(|value| !ruled_out(table.id, column, value)) {
                n_tries += 1;
                let sql = format!("UPDATE {} SET \"{}\" = ? WHERE {}", table.name, column.name, key.join(" AND "));
                fresh.run("BEGIN").await;
                let query = sqlx::query(AssertSqlSafe(sql));
                let outcome = match &value {
                    Value::Null => query.bind(None::<i64>),
                    Value::Int(int) => query.bind(*int),
                    Value::Real(real) => query.bind(*real),
                    Value::Text(text) => query.bind(&**text),
                    Value::Blob(bytes) => query.bind(&**bytes),
                }
                .execute(&mut fresh.db)
                .await;
                fresh.run("ROLLBACK").await;
                if let Ok(done) = &outcome {
                    assert_eq!(done.rows_affected(), 1, "{}", table.name);
                }
                assert_eq!(
                    outcome.is_ok(),
                    column.refuses(&value).is_none(),
                    "{}.{} = {value}: the database says {outcome:?}, the registry {:?}",
                    table.name,
                    column.name,
                    column.refuses(&value)
                );
            }
        }
    }
    assert!(n_tries > 2000, "{n_tries}");
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// What more than one column decides has tests of its own, below.
fn ruled_out(table: TableId, column: &Column, value: &Value) -> bool {
    match (table, column.name) {
        (TableId::TrackScores, "start_time" | "end_time") => *value == Value::Real(0.0),
        (TableId::Connections, "destination_type" | "destination_id" | "intermediate_id") => {
            *value != Value::Null && column.refuses(value).is_none() || column.name == "destination_type" && *value == Value::Null
        }
        _ => false,
    }
}

#[tokio::test]
async fn rules_over_two_columns_hold() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    for (sql, taken) in [
        ("UPDATE track_scores SET start_time = 3, end_time = 3", false),
        ("UPDATE track_scores SET start_time = 3, end_time = 2.9", false),
        ("UPDATE track_scores SET start_time = 3, end_time = 3.0000001", true),
        ("UPDATE fixtures SET breaks_json = '[]', address = 509, num_channels = 4", true),
        ("UPDATE fixtures SET breaks_json = '[]', address = 510, num_channels = 4", false),
        ("UPDATE fixtures SET breaks_json = '[{\"universe\":2}]', address = 510, num_channels = 4", true),
        ("UPDATE project_tracks SET pan = 1.01", false),
        ("INSERT INTO pattern_categories (id, name) SELECT '0198f1c2-7a3b-7cde-8f01-23456789abcd', name FROM pattern_categories", false),
        ("UPDATE devices_self SET id = 2", false),
        ("INSERT INTO sync_guard (id) VALUES (2)", false),
        ("DELETE FROM sync_remotes WHERE remote = 'cloud'", false),
        ("DELETE FROM sync_remotes WHERE remote = 'lan0'", true),
    ] {
        let outcome = fresh.try_run(sql).await;
        assert_eq!(outcome.is_ok(), taken, "{sql}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_connection_ends_at_what_its_type_says() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let equipment = sample::id(TableId::EquipmentSpecs, 1);
    let send = sample::id(TableId::Sends, 1);
    for (kind, to, taken) in [
        ("'send'", send, true),
        ("'send'", equipment, false),
        ("'router'", equipment, true),
        ("'router'", send, false),
        ("NULL", send, false),
    ] {
        let outcome = fresh.try_run(&format!("UPDATE connections SET destination_type = {kind}, destination_id = '{to}'")).await;
        assert_eq!(outcome.is_ok(), taken, "{kind}: {outcome:?}");
    }
    let outcome = fresh.try_run(&format!("UPDATE connections SET intermediate_id = '{send}'")).await;
    assert!(outcome.unwrap_err().to_string().contains("no such equipment"));
    // Of another production.
    fresh.run("INSERT INTO productions (id, client, show_name) VALUES ('0198f1c2-7a3b-7cde-8f01-23456789abcd', 'a', 'b')").await;
    fresh.run(&format!("UPDATE sends SET production_id = '0198f1c2-7a3b-7cde-8f01-23456789abcd' WHERE id = '{send}'")).await;
    assert!(fresh.try_run(&format!("UPDATE connections SET destination_type = 'send', destination_id = '{send}'")).await.is_err());
    // Both ends at one device, which then goes.
    fresh
        .run(&format!(
            "UPDATE connections SET destination_type = 'router', destination_id = '{equipment}', intermediate_id = '{equipment}'"
        ))
        .await;
    fresh.run(&format!("UPDATE equipment_specs SET id = '0198f1c2-7a3b-7cde-8f01-23456789abce' WHERE id = '{equipment}'")).await;
    let ends = "SELECT DISTINCT coalesce(destination_id, '-') || coalesce(intermediate_id, '-') FROM connections";
    assert_eq!(fresh.text(ends).await, "0198f1c2-7a3b-7cde-8f01-23456789abce".repeat(2));
    fresh.run("DELETE FROM equipment_specs WHERE id = '0198f1c2-7a3b-7cde-8f01-23456789abce'").await;
    assert_eq!(fresh.text(ends).await, "--");
    // What a server sends may arrive before what it points to.
    fresh
        .run(&format!("UPDATE sync_guard SET applying = 1; UPDATE connections SET destination_type = 'router', destination_id = '{send}'"))
        .await;
}

#[tokio::test]
async fn a_render_step_never_waits_for_itself() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    let node = |number| sample::id(TableId::RenderNodes, number);
    fresh
        .run(&format!(
            "INSERT INTO render_nodes (id, job_id, type, input_hash) SELECT '{}', job_id, 'mix', 'h' FROM render_nodes LIMIT 1",
            node(2)
        ))
        .await;
    let edge = |from, to| format!("INSERT INTO render_edges (from_node_id, to_node_id) VALUES ('{}', '{}')", node(from), node(to));
    fresh.run(&edge(1, 2)).await;
    for (from, to) in [(2, 0), (1, 0), (0, 0), (2, 2)] {
        let error = fresh.try_run(&edge(from, to)).await.unwrap_err();
        assert!(error.to_string().contains("loop"), "{error}");
    }
    fresh.run(&edge(0, 2)).await;
    let turned =
        format!("UPDATE render_edges SET from_node_id = '{}', to_node_id = '{}' WHERE from_node_id = '{}'", node(2), node(0), node(1));
    assert!(fresh.try_run(&turned).await.is_err());
    assert_eq!(fresh.text("SELECT count(*) || '' FROM render_edges").await, "4");
}

#[tokio::test]
async fn tables_with_an_id_count_their_changes_and_stamp_them() {
    let mut fresh = fresh().await;
    sample::fill(&mut fresh).await;
    for table in tables().filter(|table| table.has_id()) {
        let (name, column) = (table.name, table.columns.last().unwrap().name);
        let marks = format!("SELECT DISTINCT version || ' ' || created_at || ' ' || updated_at FROM {name}");
        let past = "2020-01-01T00:00:00.000Z";
        let set = |mark: &str| format!("UPDATE {name} SET {mark}");
        fresh.run(&set(&format!("version = version + 6, created_at = '{past}', updated_at = '{past}'"))).await;
        assert_eq!(fresh.text(&marks).await, format!("7 {past} {past}"), "{name}: a version that is given is taken");
        fresh.run(&set(&format!("\"{column}\" = \"{column}\""))).await;
        let after = fresh.text(&marks).await;
        let now = after.strip_prefix(&format!("8 {past} ")).unwrap_or_else(|| panic!("{name}: {after}"));
        assert!(now > "2025" && now.len() == past.len() && now.ends_with('Z'), "{name}: {after}");
        fresh
            .run(&format!(
                "UPDATE sync_guard SET applying = 1; {}; UPDATE sync_guard SET applying = 0",
                set(&format!("updated_at = '{past}'"))
            ))
            .await;
        assert_eq!(fresh.text(&marks).await, format!("8 {past} {past}"), "{name}: a server's stamp is taken");
    }
    assert_eq!(BOOKKEEPING, ["version", "created_at", "updated_at"]);
}

#[tokio::test]
async fn what_is_generated_is_made_once_and_again_when_it_is_missing() {
    let mut fresh = fresh().await;
    let all = "SELECT count(*) || '' FROM sqlite_schema WHERE name GLOB '*_set_needs_sync_*' OR type = 'view' AND name GLOB '*_sync'";
    let n_captured = tables().filter(|table| table.kind.is_captured()).count();
    assert_eq!(fresh.text(all).await, (n_captured * 5).to_string());
    assert!(!luma::store::derived::install(&mut fresh.db).await.unwrap(), "nothing to do");
    fresh.run("DROP TRIGGER venues_set_needs_sync_update; DROP VIEW tracks_sync; CREATE VIEW tracks_sync AS SELECT 1").await;
    fresh.run("CREATE TRIGGER old_set_needs_sync_insert AFTER INSERT ON venues BEGIN SELECT 1; END").await;
    assert!(luma::store::derived::install(&mut fresh.db).await.unwrap());
    assert_eq!(fresh.text(all).await, (n_captured * 5).to_string());
    assert!(!luma::store::derived::install(&mut fresh.db).await.unwrap());
}
