//! Everything a user can do by name: listed in the palette (Ctrl+K), with its shortcut, and run from both.
//!
//! An action is a system.  Its domain registers it; nobody else knows that it exists.  Typing into a field is never taken
//! for a command: plain keys wait until no text field has the focus, chords with Ctrl do not.  A button that was clicked keeps
//! egui's focus, and must not keep Space from playing.

use bevy::ecs::system::SystemId;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align, Context, Event, InputState, Key, KeyboardShortcut, Layout, Modifiers, RichText, TextEdit};

use super::theme;

#[derive(Clone, Copy)]
struct Action {
    label: &'static str,
    shortcut: Option<KeyboardShortcut>,
    run: SystemId,
}

/// All actions, in the order of registering.
#[derive(Resource, Default)]
pub struct Actions(Vec<Action>);

impl Actions {
    /// Label and shortcut of each, for settings and help.
    pub fn list(&self, ctx: &Context) -> Vec<(&'static str, String)> {
        self.0.iter().map(|action| (action.label, action.shortcut.map(|keys| ctx.format_shortcut(&keys)).unwrap_or_default())).collect()
    }
}

pub const CTRL: Modifiers = Modifiers::COMMAND;
pub const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

pub trait AddAction {
    fn add_action<M>(
        &mut self,
        label: &'static str,
        keys: Option<(Modifiers, Key)>,
        run: impl IntoSystem<(), (), M> + 'static,
    ) -> &mut Self;
}

impl AddAction for App {
    fn add_action<M>(
        &mut self,
        label: &'static str,
        keys: Option<(Modifiers, Key)>,
        run: impl IntoSystem<(), (), M> + 'static,
    ) -> &mut Self {
        let run = self.world_mut().register_system(run);
        let shortcut = keys.map(|(modifiers, key)| KeyboardShortcut::new(modifiers, key));
        self.world_mut().get_resource_or_init::<Actions>().0.push(Action { label, shortcut, run });
        self
    }
}

/// The palette, while it is open.
#[derive(Resource, Default)]
pub struct Palette(Option<Search>);

#[derive(Default)]
struct Search {
    text: String,
    chosen: usize,
    new: bool,
}

impl Palette {
    pub fn open(&mut self) {
        self.0 = Some(Search { new: true, ..Search::default() });
    }
}

/// Runs what was pressed in this frame.  Before panels are drawn, so that none of them sees the keys.
pub fn press(world: &mut World, ctx: &Context) {
    let typing = ctx.text_edit_focused();
    // A slider that has the focus is moved by arrows.
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let flying = ctx.input(|input| input.pointer.secondary_down());
    let Some(actions) = world.get_resource::<Actions>() else { return };
    // Longer chords first: Ctrl+Shift+Z is no Ctrl+Z.
    let mut shortcuts: Vec<(KeyboardShortcut, SystemId)> =
        actions.0.iter().filter_map(|action| action.shortcut.map(|keys| (keys, action.run))).collect();
    shortcuts.sort_by_key(|(keys, _)| !keys.modifiers.shift);
    let arrow = |key| matches!(key, Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown);
    let text = |key| matches!(key, Key::A | Key::C | Key::X | Key::V);
    let free = |keys: &KeyboardShortcut| {
        let chord = keys.modifiers.command || keys.modifiers.ctrl;
        // While the right button is held, letters fly a camera.
        let taken = if flying && !chord {
            true
        } else if chord {
            typing && text(keys.logical_key)
        } else {
            typing || (focused && arrow(keys.logical_key))
        };
        !taken
    };
    let pressed: Vec<SystemId> = ctx.input_mut(|input| {
        let mut hit = |keys: &KeyboardShortcut| free(keys) && (take_clipboard(input, keys) || input.consume_shortcut(keys));
        shortcuts.iter().filter(|(keys, _)| hit(keys)).map(|&(_, run)| run).collect()
    });
    for run in pressed {
        run_action(world, run);
    }
}

/// Whether somebody copied, cut or pasted, which egui tells by events of their own.
fn take_clipboard(input: &mut InputState, keys: &KeyboardShortcut) -> bool {
    if keys.modifiers != CTRL {
        return false;
    }
    let meant = |event: &Event| match event {
        Event::Copy => keys.logical_key == Key::C,
        Event::Cut => keys.logical_key == Key::X,
        Event::Paste(_) => keys.logical_key == Key::V,
        _ => false,
    };
    let found = input.events.iter().any(meant);
    if found {
        // The key itself comes along; once is enough.
        input.events.retain(|event| !meant(event));
        input.consume_shortcut(keys);
    }
    found
}

fn run_action(world: &mut World, run: SystemId) {
    if let Err(error) = world.run_system(run) {
        warn!("{error}");
    }
}

/// Draws the palette if it is open, and runs what is chosen.
pub fn palette(world: &mut World, ctx: &Context) {
    let Some(mut search) = world.get_resource_mut::<Palette>().and_then(|mut palette| palette.0.take()) else {
        return;
    };
    let actions: Vec<Action> = world.get_resource::<Actions>().map(|actions| actions.0.clone()).unwrap_or_default();
    let found: Vec<&Action> = actions.iter().filter(|action| matches(&search.text, action.label)).collect();
    let (close, run) = palette_ui(ctx, &mut search, &found);
    let run = run.and_then(|at| found.get(at)).map(|action| action.run);
    if !close && run.is_none() {
        world.insert_resource(Palette(Some(search)));
    }
    if let Some(run) = run {
        run_action(world, run);
    }
}

fn palette_ui(ctx: &Context, search: &mut Search, found: &[&Action]) -> (bool, Option<usize>) {
    let (up, down, enter, escape) = ctx.input_mut(|input| {
        let mut key = |key| input.consume_key(Modifiers::NONE, key);
        (key(Key::ArrowUp), key(Key::ArrowDown), key(Key::Enter), key(Key::Escape))
    });
    let last = found.len().saturating_sub(1);
    search.chosen = (search.chosen + usize::from(down)).saturating_sub(usize::from(up)).min(last);
    let mut run = enter.then_some(search.chosen);
    let modal = egui::Modal::new("palette".into()).show(ctx, |ui| {
        ui.set_width(440.0);
        let field = ui.add(TextEdit::singleline(&mut search.text).hint_text("What do you want to do?").desired_width(f32::INFINITY));
        if search.new {
            field.request_focus();
            search.new = false;
        }
        if field.changed() {
            search.chosen = 0;
        }
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for (at, action) in found.iter().enumerate() {
                let keys = action.shortcut.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
                let row = ui.horizontal(|ui| {
                    let row = ui.selectable_label(at == search.chosen, action.label);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.label(RichText::new(keys).monospace().color(theme::faint(ui)))
                    });
                    row
                });
                if row.inner.clicked() {
                    run = Some(at);
                }
                if at == search.chosen && (up || down) {
                    row.inner.scroll_to_me(None);
                }
            }
            if found.is_empty() {
                ui.weak("Nothing is called that");
            }
        });
    });
    (escape || modal.should_close(), run)
}

/// Whether every word of the search begins a word of the label.
fn matches(search: &str, label: &str) -> bool {
    let label = label.to_lowercase();
    let begins = |word: &str| label.split_whitespace().any(|of| of.trim_start_matches(['(', '"']).starts_with(word));
    search.to_lowercase().split_whitespace().all(|word| begins(word) || label.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_by_the_beginnings_of_words() {
        assert!(matches("un", "Undo"));
        assert!(matches("fi add", "Add a fixture"));
        assert!(!matches("redo", "Undo"));
        assert!(matches("", "Anything"));
    }
}
