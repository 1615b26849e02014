//! The migrations, built in.
//!
//! They are listed here and not found by `sqlx::migrate!`: sqlx's macros would build sqlx and `SQLite` a second time, for the
//! build's own use.  A test holds the list against the folder.  A migration that has landed is never edited: its checksum
//! is in every file it made.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

macro_rules! migrations {
    ($($number:literal $name:literal)*) => {
        &[$(($number, $name, include_str!(concat!("../../migrations/", $name, ".sql")))),*]
    };
}

const MIGRATIONS: &[(i64, &str, &str)] = migrations! {
    1 "0001_device"
    2 "0002_venues"
    3 "0003_patterns"
    4 "0004_tracks"
    5 "0005_scores"
    6 "0006_productions"
    7 "0007_projects"
    8 "0008_sync"
    9 "0009_server"
    10 "0010_views"
};

pub fn migrator() -> Migrator {
    let migration = |&(number, name, sql): &(i64, &'static str, &'static str)| {
        let name = name.split_once('_').map_or(name, |(_, name)| name);
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

/// Whether the file has had exactly these migrations.
pub async fn is_current(db: &mut SqliteConnection, migrator: &Migrator) -> sqlx::Result<bool> {
    let made: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')").fetch_one(&mut *db).await?;
    if !made {
        return Ok(false);
    }
    let had: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version").fetch_all(db).await?;
    let known = migrator.iter().map(|migration| (migration.version, &*migration.checksum, true));
    Ok(had.iter().map(|(version, checksum, success)| (*version, &**checksum, *success)).eq(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| Some(name.strip_suffix(".sql")?.to_owned()))
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|(_, name, _)| (*name).to_owned()).collect();
        assert_eq!(files, listed);
        for (number, name, _) in MIGRATIONS {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
    }
}
