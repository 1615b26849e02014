//! How much the picture of the room may cost: tiers, what each leaves out, and who chooses between them.
//!
//! Chosen by hand, or by the time that frames take: a step down when they are slow for a while, a step up only when there is
//! plenty of time, and not soon again to a tier that was too slow.  Light is computed and sent the same in all of them.

use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;

use super::camera;
use super::pools::is_software;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// No room at all: the rig as a plan, drawn like the panels are.
    Plan,
    Plain,
    Balanced,
    #[default]
    Full,
}

/// What a tier pays for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spending {
    /// Fixtures whose light lands as a soft patch.
    pub pools: usize,
    /// Beams whose light lands with its edge and picture.
    pub projectors: usize,
    /// Samples along a ray in a beam: open, and with a picture in it.
    pub steps: (u32, u32),
    /// Depth of the clouds in the haze.
    pub clouds: f32,
    /// Bright things glow.
    pub bloom: bool,
    /// Pixels of the view for each of the screen's, on a graphics card and where the processor draws.
    pub scale: (f32, f32),
}

impl Tier {
    pub const ALL: [Self; 4] = [Self::Full, Self::Balanced, Self::Plain, Self::Plan];

    /// The table: what each tier turns off.
    pub const fn spending(self) -> Spending {
        match self {
            Self::Full => Spending { pools: 192, projectors: 256, steps: (8, 32), clouds: 0.45, bloom: true, scale: (1.0, 1.0) },
            Self::Balanced => Spending { pools: 28, projectors: 32, steps: (6, 18), clouds: 0.45, bloom: true, scale: (1.0, 0.5) },
            Self::Plain => Spending { pools: 12, projectors: 12, steps: (3, 8), clouds: 0.0, bloom: false, scale: (0.5, 0.35) },
            Self::Plan => Spending { pools: 0, projectors: 0, steps: (1, 1), clouds: 0.0, bloom: false, scale: (0.5, 0.5) },
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::Balanced => "Balanced",
            Self::Plain => "Plain",
            Self::Plan => "Plan",
        }
    }

    pub const fn says(self) -> &'static str {
        match self {
            Self::Full => "Everything: the light of all lamps on floor and walls, fine beams, glow",
            Self::Balanced => "The strongest lamps light floor and walls; coarser beams",
            Self::Plain => "Few lamps light floor and walls; no clouds in the haze, no glow, half the pixels",
            Self::Plan => "The rig as a plan: nothing of the room is drawn",
        }
    }

    fn below(self) -> Self {
        match self {
            Self::Full => Self::Balanced,
            Self::Balanced => Self::Plain,
            Self::Plain | Self::Plan => Self::Plan,
        }
    }

    fn above(self) -> Self {
        match self {
            Self::Plan => Self::Plain,
            Self::Plain => Self::Balanced,
            Self::Balanced | Self::Full => Self::Full,
        }
    }
}

/// The tier that is drawn now.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    pub tier: Tier,
    /// Chosen by hand; `None` = by the time that frames take.
    pub by_hand: Option<Tier>,
    pub frames_per_sec: f32,
    software: bool,
    governor: Governor,
}

impl Default for Quality {
    fn default() -> Self {
        Self { tier: Tier::Full, by_hand: None, frames_per_sec: 0.0, software: false, governor: Governor::default() }
    }
}

impl Quality {
    /// One tier for good, as pictures and films have it.
    pub fn fixed(tier: Tier) -> Self {
        Self { tier, by_hand: Some(tier), ..Self::default() }
    }

    /// Where a machine begins: one whose processor draws, a step lower.
    pub fn usual(software: bool) -> Self {
        Self { tier: if software { Tier::Balanced } else { Tier::Full }, software, ..Self::default() }
    }

    pub fn spending(&self) -> Spending {
        self.tier.spending()
    }

    /// Pixels of the view for each of the screen's.
    pub fn scale(&self) -> f32 {
        let (card, processor) = self.spending().scale;
        if self.software { processor } else { card }
    }

    /// What to draw from the next frame on.
    fn measure(&mut self, secs: f32) {
        self.frames_per_sec += (1.0 / secs.max(1e-4) - self.frames_per_sec) * if self.frames_per_sec == 0.0 { 1.0 } else { 0.08 };
        self.tier = match self.by_hand {
            Some(tier) => tier,
            // The plan is somebody's choice: a room that is drawn slowly still tells more.
            None => self.governor.judge(self.tier.max(Tier::Plain), secs).max(Tier::Plain),
        };
    }
}

/// Slower than this is too slow; a processor that draws is forgiven more, for its plain tier is not much quicker.
const SLOW_SECS: f32 = 1.0 / 22.0;
/// Quicker than this leaves time for more.
const QUICK_SECS: f32 = 1.0 / 50.0;
/// So long it has to be slow, or quick, before anything changes.
const SLOW_FOR_SECS: f32 = 1.5;
const QUICK_FOR_SECS: f32 = 5.0;
/// A tier that was too slow is left alone for this long.
const BURNT_SECS: f32 = 90.0;
/// Longer than this, nothing was drawn: the window slept.
const SLEPT_SECS: f32 = 1.0;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Governor {
    slow_secs: f32,
    quick_secs: f32,
    /// The tier that was left for being slow, and for how long it stays so.
    burnt: Option<(Tier, f32)>,
}

impl Governor {
    fn judge(&mut self, tier: Tier, secs: f32) -> Tier {
        if secs > SLEPT_SECS {
            (self.slow_secs, self.quick_secs) = (0.0, 0.0);
            return tier;
        }
        self.burnt = self.burnt.map(|(tier, left)| (tier, left - secs)).filter(|(_, left)| *left > 0.0);
        self.slow_secs = if secs > SLOW_SECS { self.slow_secs + secs } else { (self.slow_secs - secs * 2.0).max(0.0) };
        self.quick_secs = if secs < QUICK_SECS { self.quick_secs + secs } else { 0.0 };
        if self.slow_secs > SLOW_FOR_SECS && tier > Tier::Plain {
            *self = Self { burnt: Some((tier, BURNT_SECS)), ..Self::default() };
            return tier.below();
        }
        let above = tier.above();
        if self.quick_secs > QUICK_FOR_SECS && above > tier && self.burnt.is_none_or(|(burnt, _)| above < burnt) {
            (self.slow_secs, self.quick_secs) = (0.0, 0.0);
            return above;
        }
        tier
    }
}

/// Measures only while the view is drawn all the time.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Measured(pub bool);

/// For the window: begins where the machine stands, measures, and turns the camera's glow on and off.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Measured>()
        .add_systems(PreStartup, |adapter: Option<Res<bevy::render::renderer::RenderAdapterInfo>>, mut commands: Commands| {
            commands.insert_resource(Quality::usual(is_software(adapter.as_deref())));
        })
        .add_systems(Update, (measure, glow).chain());
}

fn measure(time: Res<Time<Real>>, measured: Res<Measured>, mut quality: ResMut<Quality>) {
    let secs = time.delta_secs();
    if secs <= 0.0 {
        return;
    }
    let mut next = *quality;
    if measured.0 {
        next.measure(secs);
    } else if let Some(tier) = next.by_hand {
        next.tier = tier;
    }
    quality.set_if_neq(next);
}

fn glow(quality: Res<Quality>, mut commands: Commands, cameras: Query<(Entity, Has<Bloom>), With<Camera3d>>) {
    let wanted = quality.spending().bloom;
    for (camera, has) in &cameras {
        if wanted && !has {
            commands.entity(camera).insert(camera::glow(quality.software));
        } else if has && !wanted {
            commands.entity(camera).remove::<Bloom>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tier after so many frames of so many seconds.
    fn run(quality: &mut Quality, secs: f32, n_frames: usize) -> Tier {
        (0..n_frames).for_each(|_| quality.measure(secs));
        quality.tier
    }

    #[test]
    fn slow_frames_step_down_and_quick_ones_up_but_not_at_once_back_to_what_was_slow() {
        let mut quality = Quality::usual(false);
        assert_eq!(run(&mut quality, 0.06, 10), Tier::Full, "a moment is not enough");
        assert_eq!(run(&mut quality, 0.06, 20), Tier::Balanced);
        assert_eq!(run(&mut quality, 0.06, 30), Tier::Plain);
        assert_eq!(run(&mut quality, 0.06, 500), Tier::Plain, "the room stays");
        let mut quality = Quality::usual(false);
        run(&mut quality, 0.06, 30);
        assert_eq!(run(&mut quality, 0.01, 3000), Tier::Balanced, "it was too slow half a minute ago");
        assert_eq!(run(&mut quality, 0.01, 7000), Tier::Full, "it may be tried again");
    }

    #[test]
    fn neither_slow_nor_quick_changes_nothing_and_a_window_that_slept_was_not_slow() {
        let mut quality = Quality::usual(true);
        assert_eq!(run(&mut quality, 0.03, 5000), Tier::Balanced);
        assert_eq!(run(&mut quality, 30.0, 50), Tier::Balanced);
        for _ in 0..200 {
            quality.measure(0.06);
            assert_eq!(run(&mut quality, 0.03, 9), Tier::Balanced, "one slow frame in ten");
        }
    }

    #[test]
    fn a_hand_decides_and_each_tier_pays_for_less() {
        let mut quality = Quality { by_hand: Some(Tier::Plan), ..Quality::usual(false) };
        assert_eq!(run(&mut quality, 0.001, 10_000), Tier::Plan);
        for pair in Tier::ALL.windows(2) {
            let (more, less) = (pair[0].spending(), pair[1].spending());
            assert!(more.pools > less.pools && more.projectors > less.projectors && more.steps.1 > less.steps.1);
        }
    }
}
