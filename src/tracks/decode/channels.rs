//! More than two channels to two, by where their loudspeakers stand.

use symphonia::core::audio::{Channels, Position};

/// How much of each channel goes left and right.  The low-frequency channel is left out, as broadcasters do.
pub(super) fn fold_down(channels: &Channels) -> Vec<[f32; 2]> {
    const SIDE: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let lefts =
        Position::REAR_LEFT | Position::SIDE_LEFT | Position::TOP_FRONT_LEFT | Position::TOP_REAR_LEFT | Position::FRONT_LEFT_CENTER;
    let rights =
        Position::REAR_RIGHT | Position::SIDE_RIGHT | Position::TOP_FRONT_RIGHT | Position::TOP_REAR_RIGHT | Position::FRONT_RIGHT_CENTER;
    let gains: Vec<[f32; 2]> = match channels {
        Channels::Positioned(positions) => positions
            .iter()
            .map(|position| match position {
                Position::FRONT_LEFT => [1.0, 0.0],
                Position::FRONT_RIGHT => [0.0, 1.0],
                Position::LFE1 | Position::LFE2 => [0.0; 2],
                side if lefts.contains(side) => [SIDE, 0.0],
                side if rights.contains(side) => [0.0, SIDE],
                _ => [0.5; 2],
            })
            .collect(),
        others => vec![[1.0; 2]; others.count()],
    };
    let loudest = (0..2).map(|side| gains.iter().map(|gain| gain[side]).sum::<f32>()).fold(1.0, f32::max);
    gains.into_iter().map(|gain| gain.map(|share| share / loudest)).collect()
}
