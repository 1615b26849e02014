//! Pictures of a show that plays without a window.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::headless::Playing;
use super::run::Options;
use super::status;
use crate::engine::{Live, Window};
use crate::previz::camera::CameraPreset;
use crate::previz::darkroom::Darkroom;
use crate::previz::stage::Room;

/// Takes a picture every so often while the show plays; returns how many.  Without a Vulkan driver it says so and takes
/// none: light goes on.
pub(super) fn take(playing: &mut Playing<'_>, out: &Path, options: &Options, taken: usize) -> Result<usize> {
    let mut darkroom = match Darkroom::open(options.size.width, options.size.height) {
        Ok(darkroom) => darkroom,
        Err(error) => {
            status::say(&format!("No pictures: {error}; playing and sending all the same"));
            return Ok(0);
        }
    };
    darkroom.hang(playing.opened.program.clone(), Room::of(&playing.opened.records.venue, &playing.opened.library));
    let every = Duration::from_secs_f64(options.every);
    let mut due = Instant::now();
    let mut count = 0;
    while playing.goes_on() {
        let now = Instant::now();
        if now < due {
            std::thread::park_timeout((due - now).min(Duration::from_millis(20)));
            continue;
        }
        // Pictures that came due while one was taken are skipped, not made up for.
        while due <= now {
            due += every;
        }
        let moment = playing.player.transport().light_at(now, playing.offset);
        let picture = darkroom.take(Window::ending(moment.secs, 1.0 / 44.0), &Live::default(), CameraPreset::FrontOfHouse)?;
        count += 1;
        let path = out.join(format!("{:04}.png", taken + count));
        picture.save(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(count)
}
