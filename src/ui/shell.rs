//! The frame of the studio: tabs that dock, one remembered layout a job, and panels that other modules hand in.
//!
//! A panel is a system that takes the [`Ui`] it draws into; its domain registers it by name, and the shell draws whatever
//! is registered under the names that the layout holds.  A name that nobody registered (a layout of another version) is
//! passed over, and kept.

use std::collections::{BTreeMap, BTreeSet};

use bevy::ecs::system::SystemId;
use bevy::prelude::*;
use bevy_egui::egui::{Id, Response, Ui, WidgetInfo, WidgetText, WidgetType};
use egui_dock::{DockArea, DockState, NodeIndex, Style, TabViewer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Panels by name.
#[derive(Resource, Default)]
pub struct Panels(BTreeMap<&'static str, Panel>);

#[derive(Clone, Copy)]
struct Panel {
    draw: SystemId<InMut<'static, Ui>>,
    /// Takes the whole tab, without scroll bars.
    canvas: bool,
}

impl Panels {
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

pub trait AddPanel {
    /// A panel that scrolls when it is larger than its tab.
    fn add_panel<M>(&mut self, name: &'static str, draw: impl IntoSystem<InMut<'static, Ui>, (), M> + 'static) -> &mut Self;
    /// A panel that fills its tab whatever the size.
    fn add_canvas<M>(&mut self, name: &'static str, draw: impl IntoSystem<InMut<'static, Ui>, (), M> + 'static) -> &mut Self;
}

impl AddPanel for App {
    fn add_panel<M>(&mut self, name: &'static str, draw: impl IntoSystem<InMut<'static, Ui>, (), M> + 'static) -> &mut Self {
        add(self, name, false, draw)
    }

    fn add_canvas<M>(&mut self, name: &'static str, draw: impl IntoSystem<InMut<'static, Ui>, (), M> + 'static) -> &mut Self {
        add(self, name, true, draw)
    }
}

fn add<'a, M>(
    app: &'a mut App,
    name: &'static str,
    canvas: bool,
    draw: impl IntoSystem<InMut<'static, Ui>, (), M> + 'static,
) -> &'a mut App {
    let draw = app.world_mut().register_system(draw);
    app.world_mut().get_resource_or_init::<Panels>().0.insert(name, Panel { draw, canvas });
    app
}

/// One job's arrangement of tabs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layout {
    pub job: String,
    dock: DockState<String>,
    /// Panels that were on offer when it was kept: one that is not there was closed, and is not new.
    #[serde(default)]
    offered: BTreeSet<String>,
}

/// How a layout is described: a tab group and what is split off from it.
pub struct Split {
    pub at: Side,
    /// Share that the first group keeps.
    pub keep: f32,
    pub tabs: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    Below,
}

impl Layout {
    /// `main` in the middle; each split takes its share off what the middle has left.
    pub fn new(job: &str, main: &[&str], splits: &[Split]) -> Self {
        let owned = |tabs: &[&str]| tabs.iter().map(|&tab| tab.to_owned()).collect::<Vec<_>>();
        let mut dock = DockState::new(owned(main));
        let tree = dock.main_surface_mut();
        let mut middle = NodeIndex::root();
        for split in splits {
            let tabs = owned(split.tabs);
            [middle, _] = match split.at {
                Side::Left => tree.split_left(middle, 1.0 - split.keep, tabs),
                Side::Right => tree.split_right(middle, split.keep, tabs),
                Side::Below => tree.split_below(middle, split.keep, tabs),
            };
        }
        let offered = dock.iter_all_tabs().map(|(_, tab)| tab.clone()).collect();
        Self { job: job.to_owned(), dock, offered }
    }
}

/// The layouts of all jobs, and which one is on the screen.
#[derive(Resource, Clone, Serialize, Deserialize)]
pub struct Layouts {
    layouts: Vec<Layout>,
    current: usize,
    /// As delivered, to go back to.
    #[serde(skip)]
    delivered: Vec<Layout>,
}

impl Layouts {
    pub fn new(delivered: Vec<Layout>) -> Self {
        Self { layouts: delivered.clone(), current: 0, delivered }
    }

    /// As they were left.  Layouts of jobs that this version lacks are dropped, new ones are added; what cannot be read
    /// changes nothing.
    pub fn remember(&mut self, json: &str) {
        let Ok(mut json) = serde_json::from_str::<Value>(json) else {
            return;
        };
        mend(&mut json);
        let Ok(kept) = serde_json::from_value::<Self>(json) else {
            return;
        };
        let current = kept.layouts.get(kept.current).map(|layout| layout.job.clone());
        for layout in &mut self.layouts {
            if let Some(kept) = kept.layouts.iter().find(|kept| kept.job == layout.job && kept.dock.iter_all_tabs().next().is_some()) {
                let delivered = std::mem::replace(&mut layout.dock, kept.dock.clone());
                for tab in layout.offered.difference(&kept.offered) {
                    open_beside(&mut layout.dock, tab, &delivered);
                }
                layout.offered.extend(kept.offered.iter().cloned());
            }
        }
        self.current = current.and_then(|job| self.layouts.iter().position(|layout| layout.job == job)).unwrap_or(0);
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn jobs(&self) -> impl Iterator<Item = &str> {
        self.layouts.iter().map(|layout| layout.job.as_str())
    }

    pub fn current(&self) -> usize {
        self.current
    }

    pub fn choose(&mut self, at: usize) {
        self.current = at.min(self.layouts.len().saturating_sub(1));
    }

    /// The current job's layout as it was delivered.
    pub fn reset(&mut self) {
        if let (Some(layout), Some(delivered)) = (self.layouts.get_mut(self.current), self.delivered.get(self.current)) {
            *layout = delivered.clone();
        }
    }

    /// Brings a panel to the front, opening it in the current layout if it is nowhere.
    pub fn show(&mut self, panel: &str) {
        let Some(layout) = self.layouts.get_mut(self.current) else { return };
        match layout.dock.find_tab(&panel.to_owned()) {
            Some(path) => layout.dock.set_active_tab(path).unwrap_or_default(),
            None => layout.dock.push_to_first_leaf(panel.to_owned()),
        }
    }

    pub fn shows(&self, panel: &str) -> bool {
        self.layouts.get(self.current).is_some_and(|layout| layout.dock.find_tab(&panel.to_owned()).is_some())
    }
}

/// Adds a panel behind those that it was delivered together with, unless it is there.
fn open_beside(dock: &mut DockState<String>, tab: &String, delivered: &DockState<String>) {
    if dock.find_tab(tab).is_some() {
        return;
    }
    let neighbours = delivered.iter_leaves().map(|(_, leaf)| &leaf.tabs).find(|tabs| tabs.contains(tab));
    let is_near = |tabs: &[String]| neighbours.is_some_and(|near| near.iter().any(|near| tabs.contains(near)));
    if let Some((_, leaf)) = dock.iter_leaves_mut().find(|(_, leaf)| is_near(&leaf.tabs)) {
        leaf.tabs.push(tab.clone());
        return;
    }
    dock.push_to_first_leaf(tab.clone());
}

/// Tabs that were never drawn lie at infinity, for which JSON has no number.
fn mend(json: &mut Value) {
    match json {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if value.is_null() && (name == "x" || name == "y") {
                    *value = 0.0.into();
                }
                mend(value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(mend),
        _ => {}
    }
}

/// Draws the current layout into what is left of `ui`.
pub fn dock_ui(world: &mut World, ui: &mut Ui) {
    let Some(mut layouts) = world.remove_resource::<Layouts>() else {
        return;
    };
    let current = layouts.current;
    if let Some(layout) = layouts.layouts.get_mut(current) {
        let mut style = Style::from_egui(ui.style());
        super::theme::dock(&mut style);
        let id = Id::new(("dock", &layout.job));
        DockArea::new(&mut layout.dock)
            .id(id)
            .style(style)
            .show_leaf_collapse_buttons(false)
            .show_leaf_close_all_buttons(false)
            .show_inside(ui, &mut Viewer { world });
    }
    world.insert_resource(layouts);
}

struct Viewer<'a> {
    world: &'a mut World,
}

impl Viewer<'_> {
    fn panel(&self, tab: &str) -> Option<Panel> {
        self.world.get_resource::<Panels>().and_then(|panels| panels.0.get(tab)).copied()
    }
}

impl TabViewer for Viewer<'_> {
    type Tab = String;

    fn id(&mut self, tab: &mut String) -> Id {
        Id::new(("tab", tab.as_str()))
    }

    fn title(&mut self, tab: &mut String) -> WidgetText {
        tab.as_str().into()
    }

    fn on_tab_button(&mut self, tab: &mut String, response: &Response) {
        response.widget_info(|| WidgetInfo::labeled(WidgetType::SelectableLabel, true, tab.as_str()));
    }

    fn ui(&mut self, ui: &mut Ui, tab: &mut String) {
        let Some(panel) = self.panel(tab) else {
            ui.weak("This panel is not part of this version");
            return;
        };
        if let Err(error) = self.world.run_system_with(panel.draw, ui) {
            ui.colored_label(super::theme::DANGER, format!("{tab} cannot be drawn: {error}"));
        }
    }

    fn scroll_bars(&self, tab: &String) -> [bool; 2] {
        let canvas = self.panel(tab).is_some_and(|panel| panel.canvas);
        [false, !canvas]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivered() -> Layouts {
        let split = Split { at: Side::Below, keep: 0.6, tabs: &["Timeline"] };
        Layouts::new(vec![Layout::new("Venue", &["Stage"], &[]), Layout::new("Score", &["Stage", "Patterns"], &[split])])
    }

    #[test]
    fn a_layout_is_remembered_by_its_job_and_can_be_had_back_as_delivered() {
        let mut layouts = delivered();
        layouts.choose(1);
        layouts.show("Patch");
        assert!(layouts.shows("Patch"));
        let kept = layouts.to_json();
        let mut again = delivered();
        again.remember(&kept);
        assert_eq!(again.current(), 1);
        assert!(again.shows("Patch") && again.shows("Timeline"));
        again.reset();
        assert!(!again.shows("Patch") && again.shows("Timeline"));
    }

    #[test]
    fn a_new_panel_stands_beside_its_neighbours_and_a_closed_one_stays_closed() {
        let mut layouts = delivered();
        layouts.choose(1);
        let closed = layouts.layouts[1].dock.find_tab(&"Patterns".to_owned()).unwrap();
        layouts.layouts[1].dock.remove_tab(closed);
        let kept = layouts.to_json();
        let split = Split { at: Side::Below, keep: 0.6, tabs: &["Timeline", "Minimap"] };
        let mut newer = Layouts::new(vec![Layout::new("Venue", &["Stage"], &[]), Layout::new("Score", &["Stage", "Patterns"], &[split])]);
        newer.remember(&kept);
        assert!(newer.shows("Minimap") && !newer.shows("Patterns"));
        let beside = newer.layouts[1].dock.iter_leaves().find(|(_, leaf)| leaf.tabs.contains(&"Minimap".to_owned())).unwrap();
        assert_eq!(beside.1.tabs, ["Timeline", "Minimap"]);
    }

    #[test]
    fn a_layout_that_cannot_be_read_changes_nothing() {
        let mut layouts = delivered();
        layouts.remember("{\"layouts\":17}");
        assert_eq!(layouts.jobs().collect::<Vec<_>>(), ["Venue", "Score"]);
    }
}
