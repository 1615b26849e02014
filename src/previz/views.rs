//! Views of the room that somebody kept, by venue: on this device, as each looks from where they sit.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{Button, TextEdit, Ui};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::camera::Eye;
use crate::store::plugin::Keeper;

const KEY: &str = "views";
const MOST: usize = 40;
const LONGEST_NAME: usize = 60;
/// Nobody looks from further away, in metres.
const FAR_M: f32 = 10_000.0;

/// In the venue's space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub name: String,
    pub eye: [f32; 3],
    pub target: [f32; 3],
}

impl Kept {
    pub fn look(&self) -> Eye {
        Eye::At { eye: self.eye.into(), target: self.target.into() }
    }

    fn is_possible(&self) -> bool {
        let [eye, target] = [self.eye, self.target].map(Vec3::from);
        let near = |at: Vec3| at.is_finite() && at.abs().max_element() < FAR_M;
        near(eye) && near(target) && eye.distance(target) > 1e-3
    }
}

#[derive(Resource, Clone, Debug, Default)]
pub struct Views {
    kept: BTreeMap<Uuid, Vec<Kept>>,
    /// The view goes to whatever is selected.
    pub follow: bool,
    /// What the next one is to be called.
    name: String,
}

impl Views {
    fn read(text: &str) -> BTreeMap<Uuid, Vec<Kept>> {
        let mut kept: BTreeMap<Uuid, Vec<Kept>> = serde_json::from_str(text).unwrap_or_default();
        for views in kept.values_mut() {
            views.retain(Kept::is_possible);
            views.truncate(MOST);
        }
        kept
    }

    pub fn of(&self, venue: Uuid) -> &[Kept] {
        self.kept.get(&venue).map(Vec::as_slice).unwrap_or_default()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Views>()
        .add_systems(PostStartup, recall.run_if(resource_exists::<Keeper>))
        .add_systems(Last, keep.run_if(resource_exists::<Keeper>));
}

fn recall(keeper: Res<Keeper>, mut views: ResMut<Views>) {
    if let Some(text) = keeper.setting(KEY) {
        views.kept = Views::read(&text);
    }
}

fn keep(keeper: Res<Keeper>, views: Res<Views>) {
    if views.is_changed() && !views.is_added() {
        keeper.set_setting(KEY, serde_json::to_string(&views.kept).unwrap_or_default());
    }
}

/// The menu's contents: what is kept of this venue, and `now` to be kept; the view that was chosen.  Knows no world.
pub fn views_ui(ui: &mut Ui, views: &mut Views, venue: Uuid, now: (Vec3, Vec3)) -> Option<Eye> {
    let mut chosen = None;
    let mut gone = None;
    let kept = views.kept.entry(venue).or_default();
    for (at, view) in kept.iter().enumerate() {
        ui.horizontal(|ui| {
            if ui.add(Button::new(&view.name).min_size([150.0, 0.0].into())).on_hover_text("Look from here").clicked() {
                chosen = Some(view.look());
            }
            if ui.small_button("✖").on_hover_text(format!("Forget {}", view.name)).clicked() {
                gone = Some(at);
            }
        });
    }
    if kept.is_empty() {
        ui.weak("Turn the room to where you like it, and keep that view here");
    }
    if let Some(at) = gone {
        kept.remove(at);
    }
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(&mut views.name).hint_text("Name of this view").char_limit(LONGEST_NAME).desired_width(150.0));
        let (eye, target) = now;
        let new = Kept { name: views.name.trim().to_owned(), eye: eye.into(), target: target.into() };
        let free = !new.name.is_empty() && new.is_possible() && kept.len() < MOST;
        if ui.add_enabled(free, Button::new("Keep")).clicked() {
            kept.retain(|other| other.name != new.name);
            kept.push(new);
            views.name.clear();
        }
    });
    ui.separator();
    ui.checkbox(&mut views.follow, "Go to what is selected");
    ui.weak("Fly: hold the right button, then W A S D, Q down, E up; Shift is faster");
    chosen
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    const VENUE: Uuid = Uuid::from_u128(1);
    const NOW: (Vec3, Vec3) = (Vec3::new(1.0, -8.0, 3.0), Vec3::new(0.0, 1.0, 2.0));

    #[test]
    fn a_view_is_kept_by_name_looked_from_and_forgotten() {
        let draw = |ui: &mut Ui, (views, chosen): &mut (Views, Option<Eye>)| *chosen = views_ui(ui, views, VENUE, NOW).or(*chosen);
        let mut harness = Harness::builder().with_size([400.0, 300.0]).build_ui_state(draw, (Views::default(), None));
        harness.state_mut().0.name = "Bar".into();
        harness.run();
        harness.get_by_label("Keep").click();
        harness.run();
        let text = serde_json::to_string(&harness.state().0.kept).unwrap();
        assert_eq!(Views::read(&text)[&VENUE], harness.state().0.of(VENUE), "as it is kept on disk");
        harness.get_by_label("Bar").click();
        harness.run();
        assert_eq!(harness.state().1, Some(Eye::At { eye: NOW.0, target: NOW.1 }));
        harness.get_by_label("✖").click();
        harness.run();
        assert!(harness.state().0.of(VENUE).is_empty());
    }

    #[test]
    fn what_cannot_be_a_view_is_not_taken_from_the_disk() {
        assert!(Views::read("no views").is_empty());
        let text = format!(
            r#"{{"{VENUE}": [{{"name": "in itself", "eye": [1, 1, 1], "target": [1, 1, 1]}},
                {{"name": "nowhere", "eye": [1e9, 0, 0], "target": [0, 0, 0]}}, {{"name": "good", "eye": [1, 0, 2], "target": [0, 0, 0]}}]}}"#
        );
        let names: Vec<String> = Views::read(&text)[&VENUE].iter().map(|view| view.name.clone()).collect();
        assert_eq!(names, ["good"]);
    }
}
