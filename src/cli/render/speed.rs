//! How long frames take: the club's lamps, repeated until there are enough, all of them lit, at each quality.

use std::sync::Arc;

use anyhow::Result;
use glam::Vec3;
use uuid::Uuid;

use super::super::{open, refused, status};
use crate::engine::frame::{BeamValue, has};
use crate::engine::{Frame, Rig, Window};
use crate::previz::camera::Eye;
use crate::previz::darkroom::{Darkroom, Look};
use crate::previz::driver::find_driver;
use crate::previz::quality::Tier;
use crate::previz::stage::Room;
use crate::venue::library::Library;

const HEADS: [usize; 4] = [32, 128, 1024, 4096];
const FRAMES: usize = 15;
/// Copies hang so far from each other, in metres.
const APART_M: f32 = 0.55;

pub(super) fn run(look: Look, eye: Eye) -> Result<()> {
    let driver = find_driver().map_err(refused)?;
    let mut darkroom = Darkroom::open_for(look).map_err(refused)?;
    let (venue, club, _) = open::rig("club")?;
    let room = Room::of(&venue, &Library::builtin());
    status::say(&format!("{}, {}x{}; milliseconds a frame until the driver is done", driver.name, look.width, look.height));
    let mut out = std::io::stdout().lock();
    write(&mut out, "heads  fixtures  quality   median     p90  frames  fps\n")?;
    for n_heads in HEADS {
        let rig = Arc::new(repeated(&club, n_heads));
        darkroom.build(rig.clone(), room.clone());
        let frame = all_lit(&rig);
        for tier in Tier::ALL.into_iter().filter(|tier| *tier != Tier::Plan) {
            darkroom.set_tier(tier);
            let mut took = darkroom.time(&frame, eye, FRAMES)?;
            took.sort_by(f64::total_cmp);
            let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize] * 1000.0;
            let (median, p90) = (at(0.5), at(0.9));
            let line = format!(
                "{:>5}  {:>8}  {:<8} {median:>7.1} {p90:>7.1}  {:>6}  {:>4.1}\n",
                rig.heads.len(),
                rig.fixtures.len(),
                tier.label(),
                took.len(),
                1000.0 / median.max(1e-3)
            );
            write(&mut out, &line)?;
        }
    }
    Ok(())
}

fn write(out: &mut impl std::io::Write, line: &str) -> Result<()> {
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}

/// At least so many heads, of the club's lamps in their mixture; copies hang behind and beside each other.
fn repeated(club: &Rig, n_heads: usize) -> Rig {
    let mut fixtures = Vec::new();
    let mut heads = 0;
    // Every seventh, so that even a small rig has some of each.
    let order = (0..club.fixtures.len()).map(|at| at * 7 % club.fixtures.len());
    for (at, from) in order.cycle().enumerate() {
        if heads >= n_heads {
            break;
        }
        let copy = (at / club.fixtures.len()) as f32;
        let mut fixture = club.fixtures[from].clone();
        fixture.id = Uuid::from_u128(at as u128 + 1);
        fixture.pose.position += Vec3::new((copy % 5.0 - 2.0) * APART_M * 0.4, -copy * APART_M * 0.5, (copy % 3.0) * 0.3);
        heads += fixture.kind.head_offsets.len();
        fixtures.push(fixture);
    }
    Rig::new(fixtures, Vec::new())
}

/// Every lamp on, in many colours, heads looking different ways, a gobo in each beam that has one.
fn all_lit(rig: &Rig) -> Frame {
    let mut frame = Frame::default();
    frame.reset(rig.heads.len(), Window::ending(1.0, 0.02));
    for at in 0..rig.heads.len() {
        frame.dimmer[at] = 0.9;
        let hue = at as f32 * 0.61;
        for (channel, column) in frame.color.iter_mut().enumerate() {
            column[at] = (0.5 + 0.5 * (hue + channel as f32 * 2.1).sin()).max(0.05);
        }
        frame.pan[at] = (at as f32 * 0.7).sin() * 60.0;
        frame.tilt[at] = 20.0 + (at as f32 * 0.37).sin() * 30.0;
        frame.beam[BeamValue::Gobo as usize][at] = (1 + at % 5) as f32;
        frame.set[at] = has::COLOR | has::PAN | has::TILT | has::GOBO;
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rig_is_repeated_to_the_size_that_is_asked_for() {
        let (_, club, _) = open::rig("club").unwrap();
        for n in [32, 1024] {
            let rig = repeated(&club, n);
            assert!((n..n + 24).contains(&rig.heads.len()), "{}", rig.heads.len());
            assert_eq!(all_lit(&rig).n_heads(), rig.heads.len());
        }
    }
}
