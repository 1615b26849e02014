//! What a library's file is worth, without changing it.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::SqliteConnection;

use super::file;
use super::read::Reading;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Structure, for at most this long: what a start can afford.
    Within(Duration),
    /// Structure, to the end.
    Quick,
    /// Indexes and references too.
    Full,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Sound, as far as was looked.  `finished` is false where the time ran out.
    Good {
        finished: bool,
    },
    Missing,
    /// A file of no bytes, or a database without tables.
    Empty {
        bytes: u64,
    },
    NotADatabase,
    Damaged(String),
    /// Migrations that this build does not know.
    Future {
        version: i64,
    },
    /// Somebody else's database.
    Foreign,
    /// The file cannot be read at all: says nothing about what is in it.
    Unreadable(String),
}

impl Health {
    /// What is wrong, as the end of a sentence that begins with the file's name.
    pub fn words(&self) -> String {
        match self {
            Self::Good { .. } => "is sound".into(),
            Self::Missing => "is not there".into(),
            Self::Empty { .. } => "is empty".into(),
            Self::NotADatabase => "is no database: something else has been written over it".into(),
            Self::Damaged(what) => format!("is damaged ({what})"),
            Self::Future { version } => {
                format!("was made by a newer Luma (its tables have step {version}, this Luma ends at {})", file::newest())
            }
            Self::Foreign => "belongs to another program, or to Luma's predecessor".into(),
            Self::Unreadable(why) => format!("cannot be read ({why})"),
        }
    }
}

/// Looks at the file.  Nothing of it is changed, whatever it is.
pub async fn examine(path: &Path, depth: Depth) -> Health {
    let bytes = match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => return Health::Unreadable("it is a folder".into()),
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Health::Missing,
        Err(error) => return Health::Unreadable(error.to_string()),
    };
    if bytes == 0 {
        return Health::Empty { bytes };
    }
    // Only ever through SQLite: on POSIX, closing a file of one's own drops the locks of a store in the same process.
    let mut reading = match Reading::open(path).await {
        Ok(reading) => reading,
        Err(error) => return health_of(&error),
    };
    let health = look(&mut reading.db, depth, bytes).await.unwrap_or_else(|error| health_of(&error));
    reading.close().await;
    health
}

async fn look(db: &mut SqliteConnection, depth: Depth, bytes: u64) -> sqlx::Result<Health> {
    match file::version(db).await? {
        file::Version::None => return Ok(Health::Empty { bytes }),
        file::Version::Foreign => return Ok(Health::Foreign),
        file::Version::Newer(version) => return Ok(Health::Future { version }),
        file::Version::Known(_) => {}
    }
    let check = if depth == Depth::Full { "PRAGMA integrity_check(20)" } else { "PRAGMA quick_check(20)" };
    let out_of_time = match depth {
        Depth::Within(budget) => {
            let deadline = Instant::now() + budget;
            db.lock_handle().await?.set_progress_handler(20_000, move || Instant::now() < deadline);
            true
        }
        Depth::Quick | Depth::Full => false,
    };
    let said: sqlx::Result<Vec<String>> = sqlx::query_scalar(check).fetch_all(&mut *db).await;
    if out_of_time {
        db.lock_handle().await?.remove_progress_handler();
    }
    let said = match said {
        Err(error) if out_of_time && code(&error) == INTERRUPT => return Ok(Health::Good { finished: false }),
        said => said?,
    };
    if said != ["ok"] {
        return Ok(Health::Damaged(said.join("; ")));
    }
    if depth == Depth::Full {
        let dangling: Vec<(String, Option<i64>, String, i64)> = sqlx::query_as("PRAGMA foreign_key_check").fetch_all(&mut *db).await?;
        if let Some((table, _, parent, _)) = dangling.first() {
            return Ok(Health::Damaged(format!(
                "{} rows point to rows that are not there, the first in {table} to {parent}",
                dangling.len()
            )));
        }
    }
    Ok(Health::Good { finished: true })
}

pub(super) fn health_of(error: &sqlx::Error) -> Health {
    match code(error) {
        NOTADB => Health::NotADatabase,
        PERM | CANTOPEN | BUSY | IOERR => Health::Unreadable(error.to_string()),
        _ => Health::Damaged(error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())),
    }
}

pub(super) fn code(error: &sqlx::Error) -> i32 {
    error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i32>().ok()).unwrap_or(0) & 0xff
}

const PERM: i32 = 3;
const BUSY: i32 = 5;
const INTERRUPT: i32 = 9;
const IOERR: i32 = 10;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;
