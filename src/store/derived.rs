//! What the registry generates in the file: capture triggers and `<table>_sync` views.
//!
//! The file's own text of each is compared with what the registry makes now.  Nothing else is written down about them, so
//! a trigger that went with a rebuilt table is missed at the next opening at the latest.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::{capture, views};

/// Those names in the file, and no others, are generated.
const GENERATED: &str = "(type = 'trigger' AND name GLOB '*_set_needs_sync_*') OR (type = 'view' AND name GLOB '*_sync')";

/// Makes what is missing or differs, in one transaction.  Says whether there was anything to do.
pub async fn install(db: &mut SqliteConnection) -> sqlx::Result<bool> {
    let wanted: Vec<(String, String)> = capture::triggers().into_iter().chain(views::views()).collect();
    let is_there = installed(db).await?;
    let same = is_there.len() == wanted.len() && wanted.iter().all(|(name, sql)| is_there.get(name).is_some_and(|(_, is)| is == sql));
    if same {
        return Ok(false);
    }
    let mut transaction = db.begin().await?;
    drop_all(&mut transaction, &is_there).await?;
    for (_, sql) in wanted {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Takes all of it away, for a migration.
pub(super) async fn remove(db: &mut SqliteConnection) -> sqlx::Result<()> {
    let is_there = installed(db).await?;
    let mut transaction = db.begin().await?;
    drop_all(&mut transaction, &is_there).await?;
    transaction.commit().await
}

/// By name: what it is, and its statement.
async fn installed(db: &mut SqliteConnection) -> sqlx::Result<BTreeMap<String, (String, String)>> {
    let sql = format!("SELECT name, type, sql FROM sqlite_schema WHERE {GENERATED}");
    let rows: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(name, kind, sql)| (name, (kind, sql))).collect())
}

async fn drop_all(db: &mut SqliteConnection, is_there: &BTreeMap<String, (String, String)>) -> sqlx::Result<()> {
    for (name, (kind, _)) in is_there {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP {kind} \"{name}\""))).execute(&mut *db).await?;
    }
    Ok(())
}
