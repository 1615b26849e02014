//! The schema that the migrations make, held against the registry and the seeds; rows in and out; capture.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod capture;
mod registry;
mod rows;
mod sample;
mod seeds;

use std::path::PathBuf;

use luma::store::open;
use sqlx::{AssertSqlSafe, SqliteConnection};

/// A fresh file and its writer.
struct Fresh {
    db: SqliteConnection,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

async fn fresh() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("luma.db");
    Fresh { db: open::writer(&path).await.unwrap(), path, _folder: folder }
}

impl Fresh {
    async fn run(&mut self, sql: &str) {
        if let Err(error) = self.try_run(sql).await {
            panic!("{sql}: {error}");
        }
    }

    async fn try_run(&mut self, sql: &str) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.db).await.map(|_| ())
    }

    /// The first column of every row, as text.
    async fn texts(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.db).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn text(&mut self, sql: &str) -> String {
        let mut texts = self.texts(sql).await;
        assert_eq!(texts.len(), 1, "{sql}");
        texts.remove(0)
    }
}
