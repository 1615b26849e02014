//! The one catalogue of node kinds.  A kind is one file (or shares one with its family): ports, parameters, words,
//! `build` and its test; adding one costs that file and one line in [`ALL`].

pub mod features;
mod pulse;
pub mod random;
pub mod spec;
pub mod steering;

pub mod arithmetic;
pub mod audio;
pub mod bars;
pub mod beat_envelope;
pub mod color;
pub mod drum_onset_envelope;
pub mod get_attribute;
pub mod harmony;
pub mod inputs;
pub mod look_at_position;
pub mod movement;
pub mod observed;
pub mod ramp;
pub mod random_position;
pub mod random_select_mask;
pub mod select;
pub mod sinks;
pub mod smooth_movement;
pub mod time_delay;
pub mod views;
pub mod waves;

use spec::NodeSpec;

/// Every kind, in the order of the editor's palette.
pub const ALL: &[&NodeSpec] = &[
    &inputs::AUDIO_INPUT,
    &inputs::BEAT_CLOCK,
    &inputs::PATTERN_ARGS,
    &inputs::SCALAR,
    &inputs::COLOR,
    &audio::STEM_SPLITTER,
    &audio::LOWPASS_FILTER,
    &audio::HIGHPASS_FILTER,
    &audio::FREQUENCY_AMPLITUDE,
    &beat_envelope::BEAT_ENVELOPE,
    &drum_onset_envelope::DRUM_ONSET_ENVELOPE,
    &harmony::HARMONY_ANALYSIS,
    &harmony::HARMONIC_TENSION,
    &bars::BAR_ENERGY,
    &bars::SECTION_CHANGE,
    &views::VIEW_SIGNAL,
    &views::VIEW_UV,
    &views::MEL_SPEC_VIEWER,
    &select::SELECT,
    &select::FILTER_SELECTION,
    &select::MIRROR,
    &get_attribute::GET_ATTRIBUTE,
    &random_select_mask::RANDOM_SELECT_MASK,
    &arithmetic::MATH,
    &arithmetic::ROUND,
    &arithmetic::THRESHOLD,
    &observed::NORMALIZE,
    &observed::INVERT,
    &arithmetic::FALLOFF,
    &arithmetic::MODULO,
    &arithmetic::REMAP,
    &ramp::RAMP,
    &ramp::RAMP_BETWEEN,
    &waves::SINE_WAVE,
    &waves::NOISE,
    &time_delay::TIME_DELAY,
    &smooth_movement::SMOOTH_MOVEMENT,
    &random_position::RANDOM_POSITION,
    &movement::ORBIT,
    &movement::CIRCLE,
    &movement::FIGURE_8,
    &movement::SWEEP,
    &movement::WANDER,
    &color::GRADIENT,
    &color::CHROMA_PALETTE,
    &color::SPECTRAL_SHIFT,
    &color::RAINBOW,
    &color::HSV,
    &look_at_position::LOOK_AT_POSITION,
    &sinks::APPLY_DIMMER,
    &sinks::APPLY_COLOR,
    &sinks::APPLY_POSITION,
    &sinks::APPLY_MOVEMENT,
    &sinks::APPLY_STROBE,
    &sinks::APPLY_SPEED,
    &sinks::APPLY_BEAM,
    &sinks::APPLY_GOBO,
];

pub fn find(type_id: &str) -> Option<&'static NodeSpec> {
    ALL.iter().copied().find(|spec| spec.type_id == type_id)
}
