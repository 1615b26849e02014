//! The assembled world without a screen: the order of its systems, and that a stall moves no lamp.

use bevy::ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel};

use super::*;

#[test]
fn nothing_in_the_shows_systems_is_ordered_by_chance() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, show_plugins));
    for label in [Update.intern(), PreUpdate.intern(), PostUpdate.intern()] {
        app.edit_schedule(label, |schedule| {
            schedule.set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, ..default() });
        });
    }
    app.update();
}
