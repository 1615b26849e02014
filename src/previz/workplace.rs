//! What every picture of the rig shares: hands and handles, what is written over it, the menu of a lamp, why it is on, and
//! definitions dropped into it.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, Pos2, Response, Ui};
use uuid::Uuid;

use super::bench::Bench;
use super::hands::{Hands, How, Scene, Want, paint_ways};
use super::landing::landing;
use super::marks::Marks;
use super::overlay;
use super::sight::Sight;
use super::stage::Room;
use super::why::{self, Names, Why};
use crate::document::plugin::{Edit, Told, Travel};
use crate::document::selection::Selection;
use crate::engine::rig::HeadIdx;
use crate::engine::{Annotation, Cue, Rig};
use crate::registry::TableId;
use crate::show::plugin::{CurrentFrame, CurrentLive, CurrentProgram, Part, PatternGraphs};
use crate::venue::edits::add::{New, add};
use crate::venue::panel::arrange::Ghosts;
use crate::venue::panel::groups::GroupShown;
use crate::venue::panel::library::Dragged;
use crate::venue::plugin::{Definitions, OpenVenue};

/// The world as far as hands need it.
#[derive(SystemParam)]
pub struct Workplace<'w, 's> {
    pub rig: Res<'w, Part<Rig>>,
    pub marks: Res<'w, Marks>,
    pub bench: ResMut<'w, Bench>,
    pub room: Res<'w, Room>,
    selection: ResMut<'w, Selection>,
    ghosts: Res<'w, Ghosts>,
    group_shown: Res<'w, GroupShown>,
    answer: ResMut<'w, Answer>,
    pub frame: Res<'w, CurrentFrame>,
    program: Res<'w, CurrentProgram>,
    live: Res<'w, CurrentLive>,
    score: (Res<'w, Part<Vec<Annotation>>>, Res<'w, Part<PatternGraphs>>, Res<'w, Part<Vec<Cue>>>),
    venue: OpenVenue<'w, 's>,
    definitions: Res<'w, Definitions>,
    edits: MessageWriter<'w, Edit>,
    travel: MessageWriter<'w, Travel>,
    told: MessageWriter<'w, Told>,
    pub focus: ResMut<'w, FocusOnSelection>,
}

/// What is said about a lamp, and whose menu is open.
#[derive(Resource, Default)]
pub struct Answer {
    why: Option<(Why, Pos2)>,
    menu: Option<usize>,
}

/// Asks every picture to show the selected fixtures: so often as it was asked.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FocusOnSelection(pub u32);

impl FocusOnSelection {
    pub fn ask(&mut self) {
        self.0 = self.0.wrapping_add(1);
    }
}

impl Workplace<'_, '_> {
    /// One frame of the pointer over a picture; paints what lies over it.
    pub fn work(&mut self, ui: &mut Ui, hands: &mut Hands, response: &Response, sight: &Sight, plan: bool) {
        let rig = self.rig.get().clone();
        if !self.marks.fits(&rig) {
            return;
        }
        hands.look(&rig, sight);
        let wants = {
            let scene = Scene { rig: &rig, sight, marks: &self.marks, bench: &self.bench, plan };
            let wants = hands.follow(ui, response, &scene);
            let painter = ui.painter().with_clip_rect(sight.rect);
            overlay::paint(&painter, &scene, hands.places(), self.group_shown.name.as_deref());
            paint_ways(&painter, sight, &self.ghosts.before, &self.ghosts.after);
            hands.paint(ui, &scene);
            wants
        };
        let pointer = ui.input(|input| input.pointer.latest_pos()).map(|at| at + egui::vec2(24.0, 12.0));
        for want in wants {
            self.grant(&rig, want, pointer);
        }
        self.menu(response, &rig, pointer);
        self.dropped(ui, response, sight);
        self.say_why(ui);
    }

    fn grant(&mut self, rig: &Rig, want: Want, pointer: Option<Pos2>) {
        let key = |at: usize| (TableId::Fixtures, rig.fixtures[at].id);
        match want {
            Want::Pick(how, fixtures) => {
                let keys = fixtures.into_iter().map(key);
                match how {
                    How::Set => self.selection.set(keys),
                    How::Add => self.selection.add(keys),
                    How::Toggle => keys.for_each(|key| self.selection.toggle(key)),
                    How::Remove => {
                        let gone: std::collections::BTreeSet<_> = keys.collect();
                        let kept: Vec<Uuid> =
                            self.selection.of(TableId::Fixtures).filter(|id| !gone.contains(&(TableId::Fixtures, *id))).collect();
                        self.selection.set(kept.into_iter().map(|id| (TableId::Fixtures, id)));
                    }
                }
            }
            Want::Edit(edit) => drop(self.edits.write(Edit(edit))),
            Want::TakeBack => drop(self.travel.write(Travel::Undo)),
            Want::Clicked(head) if self.bench.asking => self.ask(head, pointer),
            Want::Clicked(_) => {}
            Want::Menu(fixture) => self.answer.menu = Some(fixture),
        }
    }

    fn menu(&mut self, response: &Response, rig: &Rig, pointer: Option<Pos2>) {
        let Some(fixture) = self.answer.menu.filter(|&at| at < rig.fixtures.len()) else { return };
        let open = response.context_menu(|ui| {
            ui.strong(&rig.fixtures[fixture].label);
            if ui.button("Why is it on?").clicked() {
                let heads = rig.heads_of(fixture);
                let level = |head: &HeadIdx| self.frame.0.dimmer.get(*head as usize).copied().unwrap_or(0.0);
                let brightest = heads.clone().max_by(|a, b| level(a).total_cmp(&level(b)).then(b.cmp(a)));
                self.ask(brightest.unwrap_or(heads.start), pointer);
                ui.close();
            }
            if ui.button("Look at it").clicked() {
                self.selection.set([(TableId::Fixtures, rig.fixtures[fixture].id)]);
                self.focus.ask();
                ui.close();
            }
            if ui.button("Select all of its kind").clicked() {
                let kind = &rig.fixtures[fixture].kind;
                let same =
                    rig.fixtures.iter().filter(|other| other.kind.model == kind.model && other.kind.manufacturer == kind.manufacturer);
                self.selection.set(same.map(|other| (TableId::Fixtures, other.id)));
                ui.close();
            }
            for &group in self.marks.groups_of.get(fixture).map(Vec::as_slice).unwrap_or_default() {
                let group = &rig.groups[usize::from(group)];
                if ui.button(format!("Select group {}", group.name)).clicked() {
                    let of = |&head: &HeadIdx| (TableId::Fixtures, rig.fixtures[rig.heads[head as usize].fixture as usize].id);
                    self.selection.set(group.members.iter().map(of));
                    ui.close();
                }
            }
        });
        if open.is_none() && !response.secondary_clicked() {
            self.answer.menu = None;
        }
    }

    fn ask(&mut self, head: HeadIdx, at: Option<Pos2>) {
        let Some(program) = &self.program.program else { return };
        let (annotations, patterns, cues) = &self.score;
        let pattern = |id: Uuid| {
            let placed = annotations.get().iter().find(|known| known.id == id);
            placed
                .and_then(|placed| patterns.get().get(&placed.pattern))
                .map_or_else(|| "a pattern".to_owned(), |pattern| pattern.name.clone())
        };
        let cue = |id: Uuid| cues.get().iter().find(|cue| cue.id == id).map_or_else(String::new, |cue| format!("\"{}\"", cue.name));
        let names = Names { annotation: &pattern, cue: &cue };
        let before = self.answer.why.as_ref().map(|(_, at)| *at);
        let at = at.or(before).unwrap_or(Pos2::new(120.0, 120.0));
        self.answer.why = why::ask(program, self.frame.0.window, &self.live.0, head, &names).map(|why| (why, at));
    }

    fn say_why(&mut self, ui: &Ui) {
        let Some((why, at)) = &self.answer.why else { return };
        let (head, at, mut again) = (why.head, *at, false);
        if !why::why_ui(ui.ctx(), why, at, &mut again) {
            self.answer.why = None;
        } else if again {
            self.ask(head, Some(at));
        }
    }

    /// A definition that was let go of over the picture hangs where the pointer was.
    fn dropped(&mut self, ui: &Ui, response: &Response, sight: &Sight) {
        let Some(pointer) = ui.input(|input| input.pointer.latest_pos()).filter(|_| response.contains_pointer()) else { return };
        if response.dnd_hover_payload::<Dragged>().is_some() {
            let at = landing(&sight.ray(pointer), &self.room.scenery).and_then(|at| sight.place(at));
            if let Some(at) = at {
                ui.painter().circle_stroke(at, 9.0, egui::Stroke::new(2.0, crate::ui::theme::ACCENT));
            }
        }
        let Some(dragged) = response.dnd_release_payload::<Dragged>() else { return };
        let (Some(venue), Some(at)) = (self.venue.get(), landing(&sight.ray(pointer), &self.room.scenery)) else {
            self.told.write(Told::Refused("There is nothing here that a lamp could hang on".to_owned()));
            return;
        };
        let new = New { middle: at.to_array(), n: 1, at: None, ..dragged.one() };
        match add(&venue, &self.definitions.0, &new, Uuid::now_v7) {
            Ok((edit, ids)) => {
                self.edits.write(Edit(edit));
                self.selection.set(ids.into_iter().map(|id| (TableId::Fixtures, id)));
            }
            Err(error) => drop(self.told.write(Told::Refused(error.to_string()))),
        }
    }
}
