//! The migrations of both files, built in.
//!
//! They are listed here and not found by `sqlx::migrate!`: sqlx's macros would build sqlx and `SQLite` a second time, for the
//! build's own use.  A test holds the list against the folder.  A migration that has landed is never edited: its checksum
//! is in every file it made.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

macro_rules! migrations {
    ($folder:literal: $($number:literal $name:literal)*) => {
        &[$(($number, $name, include_str!(concat!("../../", $folder, "/", $name, ".sql")))),*]
    };
}

/// Number, name, statements.
type Files = &'static [(i64, &'static str, &'static str)];

const LUMA: Files = migrations! { "migrations":
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
    11 "0011_color_mixing"
};

const STATE: Files = migrations! { "migrations/state":
    1 "0001_sign_in"
};

/// Of `luma.db`.
pub fn luma() -> Migrator {
    migrator(LUMA)
}

/// Of `state.db`.
pub fn state() -> Migrator {
    migrator(STATE)
}

fn migrator(files: Files) -> Migrator {
    let migration = |&(number, name, sql): &(i64, &'static str, &'static str)| {
        let name = name.split_once('_').map_or(name, |(_, name)| name);
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(files.iter().map(migration).collect())
}

/// Whether there is a migration that the file has not had.  A file that had one unknown here, or another one of a known number,
/// is an error, before anything is changed.
pub async fn is_behind(db: &mut SqliteConnection, migrator: &Migrator) -> Result<bool, MigrateError> {
    let made: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')").fetch_one(&mut *db).await?;
    if !made {
        return Ok(true);
    }
    let had: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version").fetch_all(db).await?;
    for (version, checksum) in &had {
        let known = migrator.iter().find(|migration| migration.version == *version);
        let known = known.ok_or(MigrateError::VersionMissing(*version))?;
        if *known.checksum != **checksum {
            return Err(MigrateError::VersionMismatch(*version));
        }
    }
    Ok(had.len() < migrator.iter().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: &str, files: Files) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| Some(name.strip_suffix(".sql")?.to_owned()))
            .collect();
        found.sort();
        assert_eq!(found, files.iter().map(|(_, name, _)| *name).collect::<Vec<_>>());
        for (number, name, _) in files {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
    }

    #[test]
    fn every_file_of_the_folders_is_listed_in_order() {
        check("migrations", LUMA);
        check("migrations/state", STATE);
    }
}
