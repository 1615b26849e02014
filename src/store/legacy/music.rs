//! The library's patterns, tracks and scores.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::library::{name, parent};
use super::record::{Record, derived};
use super::{Import, rig};
use crate::registry::{BadRow, Check, Row, TableId, Value};

pub(super) fn patterns(import: &mut Import) {
    // By the id or the name that patterns know them by.
    let mut categories: BTreeMap<String, Uuid> = BTreeMap::new();
    import.each(&["pattern_categories", "categories"], |import, record| {
        let name = name(import, record, "Category");
        let id = category(import, record, &name);
        categories.extend(record.text("id").map(|old| (old, id)));
    });
    import.each(&["patterns"], |import, record| {
        let Some(id) = record.id("id", "", "patterns") else { return import.lost(record, "it has no id") };
        let mut of = record.text("category_id").and_then(|old| categories.get(&old).copied());
        if let (None, Some(named)) = (of, record.text("category_name")) {
            of = Some(category(import, record, &named));
        } else if of.is_none() && record.is_set("category_id") {
            import.changed(record, &format!("its category {} is not in the file", record.get("category_id")));
        }
        let name = name(import, record, "Pattern");
        let verified = record.int("is_verified").or_else(|| record.int("is_published")).is_some_and(|flag| flag != 0);
        let set = [
            ("id", id.into()),
            ("name", name.into()),
            ("description", record.text("description").into()),
            ("category_id", of.into()),
            ("default_implementation_id", record.id("default_implementation_id", "", "implementations").into()),
            ("is_verified", verified.into()),
            ("author_name", record.text("author_name").into()),
            ("forked_from_id", record.id("forked_from_id", "", "patterns").into()),
        ];
        import.take(record, Row::new(TableId::Patterns, set));
    });
    import.each(&["implementations"], |import, record| {
        let Some(pattern) = parent(import, record, "pattern_id", "patterns", TableId::Patterns) else { return };
        let number = record.text("pattern_id").unwrap_or_default();
        let id = record.id("id", "", "implementations").unwrap_or_else(|| derived("", "implementations/of", &number));
        let graph = rig::json(import, record, "graph_json", r#"{"nodes":[],"edges":[]}"#);
        let set = [("id", id.into()), ("pattern_id", pattern.into()), ("name", record.text("name").into()), ("graph_json", graph.into())];
        import.take(record, Row::new(TableId::Implementations, set));
    });
}

/// The category of this name, made where there is none yet.
fn category(import: &mut Import, record: &Record, name: &str) -> Uuid {
    let id = TableId::PatternCategories.natural_id(&[name.into()]);
    if !import.made.contains(&(TableId::PatternCategories, id)) {
        import.take(record, Row::new(TableId::PatternCategories, [("id", id.into()), ("name", name.into())]));
    }
    id
}

pub(super) fn scores(import: &mut Import) {
    // Numbers become ids that follow from the sound; whoever used the number must be led there.
    let mut tracks: BTreeMap<String, Uuid> = BTreeMap::new();
    import.each(&["tracks"], |import, record| {
        let hash = record.text("track_hash").unwrap_or_default();
        let id = TableId::Tracks.natural_id(&[Uuid::nil().into(), hash.as_str().into()]);
        let row = track(record, id, &hash);
        let known = import.made.contains(&(TableId::Tracks, id));
        if known {
            import.changed(record, "it is the same sound as another track: scores of both are kept on one");
        } else {
            import.take(record, row);
        }
        if import.made.contains(&(TableId::Tracks, id)) {
            tracks.extend(record.text("id").map(|old| (old, id)));
        }
    });
    import.each(&["scores"], |import, record| {
        let Some(track) = of_track(import, record, &tracks) else { return };
        let id = record.id("id", "", "scores").unwrap_or_else(|| derived("", "scores", &record.name()));
        let venue = record.id("venue_id", "", "venues").filter(|venue| import.made.contains(&(TableId::Venues, *venue)));
        if venue.is_none() && record.is_set("venue_id") {
            import.changed(record, "the venue that it was written in is not in the file: it stands for itself");
        }
        let set = [("id", id.into()), ("track_id", track.into()), ("venue_id", venue.into()), ("name", record.text("name").into())];
        import.take(record, Row::new(TableId::Scores, set));
    });
    let mut made: BTreeSet<Uuid> = BTreeSet::new();
    import.each(&["track_scores", "score_annotations", "track_annotations"], |import, record| {
        let score = if record.is_set("score_id") {
            parent(import, record, "score_id", "scores", TableId::Scores)
        } else {
            // Before there were scores, a track had one list of placements.
            of_track(import, record, &tracks).map(|track| {
                let score = Uuid::new_v5(&track, b"luma/legacy/annotations");
                if made.insert(score) {
                    import.take(
                        record,
                        Row::new(TableId::Scores, [("id", score.into()), ("track_id", track.into()), ("name", "Main".into())]),
                    );
                }
                score
            })
        };
        let Some(score) = score else { return };
        let Some(pattern) = parent(import, record, "pattern_id", "patterns", TableId::Patterns) else { return };
        let row = placement(import, record, score, pattern);
        import.take(record, row);
    });
}

fn track(record: &Record, id: Uuid, hash: &str) -> Result<Row, BadRow> {
    let whole = |column: &str| Value::from(record.int(column));
    let text = |column: &str| Value::from(record.text(column));
    Row::new(
        TableId::Tracks,
        [
            ("id", id.into()),
            ("track_hash", hash.into()),
            ("title", text("title")),
            ("artist", text("artist")),
            ("album", text("album")),
            ("track_number", whole("track_number")),
            ("disc_number", whole("disc_number")),
            ("duration_seconds", record.real("duration_seconds").filter(|secs| (0.0..=1e6).contains(secs)).into()),
            ("bpm", record.real("bpm").filter(|bpm| (0.0..=1000.0).contains(bpm)).into()),
            ("musical_key", record.text("key").or_else(|| record.text("musical_key")).into()),
            ("file_path", record.text("file_path").unwrap_or_default().into()),
            ("storage_path", text("storage_path")),
            ("album_art_path", text("album_art_path")),
            ("album_art_mime", text("album_art_mime")),
        ],
    )
}

fn of_track(import: &mut Import, record: &Record, tracks: &BTreeMap<String, Uuid>) -> Option<Uuid> {
    let found = record.text("track_id").and_then(|old| tracks.get(&old).copied());
    if found.is_none() {
        import.lost(record, &format!("its track {} is not in the file, or was left out", record.get("track_id")));
    }
    found
}

fn placement(import: &mut Import, record: &Record, score: Uuid, pattern: Uuid) -> Result<Row, BadRow> {
    let id = record.id("id", "", "score_annotations").unwrap_or_else(|| derived("", "score_annotations", &record.name()));
    let time = |column: &str| record.real(column).map_or_else(|| record.get(column).clone(), Value::Real);
    let args = rig::json(import, record, "args_json", "{}");
    let row = Row::new(
        TableId::TrackScores,
        [
            ("id", id.into()),
            ("score_id", score.into()),
            ("pattern_id", pattern.into()),
            ("start_time", time("start_time")),
            ("end_time", time("end_time")),
            ("z_index", Value::Int(record.int("z_index").unwrap_or(0))),
            ("blend_mode", blend_mode(import, record).into()),
            ("args_json", args.into()),
        ],
    )?;
    if row.real("end_time")? > row.real("start_time")? { Ok(row) } else { Err(row.bad("end_time", "is not after start_time".into())) }
}

pub(super) fn blend_mode(import: &mut Import, record: &Record) -> String {
    let given = record.text("blend_mode").unwrap_or_else(|| "replace".into());
    let mode = given.to_lowercase();
    let column = TableId::TrackScores.def().columns.iter().find(|column| column.name == "blend_mode");
    let known = column.is_some_and(|column| matches!(column.check, Check::OneOf(modes) if modes.contains(&mode.as_str())));
    if known {
        return mode;
    }
    import.changed(record, &format!("there is no blend mode \"{given}\": it replaces what lies below"));
    "replace".into()
}
