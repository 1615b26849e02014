//! A film of a show: frames into ffmpeg with the music beside them, or into a folder where there is no ffmpeg.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::super::{refused, status};
use crate::engine::Window;
use crate::files::write_atomic;
use crate::previz::darkroom::Darkroom;
use crate::previz::picture::Picture;
use crate::tracks::model::Sound;

/// Longer films are a mistake in the arguments.
const MOST_FRAMES: f64 = 1_000_000.0;

pub(super) struct Film {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) fps: u32,
}

/// Takes the picture of a window; windows follow each other.
type Shot<'a> = dyn FnMut(&mut Darkroom, Window) -> Result<Picture> + 'a;

impl Film {
    fn n_frames(&self) -> u32 {
        ((self.to - self.from) * f64::from(self.fps)).ceil().clamp(1.0, MOST_FRAMES) as u32
    }

    /// What each frame shows: all that happened since the one before.
    fn window(&self, frame: u32) -> Window {
        let step = 1.0 / f64::from(self.fps);
        Window::ending(self.from + f64::from(frame) * step, step)
    }

    pub(super) fn shoot(
        &self,
        darkroom: &mut Darkroom,
        shot: &mut Shot<'_>,
        sound: Option<&Sound>,
        size: (u32, u32),
        out: &Path,
    ) -> Result<()> {
        if (self.to - self.from) * f64::from(self.fps) > MOST_FRAMES {
            return Err(refused(format!("a film of more than {MOST_FRAMES} frames is not made")));
        }
        let secs = f64::from(self.n_frames()) / f64::from(self.fps);
        let music = sound.map(|sound| wav(sound, self.from, secs));
        if music.is_none() {
            status::say("The film is silent: there is no sound at hand that belongs to it");
        }
        let scratch = Scratch::new(music.as_deref())?;
        match self.ffmpeg(&scratch, size, out) {
            Ok(encoder) => self.encode(darkroom, shot, encoder, out),
            Err(error) if error.kind() == ErrorKind::NotFound => self.keep_frames(darkroom, shot, music.as_deref(), out),
            Err(error) => Err(error).context("ffmpeg cannot be started"),
        }
    }

    fn ffmpeg(&self, scratch: &Scratch, (width, height): (u32, u32), out: &Path) -> std::io::Result<Child> {
        let mut command = Command::new("ffmpeg");
        command.args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24"]);
        command.args(["-video_size", &format!("{width}x{height}"), "-framerate", &self.fps.to_string(), "-i", "pipe:0"]);
        if let Some(music) = &scratch.music {
            command.arg("-i").arg(music).args(["-c:a", "aac", "-b:a", "192k"]);
        }
        // Players want even sides, and colours in a space that they know.
        command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"]);
        command.args(["-c:v", "libx264", "-preset", "medium", "-crf", "18", "-colorspace", "bt709", "-color_primaries", "bt709"]);
        command.args(["-color_trc", "bt709", "-movflags", "+faststart", "-fflags", "+bitexact", "-map_metadata", "-1"]);
        command.arg(out).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
    }

    fn encode(&self, darkroom: &mut Darkroom, shot: &mut Shot<'_>, mut encoder: Child, out: &Path) -> Result<()> {
        let mut pipe = encoder.stdin.take().context("ffmpeg takes nothing in")?;
        let shot = self.each_frame(darkroom, shot, |_, picture| pipe.write_all(&picture.rgb).context("ffmpeg stopped taking frames"));
        drop(pipe);
        let ended = encoder.wait_with_output().context("ffmpeg cannot be waited for")?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            let said: String = said.trim().chars().take(800).collect();
            bail!("ffmpeg did not write {}: {said}", out.display());
        }
        shot?;
        status::say(&format!("{} frames, {:.2} s: {}", self.n_frames(), self.to - self.from, out.display()));
        Ok(())
    }

    fn keep_frames(&self, darkroom: &mut Darkroom, shot: &mut Shot<'_>, music: Option<&[u8]>, out: &Path) -> Result<()> {
        let folder = out.with_extension("frames");
        fs::create_dir_all(&folder).map_err(|error| refused(format!("{} cannot be made: {error}", folder.display())))?;
        status::say(&format!("ffmpeg is not installed: every frame becomes a PNG in {}", folder.display()));
        self.each_frame(darkroom, shot, |frame, picture| {
            let path = folder.join(format!("{:06}.png", frame + 1));
            picture.save(&path).with_context(|| format!("{} cannot be written", path.display()))
        })?;
        if let Some(music) = music {
            let path = folder.join("music.wav");
            write_atomic(&path, music).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        let (folder, film) = (folder.display(), out.display());
        status::say(&format!("Later: ffmpeg -framerate {} -i {folder}/%06d.png -i {folder}/music.wav -pix_fmt yuv420p {film}", self.fps));
        Ok(())
    }

    fn each_frame(&self, darkroom: &mut Darkroom, shot: &mut Shot<'_>, mut use_it: impl FnMut(u32, &Picture) -> Result<()>) -> Result<()> {
        for frame in 0..self.n_frames() {
            let picture = shot(darkroom, self.window(frame))?;
            use_it(frame, &picture)?;
        }
        Ok(())
    }
}

/// The music on its way to ffmpeg; gone when the film is made.
struct Scratch {
    music: Option<PathBuf>,
}

impl Scratch {
    fn new(music: Option<&[u8]>) -> Result<Self> {
        let Some(music) = music else { return Ok(Self { music: None }) };
        let path = std::env::temp_dir().join(format!("luma-film-{}.wav", std::process::id()));
        fs::write(&path, music).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { music: Some(path) })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(path) = &self.music {
            // What cannot be taken away lies where the system clears.
            fs::remove_file(path).unwrap_or_default();
        }
    }
}

/// A part of a sound as a WAV file, 16 bits; silence where there is none.
fn wav(sound: &Sound, from: f64, secs: f64) -> Vec<u8> {
    let rate = f64::from(sound.rate_hz);
    let (first, n) = ((from * rate).round().max(0.0) as usize, (secs * rate).round().max(0.0) as usize);
    let n_bytes = (n * 4) as u32;
    let mut bytes = Vec::with_capacity(44 + n * 4);
    bytes.extend(b"RIFF");
    bytes.extend((36 + n_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 2].map(u16::to_le_bytes).concat());
    bytes.extend(sound.rate_hz.to_le_bytes());
    bytes.extend((sound.rate_hz * 4).to_le_bytes());
    bytes.extend([4_u16, 16].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(n_bytes.to_le_bytes());
    for at in first..first + n {
        let frame = sound.frames.get(at).copied().unwrap_or_default();
        bytes.extend(frame.map(|level| ((level.clamp(-1.0, 1.0) * 32767.0).round() as i16).to_le_bytes()).concat());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other_without_a_gap_and_the_music_begins_with_them() {
        let film = Film { from: 10.0, to: 10.5, fps: 60 };
        assert_eq!(film.n_frames(), 30);
        for frame in 1..film.n_frames() {
            assert!((film.window(frame).from - film.window(frame - 1).to).abs() < 1e-9);
        }
        assert_eq!(film.window(0).to, 10.0);
        let sound = Sound { rate_hz: 1000, frames: (0..10_600).map(|n| [if n == 10_100 { 1.0 } else { 0.0 }, 0.0]).collect() };
        let bytes = wav(&sound, film.from, 0.5);
        assert_eq!(bytes.len(), 44 + 500 * 4);
        assert_eq!(bytes[44 + 100 * 4..][..2], 32767_i16.to_le_bytes(), "a click a tenth of a second into the film");
        assert_eq!(wav(&sound, 10.5, 1.0).len(), 44 + 4000, "the rest is silence");
    }
}
