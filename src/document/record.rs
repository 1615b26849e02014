//! What one show is made of, gathered from the ground: a venue, a track, a score of it, and every pattern.
//!
//! A row that its model cannot read is left out and told; the rest of the show runs.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::ground::Ground;
use super::transaction::Transaction;
use crate::engine::TrackAnalysis;
use crate::patterns::model::Pattern;
use crate::registry::{BadRow, Row, TableId, Value};
use crate::score::model::{Annotation, Score};
use crate::tracks::model::{Tags, Track};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Group, Venue};
use crate::{patterns, score, tracks, venue};

/// One venue, one track, one score of it, and the patterns at hand.
#[derive(Clone, Debug)]
pub struct Records {
    pub venue: Venue,
    pub track: Track,
    pub score: Score,
    pub patterns: Vec<Pattern>,
}

impl Records {
    /// The rows of a show that the document does not have yet.
    pub fn rows(&self, library: &Library) -> Result<Vec<Row>, BadRow> {
        let mut rows = venue::rows::rows(&self.venue, library)?;
        for pattern in &self.patterns {
            rows.extend(patterns::rows::rows(pattern)?);
        }
        rows.push(tracks::rows::row(&self.track, &Tags::default())?);
        rows.extend(score::rows::rows(&self.score, self.track.id, None)?);
        Ok(rows)
    }
}

/// What of the document is on the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    pub venue: Uuid,
    pub score: Uuid,
    pub track: Uuid,
}

impl Records {
    pub fn desk(&self) -> Desk {
        Desk { venue: self.venue.id, score: self.score.id, track: self.track.id }
    }
}

/// A score made for a track on the spot, with the patterns at hand: its id and rows.
pub fn auto_score(ground: &Ground, venue: Uuid, track: &Track, seed: u64) -> Result<(Uuid, Vec<Row>), BadRow> {
    let patterns = all_patterns(ground, venue, &mut Vec::new());
    let made = score::auto::score(&track.analysis, &patterns, seed);
    // Its ids are the same for every track; in a library they are the track's own.
    let own = |id: Uuid| Uuid::new_v5(&track.id, id.as_bytes());
    let annotations = made.annotations.into_iter().map(|one| Annotation { id: own(one.id), ..one }).collect();
    let made = Score { id: own(made.id), annotations, ..made };
    Ok((made.id, score::rows::rows(&made, track.id, None)?))
}

/// What an automatic score is called until the track was listened to.
pub const WAITING_SCORE: &str = "Auto · once the beats are known";

/// An automatic score that waits for what it shall be made of: its id and row.
pub fn waiting_score(track: Uuid) -> Result<(Uuid, Row), BadRow> {
    let id = Uuid::new_v5(&track, WAITING_SCORE.as_bytes());
    let row = score::rows::rows(&Score { id, name: WAITING_SCORE.into(), annotations: Vec::new() }, track, None)?.swap_remove(0);
    Ok((id, row))
}

/// The waiting score of a track that was listened to, filled; `None` where none waits.
pub fn fill_waiting(ground: &Ground, venue: Uuid, track: Uuid, heard: &TrackAnalysis) -> Result<Option<Transaction>, BadRow> {
    let waits = |row: &&Row| row.text("name").is_ok_and(|name| name == WAITING_SCORE);
    let Some(id) = ground.children(track, TableId::Scores).find(waits).map(Row::id) else { return Ok(None) };
    let patterns = all_patterns(ground, venue, &mut Vec::new());
    let made = score::auto::score(heard, &patterns, 0);
    let title = ground.get(TableId::Tracks, track).map(super::subject::title).unwrap_or_default();
    let mut transaction = Transaction::new(format!("Auto score for {title}")).set(TableId::Scores, id, [("name", made.name.into())]);
    for annotation in made.annotations {
        // Its ids are the same for every track; in a library they are the track's own.
        let own = Annotation { id: Uuid::new_v5(&track, annotation.id.as_bytes()), ..annotation };
        transaction = transaction.put(score::rows::annotation_row(id, &own)?);
    }
    Ok(Some(transaction))
}

/// Sorted as people arranged them, then by id.
fn placed(mut rows: Vec<&Row>) -> Vec<&Row> {
    rows.sort_by_key(|row| (row.int("display_order").unwrap_or(0), row.id()));
    rows
}

/// A venue with everything in it.  `None` where the ground has no such venue.
pub fn venue(ground: &Ground, id: Uuid, bad: &mut Vec<BadRow>) -> Option<Venue> {
    let row = ground.get(TableId::Venues, id)?;
    let fixtures = placed(ground.children(id, TableId::Fixtures).collect());
    let groups = placed(ground.children(id, TableId::FixtureGroups).collect());
    Some(Venue {
        id,
        name: row.text("name").unwrap_or_default().to_owned(),
        fixtures: kept(fixtures.into_iter().map(venue::rows::fixture), bad),
        groups: kept(groups.into_iter().map(|row| group(ground, row)), bad),
        scenery: kept(std::iter::once(venue::rows::scenery(row)), bad).into_iter().flatten().collect(),
        foreign: kept(std::iter::once(venue::rows::foreign(row)), bad).into_iter().next().unwrap_or_default(),
    })
}

/// A group with its members.
pub fn group(ground: &Ground, row: &Row) -> Result<Group, BadRow> {
    venue::rows::group(row, ground.children(row.id(), TableId::FixtureGroupMembers))
}

/// A fixture by its id.
pub fn fixture(ground: &Ground, id: Uuid) -> Option<Result<Fixture, BadRow>> {
    ground.get(TableId::Fixtures, id).map(venue::rows::fixture)
}

/// A pattern with the graph that plays in `venue`.
pub fn pattern(ground: &Ground, id: Uuid, venue: Uuid) -> Option<Result<Pattern, BadRow>> {
    let row = ground.get(TableId::Patterns, id)?;
    let over = ground
        .children(id, TableId::VenueImplementationOverrides)
        .find(|over| over.uuid("venue_id").is_ok_and(|of| of == venue))
        .and_then(|over| over.uuid("implementation_id").ok());
    let category = row.maybe("category_id", Row::uuid).ok().flatten().and_then(|id| ground.get(TableId::PatternCategories, id));
    let implementation = patterns::rows::chosen(row, over, ground.children(id, TableId::Implementations));
    Some(patterns::rows::pattern(row, category, implementation))
}

/// Every pattern, by id.
pub fn all_patterns(ground: &Ground, venue: Uuid, bad: &mut Vec<BadRow>) -> Vec<Pattern> {
    kept(ground.rows(TableId::Patterns).filter_map(|row| pattern(ground, row.id(), venue)), bad)
}

/// A score with its annotations, in the order of time.
pub fn score(ground: &Ground, id: Uuid, bad: &mut Vec<BadRow>) -> Option<Score> {
    let row = ground.get(TableId::Scores, id)?;
    let mut annotations: Vec<Annotation> = kept(ground.children(id, TableId::TrackScores).map(score::rows::annotation), bad);
    score::rows::sort(&mut annotations);
    Some(Score { id, name: row.text("name").unwrap_or_default().to_owned(), annotations })
}

fn kept<T>(records: impl Iterator<Item = Result<T, BadRow>>, bad: &mut Vec<BadRow>) -> Vec<T> {
    records
        .filter_map(|record| match record {
            Ok(record) => Some(record),
            Err(error) => {
                bad.push(error);
                None
            }
        })
        .collect()
}

/// Ids by name, for people who type: sorted, the first of a name wins.
pub fn by_name(ground: &Ground, table: TableId) -> BTreeMap<String, Uuid> {
    let mut names = BTreeMap::new();
    for row in ground.rows(table) {
        if let Value::Text(name) = row.get("name") {
            names.entry(name.to_string()).or_insert_with(|| row.id());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo;

    #[test]
    fn the_demo_comes_back_from_the_ground_as_it_was_and_plays_the_same() {
        let library = Library::builtin();
        let patterns = patterns::builtin::builtin();
        let track = demo::track_without_sound();
        let score = demo::score::score(&track.analysis, &patterns);
        let records = Records { venue: venue::builtin("club").unwrap(), track, score, patterns };
        let ground = Ground::load(records.rows(&library).unwrap());
        let mut bad = Vec::new();
        assert_eq!(venue(&ground, records.venue.id, &mut bad).as_ref(), Some(&records.venue));
        let mut patterns = all_patterns(&ground, records.venue.id, &mut bad);
        let mut score = super::score(&ground, records.score.id, &mut bad).unwrap();
        assert!(bad.is_empty(), "{bad:?}");
        let mut built_in = records.patterns.clone();
        built_in.sort_by_key(|pattern| pattern.id);
        patterns.sort_by_key(|pattern| pattern.id);
        assert_eq!(patterns, built_in);
        score.annotations.sort_by_key(|annotation| annotation.id);
        let mut wanted = records.score.clone();
        wanted.annotations.sort_by_key(|annotation| annotation.id);
        assert_eq!(score, wanted);
    }
}
