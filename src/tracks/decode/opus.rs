//! Opus in Ogg and Matroska: what symphonia unpacks and does not decode.

use opus_decoder::OpusDecoder;
use symphonia::core::audio::{AsGenericAudioBufferRef, Audio, AudioBuffer, AudioMut, AudioSpec, GenericAudioBufferRef};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, FinalizeResult};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;

const RATE_HZ: u32 = 48_000;
/// Where the header says how many samples the decoder needs to settle: symphonia names them and leaves them in.
const DELAY_AT: usize = 10;
/// Where the header says how much louder all is to be played: 256ths of decibels.
const GAIN_AT: usize = 16;

static INFO: CodecInfo = CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] };

pub(super) struct Opus {
    params: AudioCodecParameters,
    decoder: OpusDecoder,
    gain: f32,
    samples: Vec<f32>,
    frames: AudioBuffer<f32>,
}

impl Opus {
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self> {
        let channels = params.channels.clone().ok_or(Error::Unsupported("opus without channels"))?;
        let n_channels = channels.count();
        if !(1..=2).contains(&n_channels) {
            return Err(Error::Unsupported("opus with more than two channels"));
        }
        let decoder = OpusDecoder::new(RATE_HZ, n_channels).or(Err(Error::Unsupported("this kind of opus")))?;
        let gain = word(params, GAIN_AT).cast_signed();
        let n_most = decoder.max_frame_size_per_channel();
        Ok(Self {
            params: params.clone(),
            decoder,
            gain: 10_f32.powf(f32::from(gain) / 256.0 / 20.0),
            samples: vec![0.0; n_most * n_channels],
            frames: AudioBuffer::new(AudioSpec::new(RATE_HZ, channels), n_most),
        })
    }
}

/// Samples before the first that was recorded.
pub(super) fn delay(params: &AudioCodecParameters) -> f64 {
    f64::from(word(params, DELAY_AT))
}

fn word(params: &AudioCodecParameters, at: usize) -> u16 {
    let header = params.extra_data.as_deref().unwrap_or_default();
    header.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

impl AudioDecoder for Opus {
    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn codec_info(&self) -> &CodecInfo {
        &INFO
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.frames.clear();
        if packet.data.is_empty() {
            return Err(Error::DecodeError("opus: an empty packet"));
        }
        let n = self.decoder.decode_float(packet.data, &mut self.samples, false).or(Err(Error::DecodeError("opus: a damaged packet")))?;
        let n_channels = self.frames.spec().channels().count();
        self.frames.render_uninit(Some(n));
        for channel in 0..n_channels {
            let decoded = self.samples.iter().skip(channel).step_by(n_channels);
            if let Some(plane) = self.frames.plane_mut(channel) {
                plane.iter_mut().zip(decoded).for_each(|(slot, sample)| *slot = sample * self.gain);
            }
        }
        self.frames.trim(packet.trim_start.get() as usize, packet.trim_end.get() as usize);
        Ok(self.frames.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.frames.as_generic_audio_buffer_ref()
    }
}
