//! Which modifiers were down when a key was pressed, at any number of frames a second.
//!
//! `bevy_egui` gives every key of a frame the modifiers of the frame's end.  At a few frames a second Ctrl is let go before that,
//! and Ctrl+Z arrives as a Z: it zooms and is typed into fields.  The order of the keys is known, so it is put right here,
//! between their reading and their use.
//!
//! It also tells egui the modifiers anew in every frame.  egui draws once more after whatever it is told, so that a window would
//! never rest; here it hears of modifiers when they change.

use bevy::ecs::message::MessageMutator;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::egui::{self, Event, Modifiers};
use bevy_egui::helpers::{bevy_to_egui_key, bevy_to_egui_physical_key};
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiInput, EguiInputSet, EguiPreUpdateSet, PrimaryEguiContext};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, mend_chords.after(EguiInputSet::ReadBevyMessages).before(EguiInputSet::WriteEguiEvents))
        .add_systems(PreUpdate, only_changes.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass));
}

fn only_changes(mut inputs: Query<&mut EguiInput, With<PrimaryEguiContext>>, mut last: Local<Option<Modifiers>>) {
    for mut input in &mut inputs {
        input.events.retain(|event| match event {
            Event::ModifiersChanged(now) => last.replace(*now) != Some(*now),
            _ => true,
        });
    }
}

fn mend_chords(
    mut held: Local<Modifiers>,
    mut keys: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    mut events: MessageMutator<EguiInputEvent>,
    primary: Query<Entity, With<PrimaryEguiContext>>,
) {
    if lost.read().count() > 0 {
        *held = Modifiers::default();
    }
    let primary = primary.iter().next();
    let mut events: Vec<&mut Event> = events.read().filter(|event| Some(event.context) == primary).map(|event| &mut event.event).collect();
    mend(&mut held, keys.read(), &mut events);
}

/// Gives the key events of a frame, which stand in the order of `keys`, the modifiers of their moment.  What was typed with
/// Ctrl down is no text, but may be a copy or a cut.
fn mend<'a>(held: &mut Modifiers, keys: impl Iterator<Item = &'a KeyboardInput>, events: &mut [&mut Event]) {
    let mut next = 0;
    for input in keys {
        let down = input.state.is_pressed();
        match input.logical_key {
            Key::Shift => held.shift = down,
            Key::Control => held.ctrl = down,
            Key::Alt => held.alt = down,
            Key::Super | Key::Meta => held.mac_cmd = down && cfg!(target_os = "macos"),
            _ => {}
        }
        held.command = if cfg!(target_os = "macos") { held.mac_cmd } else { held.ctrl };
        let Some(key) = bevy_to_egui_key(&input.logical_key).or(bevy_to_egui_physical_key(&input.key_code)) else { continue };
        let of_input = |event: &Event| matches!(event, Event::Key { key: its, pressed, .. } if *its == key && *pressed == down);
        let Some(at) = events[next..].iter().position(|event| of_input(event)).map(|at| next + at) else { continue };
        if let Event::Key { modifiers, .. } = &mut *events[at] {
            *modifiers = *held;
        }
        if held.command && down && at > next && matches!(*events[at - 1], Event::Text(_)) {
            *events[at - 1] = match key {
                egui::Key::C => Event::Copy,
                egui::Key::X => Event::Cut,
                _ => Event::Text(String::new()),
            };
        }
        next = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use bevy::input::ButtonState;

    use super::*;

    fn input(logical_key: Key, key_code: KeyCode, state: ButtonState) -> KeyboardInput {
        KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window: Entity::PLACEHOLDER }
    }

    fn key(key: egui::Key, pressed: bool) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::default() }
    }

    #[test]
    fn a_window_at_rest_is_told_nothing() {
        let mut app = App::new();
        app.add_systems(Update, only_changes);
        let context = app.world_mut().spawn((EguiInput::default(), PrimaryEguiContext)).id();
        let mut told = |modifiers: Modifiers| {
            let mut input = app.world_mut().get_mut::<EguiInput>(context).unwrap();
            input.events = vec![Event::ModifiersChanged(modifiers), Event::Copy];
            app.update();
            app.world().get::<EguiInput>(context).unwrap().events.len() - 1
        };
        assert_eq!(told(Modifiers::NONE), 1);
        assert_eq!((told(Modifiers::NONE), told(Modifiers::NONE)), (0, 0));
        assert_eq!((told(Modifiers::CTRL), told(Modifiers::CTRL), told(Modifiers::NONE)), (1, 0, 1));
    }

    #[test]
    fn ctrl_let_go_in_the_frame_of_its_key_still_counts() {
        use ButtonState::{Pressed, Released};
        let (ctrl, z) =
            (|state| input(Key::Control, KeyCode::ControlLeft, state), |state| input(Key::Character("z".into()), KeyCode::KeyZ, state));
        let keys = [ctrl(Pressed), z(Pressed), z(Released), ctrl(Released), z(Pressed)];
        let mut events =
            [Event::Text("z".into()), key(egui::Key::Z, true), key(egui::Key::Z, false), Event::Text("z".into()), key(egui::Key::Z, true)];
        let mut held = Modifiers::default();
        mend(&mut held, keys.iter(), &mut events.iter_mut().collect::<Vec<_>>());
        let chords: Vec<bool> = events
            .iter()
            .filter_map(|event| if let Event::Key { modifiers, .. } = event { Some(modifiers.command) } else { None })
            .collect();
        assert_eq!(chords, [true, true, false]);
        assert_eq!((&events[0], &events[3]), (&Event::Text(String::new()), &Event::Text("z".into())));
        assert_eq!(held, Modifiers::default());
        // Held into the next frame.
        mend(&mut held, [ctrl(Pressed)].iter(), &mut []);
        let mut events = [Event::Text("c".into()), key(egui::Key::C, true)];
        mend(&mut held, [input(Key::Character("c".into()), KeyCode::KeyC, Pressed)].iter(), &mut events.iter_mut().collect::<Vec<_>>());
        assert_eq!(events[0], Event::Copy);
    }
}
