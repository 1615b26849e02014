//! The machine's sound input, and the tempo follower that hears it.
//!
//! A thread of its own holds the device, since streams of some systems may not change threads.  A device that is lost or refused is
//! told in words and tried again every few seconds; the clock that was heard runs on until it is back.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{Device, SampleFormat, Stream, StreamConfig};
use thiserror::Error;

use super::station::{Inlet, Live, Order, Said};

/// Between two tries at a device that is not there.
const AGAIN: Duration = Duration::from_secs(3);
const N_TROUBLES: usize = 4;

#[derive(Debug, Error)]
enum InputError {
    #[error("No sound input: {0} was not found; plug it in or choose another in Settings")]
    Gone(String),
    #[error("No sound input: this machine has none, or no permission to use it")]
    None,
    #[error("The sound input cannot be opened ({0}); another program may hold it")]
    Refused(String),
    #[error("The sound input gives samples of a kind that Luma does not read ({0})")]
    Kind(SampleFormat),
    #[error("The sound input was lost ({0}); it is looked for again")]
    Lost(String),
    #[error("The tempo follower cannot start: {0}")]
    Thread(std::io::Error),
}

/// The names of the devices that can be listened to.
pub fn devices() -> Vec<String> {
    inputs().filter_map(|device| name_of(&device)).collect()
}

fn inputs() -> impl Iterator<Item = Device> {
    cpal::default_host().input_devices().into_iter().flatten()
}

fn name_of(device: &Device) -> Option<String> {
    device.description().ok().map(|description| description.name().to_owned())
}

#[derive(Default)]
struct Shared {
    live: Option<Live>,
    trouble: Option<String>,
}

/// A sound input that is listened to until this is dropped.
pub struct SoundIn {
    shared: Arc<Mutex<Shared>>,
    end: SyncSender<Event>,
    thread: Option<JoinHandle<()>>,
}

enum Event {
    Lost(String),
    End,
}

impl SoundIn {
    /// The device of this name, or the system's own.
    pub fn open(device: Option<String>) -> std::io::Result<Self> {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let (end, events) = sync_channel(N_TROUBLES);
        let (own, lost) = (shared.clone(), end.clone());
        let run = move || run(device.as_deref(), &own, &lost, &events);
        let thread = std::thread::Builder::new().name("sound input".into()).spawn(run)?;
        Ok(Self { shared, end, thread: Some(thread) })
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }

    pub fn said(&self) -> Option<Said> {
        self.lock().live.as_ref().map(Live::said)
    }

    pub fn order(&self, order: Order) {
        if let Some(live) = &self.lock().live {
            live.order(order);
        }
    }

    /// What is wrong, in words.
    pub fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }
}

impl Drop for SoundIn {
    fn drop(&mut self) {
        // A full queue ends as well: the thread looks at its other end.
        self.end.try_send(Event::End).unwrap_or_default();
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            thread.join().unwrap_or_default();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(device: Option<&str>, shared: &Arc<Mutex<Shared>>, lost: &SyncSender<Event>, events: &Receiver<Event>) {
    // Whoever opened it is gone.
    while Arc::strong_count(shared) > 1 {
        let stream = match open(device, lost) {
            Ok((stream, live)) => {
                let before = std::mem::replace(&mut *lock(shared), Shared { live: Some(live), trouble: None });
                // Its thread is waited for while nobody waits for the lock.
                drop(before);
                Some(stream)
            }
            Err(error) => {
                lock(shared).trouble = Some(error.to_string());
                None
            }
        };
        let patience = if stream.is_some() { Duration::from_secs(3_600) } else { AGAIN };
        match events.recv_timeout(patience) {
            Ok(Event::End) => return,
            Ok(Event::Lost(reason)) => lock(shared).trouble = Some(InputError::Lost(reason).to_string()),
            Err(_) if stream.is_some() => continue,
            Err(_) => {}
        }
        drop(stream);
        // What else it said when it was lost.
        let until = Instant::now() + AGAIN;
        while let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if matches!(event, Event::End) {
                return;
            }
        }
    }
}

fn open(name: Option<&str>, lost: &SyncSender<Event>) -> Result<(Stream, Live), InputError> {
    let device = match name {
        Some(name) => inputs().find(|device| name_of(device).as_deref() == Some(name)).ok_or_else(|| InputError::Gone(name.to_owned()))?,
        None => cpal::default_host().default_input_device().ok_or(InputError::None)?,
    };
    let refused = |error: cpal::Error| InputError::Refused(error.to_string());
    let config = device.default_input_config().map_err(refused)?;
    let (format, config): (SampleFormat, StreamConfig) = (config.sample_format(), config.into());
    let (inlet, live) = Live::start(config.sample_rate).map_err(InputError::Thread)?;
    let n_channels = usize::from(config.channels);
    let stream = match format {
        SampleFormat::F32 => listen::<f32>(&device, config, n_channels, inlet, lost, |sample| sample),
        SampleFormat::I16 => listen::<i16>(&device, config, n_channels, inlet, lost, |sample| f32::from(sample) / 32_768.0),
        SampleFormat::U16 => listen::<u16>(&device, config, n_channels, inlet, lost, |sample| f32::from(sample) / 32_768.0 - 1.0),
        SampleFormat::I32 => listen::<i32>(&device, config, n_channels, inlet, lost, |sample| sample as f32 / 2_147_483_648.0),
        other => return Err(InputError::Kind(other)),
    };
    let stream = stream.map_err(refused)?;
    stream.play().map_err(refused)?;
    Ok((stream, live))
}

fn listen<T: cpal::SizedSample + Copy + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    n_channels: usize,
    mut inlet: Inlet,
    lost: &SyncSender<Event>,
    level: fn(T) -> f32,
) -> Result<Stream, cpal::Error> {
    let lost = lost.clone();
    let take = move |samples: &[T], _: &cpal::InputCallbackInfo| {
        let n_channels = n_channels.max(1);
        inlet
            .push(samples.chunks_exact(n_channels).map(|frame| frame.iter().map(|sample| level(*sample)).sum::<f32>() / n_channels as f32));
    };
    // Not the audio's own callback; still it waits for nobody.
    let told = move |error: cpal::Error| {
        if !matches!(error.kind(), cpal::ErrorKind::DeviceChanged | cpal::ErrorKind::RealtimeDenied | cpal::ErrorKind::Xrun) {
            lost.try_send(Event::Lost(error.to_string())).unwrap_or_default();
        }
    };
    device.build_input_stream(config, take, told, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_told_by_its_name() {
        let input = SoundIn::open(Some("no such device".into())).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while input.trouble().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let words = input.trouble().unwrap();
        assert!(words.contains("no such device") && words.contains("Settings"), "{words}");
        assert_eq!(input.said(), None);
        input.order(Order::Tap(Instant::now()));
    }
}
