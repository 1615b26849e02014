//! Scores and annotations as rows, both ways.

use uuid::Uuid;

use super::model::{Annotation, Score};
use crate::engine::composite::blend::BlendMode;
use crate::registry::{BadRow, Row, TableId, Value};

/// A new score of a track, for one venue or for all, with its annotations.
pub fn rows(score: &Score, track: Uuid, venue: Option<Uuid>) -> Result<Vec<Row>, BadRow> {
    let name = Some(score.name.as_str()).filter(|name| !name.is_empty());
    let mut rows = vec![Row::new(
        TableId::Scores,
        [("id", score.id.into()), ("track_id", track.into()), ("venue_id", venue.into()), ("name", name.into())],
    )?];
    for annotation in &score.annotations {
        rows.push(annotation_row(score.id, annotation)?);
    }
    Ok(rows)
}

pub fn annotation_row(score: Uuid, annotation: &Annotation) -> Result<Row, BadRow> {
    Row::new(
        TableId::TrackScores,
        [
            ("id", annotation.id.into()),
            ("score_id", score.into()),
            ("pattern_id", annotation.pattern.into()),
            ("start_time", annotation.start.into()),
            ("end_time", annotation.end.into()),
            ("z_index", i64::from(annotation.z_index).into()),
            ("blend_mode", blend_name(annotation.blend_mode).into()),
            ("args_json", serde_json::to_string(&annotation.args).map_or(Value::Null, Value::from)),
        ],
    )
}

pub fn annotation(row: &Row) -> Result<Annotation, BadRow> {
    let blend = row.text("blend_mode")?;
    Ok(Annotation {
        id: row.id(),
        pattern: row.uuid("pattern_id")?,
        start: row.real("start_time")?,
        end: row.real("end_time")?,
        z_index: row.int("z_index")?.clamp(i32::MIN.into(), i32::MAX.into()) as i32,
        blend_mode: blend_named(blend).ok_or_else(|| row.bad("blend_mode", format!("there is no mode {blend}")))?,
        args: row.json("args_json")?,
    })
}

/// The name that scores are stored by.
pub fn blend_name(mode: BlendMode) -> String {
    serde_json::to_value(mode).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

pub fn blend_named(name: &str) -> Option<BlendMode> {
    serde_json::from_value(name.into()).ok()
}

/// In the order of time; of two that begin together, the lower lies first.
pub fn sort(annotations: &mut [Annotation]) {
    annotations.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.z_index.cmp(&b.z_index)).then(a.id.cmp(&b.id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_score_comes_back_from_its_rows_as_it_was() {
        let analysis = crate::demo::analysis_without_sound();
        let mut score = crate::demo::score::score(&analysis, &crate::patterns::builtin::builtin());
        let rows = rows(&score, Uuid::from_u128(7), None).unwrap();
        let mut back: Vec<Annotation> = rows[1..].iter().map(|row| annotation(row).unwrap()).collect();
        sort(&mut back);
        sort(&mut score.annotations);
        assert_eq!(back, score.annotations);
    }
}
