//! Time that is heard: a decoded track on the machine's sound device.
//!
//! Every start is a new voice over the same samples and every stop ends it, since kira's commands to one voice are applied in a
//! fixed order, not in the order they were given: a start and a stop within one block would come out the wrong way round.
//!
//! The position is that of the newest block handed to the device; what the device buffers beyond that is what the
//! light's offset is for.

use std::time::Instant;

use kira::backend::Backend;
use kira::sound::static_sound::{StaticSoundData, StaticSoundHandle, StaticSoundSettings};
use kira::sound::{EndPosition, PlaybackPosition, PlaybackState, Region};
use kira::{AudioManager, AudioManagerSettings, DefaultBackend, Tween};
use thiserror::Error;

use crate::tracks::model::Sound;

use super::clock::Clock;
use super::transport::{LoopRegion, Transport};

#[derive(Debug, Error)]
pub enum AudioError {
    /// No sound card, or one that cannot be opened: the reason in the system's words.
    #[error("No sound device: the show plays on in silence ({0})")]
    NoDevice(String),
    #[error("The track has no sound to play")]
    Empty,
}

pub struct AudioClock<B: Backend = DefaultBackend> {
    manager: AudioManager<B>,
    data: StaticSoundData,
    voice: Option<StaticSoundHandle>,
}

impl AudioClock {
    /// Opens the default device.
    pub fn open(sound: &Sound) -> Result<Self, AudioError> {
        let data = static_sound(sound)?;
        let manager: Result<AudioManager, _> = AudioManager::new(AudioManagerSettings::default());
        let manager = manager.map_err(|error| AudioError::NoDevice(error.to_string()))?;
        Ok(Self { manager, data, voice: None })
    }
}

impl<B: Backend> AudioClock<B> {
    /// The loop as kira can bear it: inside the sound, since it would count past the end for ever.
    fn region(&self, looping: Option<LoopRegion>) -> Option<Region> {
        let looping = looping?;
        let end_secs = looping.end_secs().min(self.data.duration().as_secs_f64());
        (end_secs - looping.start_secs() > 1.0 / f64::from(self.data.sample_rate)).then(|| Region {
            start: PlaybackPosition::Seconds(looping.start_secs()),
            end: EndPosition::Custom(PlaybackPosition::Seconds(end_secs)),
        })
    }
}

impl<B: Backend + Send + Sync> Clock for AudioClock<B> {
    fn start(&mut self, now: Instant, transport: &Transport) {
        self.stop(now);
        let voice = self
            .data
            .start_position(transport.position_at(now))
            .playback_rate(transport.rate())
            .loop_region(self.region(transport.looping()));
        // Too many voices at once, from seeking wildly: this start is silent, and light plays on by the machine's time.
        self.voice = self.manager.play(voice).ok();
    }

    fn stop(&mut self, _now: Instant) {
        if let Some(mut voice) = self.voice.take() {
            voice.stop(Tween::default());
        }
    }

    fn retune(&mut self, _now: Instant, rate: f64, looping: Option<LoopRegion>) {
        let region = self.region(looping);
        if let Some(voice) = &mut self.voice {
            voice.set_playback_rate(rate, Tween::default());
            voice.set_loop_region(region);
        }
    }

    fn heard_secs(&self, _now: Instant) -> Option<f64> {
        self.voice.as_ref().filter(|voice| voice.state() != PlaybackState::Stopped).map(StaticSoundHandle::position)
    }
}

/// The samples once more, in kira's shape: every voice shares this one copy.
fn static_sound(sound: &Sound) -> Result<StaticSoundData, AudioError> {
    if sound.frames.is_empty() || sound.rate_hz == 0 {
        return Err(AudioError::Empty);
    }
    let frames = sound.frames.iter().map(|&[left, right]| kira::Frame::new(finite(left), finite(right))).collect();
    Ok(StaticSoundData { sample_rate: sound.rate_hz, frames, settings: StaticSoundSettings::new(), slice: None })
}

/// A broken file's NaN must not reach a loudspeaker.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use kira::backend::mock::{MockBackend, MockBackendSettings};

    use super::*;

    const RATE_HZ: u32 = 1000;
    const BLOCK: usize = 100;

    struct Heard {
        clock: AudioClock<MockBackend>,
        now: Instant,
        transport: Transport,
    }

    impl Heard {
        /// A minute of sound on a device that a test runs by hand.
        fn new() -> Self {
            let backend_settings = MockBackendSettings { sample_rate: RATE_HZ };
            let settings = AudioManagerSettings { backend_settings, internal_buffer_size: BLOCK, ..Default::default() };
            let sound = Sound { rate_hz: RATE_HZ, frames: vec![[0.5, -0.5]; 60 * RATE_HZ as usize] };
            let now = Instant::now();
            Self {
                clock: AudioClock { manager: AudioManager::new(settings).unwrap(), data: static_sound(&sound).unwrap(), voice: None },
                now,
                transport: Transport::new(now, 60.0).unwrap(),
            }
        }

        fn start_at(&mut self, secs: f64) {
            self.transport.seek(self.now, secs).unwrap();
            self.clock.start(self.now, &self.transport);
        }

        fn run(&mut self, secs: f64) {
            let device = self.clock.manager.backend_mut();
            for _ in 0..(secs * f64::from(RATE_HZ)) as usize / BLOCK {
                device.on_start_processing();
                device.process();
            }
            device.on_start_processing();
        }

        #[track_caller]
        fn check(&self, want_secs: f64) {
            let got = self.clock.heard_secs(self.now).unwrap();
            assert!((got - want_secs).abs() < 0.15, "heard {got}, not {want_secs}");
        }
    }

    #[test]
    fn sound_starts_where_it_is_told_and_stops() {
        let mut heard = Heard::new();
        assert_eq!(heard.clock.heard_secs(heard.now), None);
        heard.start_at(20.0);
        heard.check(20.0);
        heard.run(2.0);
        heard.check(22.0);
        heard.start_at(5.0);
        heard.run(1.0);
        heard.check(6.0);
        heard.clock.stop(heard.now);
        assert_eq!(heard.clock.heard_secs(heard.now), None);
    }

    #[test]
    fn rate_and_loop_reach_the_sound() {
        let mut heard = Heard::new();
        heard.start_at(10.0);
        heard.clock.retune(heard.now, 2.0, None);
        heard.run(2.0);
        heard.check(14.0);
        heard.clock.retune(heard.now, 1.0, Some(LoopRegion::new(14.0, 16.0).unwrap()));
        heard.run(3.0);
        heard.check(15.0);
        heard.clock.retune(heard.now, 1.0, Some(LoopRegion::new(59.0, 61.0).unwrap()));
        heard.start_at(59.5);
        heard.run(1.0);
        assert_eq!(heard.clock.heard_secs(heard.now), None, "the sound has run out");
    }

    #[test]
    fn without_a_device_or_without_sound_the_reason_is_given() {
        let no_sound = AudioClock::open(&Sound::default()).err().unwrap();
        assert!(matches!(no_sound, AudioError::Empty));
        // Machines with a sound card open it here; those without must say so.
        if let Err(error) = AudioClock::open(&Sound { rate_hz: 44_100, frames: vec![[0.0; 2]; 100] }) {
            assert!(error.to_string().starts_with("No sound device"), "{error}");
        }
    }
}
