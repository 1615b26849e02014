//! How the desk was left: layouts are kept on this device and found again.

use std::time::Duration;

use bevy::prelude::*;

use crate::store::plugin::{Closing, Keeper};
use crate::ui::shell::Layouts;

const LAYOUTS: &str = "ui_layouts";
const EVERY: Duration = Duration::from_secs(10);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, recall.run_if(resource_exists::<Keeper>))
        .add_systems(Last, keep.before(Closing).run_if(resource_exists::<Keeper>));
}

fn recall(keeper: Res<Keeper>, mut layouts: ResMut<Layouts>) {
    if let Some(json) = keeper.setting(LAYOUTS) {
        layouts.remember(&json);
    }
}

fn keep(
    keeper: Res<Keeper>,
    layouts: Res<Layouts>,
    time: Res<Time<Real>>,
    mut exits: MessageReader<AppExit>,
    mut kept_at: Local<Duration>,
) {
    let leaving = exits.read().next().is_some();
    if leaving || time.elapsed() >= *kept_at + EVERY {
        *kept_at = time.elapsed();
        keeper.set_setting(LAYOUTS, layouts.to_json());
    }
}
