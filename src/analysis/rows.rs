//! What was found of a track as rows: the seeds' tables of beats, chords, drum hits and bars.
//!
//! Names inside the JSON are the seeds'; other programs read them.

use serde_json::json;
use uuid::Uuid;

use super::plan::Plan;
use super::report::label;
use crate::engine::TrackAnalysis;
use crate::engine::track::Section;
use crate::registry::{BadRow, Row, TableId, Value};

/// Where the file of chord logits lies, if one was written.
pub fn rows(track: Uuid, analysis: &TrackAnalysis, plan: &Plan, logits_path: Option<&str>) -> Result<Vec<Row>, BadRow> {
    let row = |table: TableId, processor: &str, set: Vec<(&'static str, Value)>| {
        let id = table.natural_id(&[track.into()]);
        let ends = [("id", id.into()), ("track_id", track.into()), ("processor_version", i64::from(plan.version(processor)).into())];
        Row::new(table, ends.into_iter().chain(set))
    };
    let text = |value: serde_json::Value| Value::from(value.to_string());
    let grid = &analysis.grid;
    let downbeats: Vec<f64> = grid.downbeats.iter().filter_map(|&at| grid.beats.get(at)).copied().collect();
    let mut rows = vec![row(
        TableId::TrackBeats,
        "beats",
        vec![
            ("beats_json", text(json!(grid.beats))),
            ("downbeats_json", text(json!(downbeats))),
            ("bpm", if grid.beats.is_empty() { Value::Null } else { grid.bpm.into() }),
            ("downbeat_offset", downbeats.first().map_or(Value::Null, |&secs| secs.into())),
            ("beats_per_bar", i64::from(grid.beats_per_bar).into()),
        ],
    )?];
    let chords: Vec<_> = analysis
        .chords
        .iter()
        .map(|chord| json!({"start": chord.start, "end": chord.end, "root": chord.root, "quality": chord.quality}))
        .collect();
    let logits = logits_path.map_or(Value::Null, Value::from);
    rows.push(row(TableId::TrackRoots, "chords", vec![("sections_json", text(json!(chords))), ("logits_path", logits)])?);
    if let Some([kick, snare, hat]) = &analysis.drums {
        rows.push(row(TableId::TrackDrumOnsets, "drums", vec![("onsets_json", text(json!({"kick": kick, "snare": snare, "hat": hat})))])?);
    }
    let bars: Vec<_> = downbeats
        .iter()
        .enumerate()
        .map(|(bar, &start)| {
            let section = analysis.sections.iter().find(|section| section.start <= start + 1e-3 && start + 1e-3 < section.end);
            let energy = analysis.bar_energy.get(bar).copied().unwrap_or(0.0);
            json!({"bar": bar, "start": start, "energy": energy, "section": section.map(|s| label(s.label)), "build": section.map(|s| progress(s, start))})
        })
        .collect();
    rows.push(row(TableId::TrackBarClassifications, "sections", vec![("classifications_json", text(json!(bars)))])?);
    Ok(rows)
}

/// How far through a section an instant lies.
fn progress(section: &Section, secs: f64) -> f64 {
    ((secs - section.start) / (section.end - section.start).max(1e-6)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::processors;
    use crate::engine::tempo::BeatGrid;
    use crate::engine::track::{Chord, SectionLabel};

    #[test]
    fn every_table_gets_its_row_under_an_id_that_another_device_would_give() {
        let analysis = TrackAnalysis {
            grid: BeatGrid::steady(120.0, 4, 0.25, 16),
            drums: Some([vec![0.25], vec![0.75], vec![]]),
            chords: vec![Chord { start: 0.0, end: 2.0, root: Some(9), quality: "min".into() }],
            bar_energy: vec![0.5; 4],
            sections: vec![Section { start: 0.0, end: 8.0, label: SectionLabel::Drop, energy: 0.9 }],
            ..TrackAnalysis::of_grid(BeatGrid::default(), 8.0)
        };
        let plan = processors::plan().unwrap();
        let track = Uuid::from_u128(7);
        let rows = rows(track, &analysis, &plan, Some("logits/7.f32")).unwrap();
        assert_eq!(rows, super::rows(track, &analysis, &plan, Some("logits/7.f32")).unwrap());
        let by_table = |table: TableId| rows.iter().find(|row| row.table() == table).unwrap();
        let beats = by_table(TableId::TrackBeats);
        assert_eq!(beats.json::<Vec<f64>>("downbeats_json").unwrap(), [0.25, 2.25, 4.25, 6.25]);
        assert_eq!(beats.int("processor_version").unwrap(), i64::from(plan.version("beats")));
        assert_eq!(by_table(TableId::TrackRoots).text("logits_path").unwrap(), "logits/7.f32");
        let hits: serde_json::Value = by_table(TableId::TrackDrumOnsets).json("onsets_json").unwrap();
        assert_eq!(hits["snare"][0], 0.75);
        let bars: serde_json::Value = by_table(TableId::TrackBarClassifications).json("classifications_json").unwrap();
        assert_eq!((bars[1]["section"].as_str(), bars[1]["energy"].as_f64()), (Some("drop"), Some(0.5)));
    }
}
