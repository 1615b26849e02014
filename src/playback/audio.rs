//! Time that is heard: a decoded track on the machine's sound device.
//!
//! Every start is a new voice over the same samples and every stop ends it, since kira's commands to one voice are applied in a
//! fixed order, not in the order they were given: a start and a stop within one block would come out the wrong way round.
//!
//! The position is that of the newest block handed to the device; what the device buffers beyond that is what the
//! light's offset is for.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use cpal::traits::{DeviceTrait, HostTrait};
use kira::backend::Backend;
use kira::backend::cpal::CpalBackendSettings;
use kira::sound::static_sound::{StaticSoundData, StaticSoundHandle, StaticSoundSettings};
use kira::sound::{EndPosition, PlaybackPosition, PlaybackState, Region};
use kira::{AudioManager, AudioManagerSettings, DefaultBackend, Tween};
use thiserror::Error;

use crate::engine::BeatGrid;
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

/// How long a click sounds.
const CLICK_SECS: f64 = 0.03;

/// The names of the devices that can play.
pub fn devices() -> Vec<String> {
    outputs().filter_map(|device| name_of(&device)).collect()
}

fn outputs() -> impl Iterator<Item = cpal::Device> {
    cpal::default_host().output_devices().into_iter().flatten()
}

fn name_of(device: &cpal::Device) -> Option<String> {
    device.description().ok().map(|description| description.name().to_owned())
}

pub struct AudioClock<B: Backend = DefaultBackend> {
    manager: AudioManager<B>,
    /// The track.
    plain: StaticSoundData,
    /// What plays: the track, or the track with clicks.
    data: StaticSoundData,
    /// Clicks that are being mixed in.
    mixing: Option<JoinHandle<StaticSoundData>>,
    voice: Option<StaticSoundHandle>,
}

impl AudioClock {
    /// Opens a device by its name, or the system's own where none is given or it is gone.
    pub fn open(sound: &Sound, device: Option<&str>) -> Result<Self, AudioError> {
        let data = static_sound(sound)?;
        let wanted = device.and_then(|name| outputs().find(|device| name_of(device).as_deref() == Some(name)));
        let backend_settings = CpalBackendSettings { device: wanted, config: None };
        let manager: Result<AudioManager, _> = AudioManager::new(AudioManagerSettings { backend_settings, ..Default::default() });
        let manager = manager.map_err(|error| AudioError::NoDevice(error.to_string()))?;
        Ok(Self::of(manager, data))
    }
}

impl<B: Backend> AudioClock<B> {
    fn of(manager: AudioManager<B>, data: StaticSoundData) -> Self {
        Self { manager, plain: data.clone(), data, mixing: None, voice: None }
    }

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

    fn set_click(&mut self, beats: Option<&BeatGrid>) {
        if beats.is_none() && self.mixing.is_none() && Arc::ptr_eq(&self.data.frames, &self.plain.frames) {
            return;
        }
        let (plain, beats) = (self.plain.clone(), beats.cloned());
        let mix = move || match beats {
            Some(beats) => StaticSoundData { frames: with_clicks(&plain.frames, plain.sample_rate, &beats), ..plain },
            None => plain,
        };
        // Without a thread the track goes on as it was.
        self.mixing = std::thread::Builder::new().name("click".into()).spawn(mix).ok();
    }

    fn attend(&mut self, now: Instant, transport: &Transport) {
        if let Some(mixed) = self.mixing.take_if(|mixing| mixing.is_finished()).and_then(|mixing| mixing.join().ok()) {
            self.data = mixed;
            self.start(now, transport);
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

/// The same with a short tone on every beat, an octave higher where a bar begins.
fn with_clicks(frames: &[kira::Frame], rate_hz: u32, beats: &BeatGrid) -> Arc<[kira::Frame]> {
    let mut mixed: Arc<[kira::Frame]> = frames.into();
    let rate = f64::from(rate_hz.max(1));
    let Some(samples) = Arc::get_mut(&mut mixed) else { return mixed };
    let mut downbeats = beats.downbeats.iter().copied().peekable();
    for (number, &secs) in beats.beats.iter().enumerate() {
        let is_first = downbeats.next_if_eq(&number).is_some();
        if secs < 0.0 {
            continue;
        }
        let pitch_hz = if is_first { 2000.0 } else { 1000.0 };
        let start = (secs * rate).round() as usize;
        let n = (CLICK_SECS * rate) as usize;
        for (at, frame) in samples.iter_mut().skip(start).take(n).enumerate() {
            let t = at as f64 / rate;
            let tone = (std::f64::consts::TAU * pitch_hz * t).cos() * (-t * 6.0 / CLICK_SECS).exp() * 0.6;
            *frame = kira::Frame::new(finite(frame.left * 0.7 + tone as f32), finite(frame.right * 0.7 + tone as f32));
        }
    }
    mixed
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
                clock: AudioClock::of(AudioManager::new(settings).unwrap(), static_sound(&sound).unwrap()),
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
    fn a_click_stands_on_the_very_sample_of_its_beat_and_a_bar_begins_higher() {
        let grid = BeatGrid { beats: vec![-0.5, 0.0, 0.5, 1.0], downbeats: vec![1], bpm: 120.0, beats_per_bar: 4 };
        let silence = vec![kira::Frame::ZERO; 96_000];
        let mixed = with_clicks(&silence, 48_000, &grid);
        let begins: Vec<usize> = (1..mixed.len()).filter(|&at| mixed[at - 1].left == 0.0 && mixed[at].left != 0.0).chain([0]).collect();
        assert_eq!(begins, [24_000, 48_000, 0]);
        let turns = |from: usize| (from..from + 960).filter(|&at| mixed[at].left * mixed[at + 1].left < 0.0).count();
        assert!(turns(0) > turns(24_000) * 3 / 2);
    }

    #[test]
    fn the_click_comes_while_the_music_goes_on() {
        let mut heard = Heard::new();
        heard.start_at(20.0);
        heard.clock.set_click(Some(&BeatGrid::steady(120.0, 4, 0.0, 120)));
        let deadline = Instant::now() + std::time::Duration::from_secs(20);
        while heard.clock.mixing.is_some() && Instant::now() < deadline {
            heard.clock.attend(heard.now, &heard.transport.clone());
        }
        assert!(heard.clock.data.frames.iter().any(|frame| frame.left > 0.6));
        heard.check(20.0);
    }

    #[test]
    fn without_a_device_or_without_sound_the_reason_is_given() {
        let no_sound = AudioClock::open(&Sound::default(), None).err().unwrap();
        assert!(matches!(no_sound, AudioError::Empty));
        // Machines with a sound card open it here; those without must say so.
        if let Err(error) = AudioClock::open(&Sound { rate_hz: 44_100, frames: vec![[0.0; 2]; 100] }, None) {
            assert!(error.to_string().starts_with("No sound device"), "{error}");
        }
    }
}
