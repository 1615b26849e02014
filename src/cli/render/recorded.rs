//! `luma render --recording`: pictures of what another desk sent, as our lamps would have shown it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::{refused, status};
use crate::engine::{Frame, Rig, Window};
use crate::output::artnet::poll;
use crate::output::input::Inputs;
use crate::output::recording::{Packet, Reader};
use crate::output::routes::Protocol;
use crate::output::sacn;
use crate::output::shown;

/// A recording, heard up to a moment.
pub(super) struct Recorded {
    reader: Reader<BufReader<File>>,
    name: String,
    next: Option<Packet>,
    inputs: Inputs,
    begun: Instant,
    frame: Frame,
}

impl Recorded {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| refused(format!("{name} cannot be opened: {error}")))?;
        let mut reader = Reader::open(BufReader::new(file)).map_err(|error| refused(format!("{name}: {error}")))?;
        let next = reader.packet().with_context(|| format!("{name} cannot be read"))?;
        if next.is_none() {
            status::say(&format!("{name} holds no packet: all lamps are dark"));
        }
        Ok(Self { reader, name, next, inputs: Inputs::default(), begun: Instant::now(), frame: Frame::default() })
    }

    /// What the lamps do at the end of a window, in seconds of the recording.  Windows follow each other.
    pub(super) fn frame(&mut self, rig: &Rig, window: Window) -> Result<&Frame> {
        let until = Duration::try_from_secs_f64(window.to).unwrap_or_default();
        while let Some(packet) = self.next.take_if(|packet| packet.at <= until) {
            self.hear(&packet);
            self.next = self.reader.packet().with_context(|| format!("{} cannot be read", self.name))?;
            if let Some(cut) = self.reader.cut.filter(|_| self.next.is_none()) {
                status::say(&format!("{}: {cut}", self.name));
            }
        }
        self.inputs.sweep(self.begun + until);
        self.frame.reset(rig.heads.len(), window);
        shown::all(rig, &self.inputs.snapshot(), &mut self.frame);
        Ok(&self.frame)
    }

    /// What is no light is not for lamps.
    fn hear(&mut self, packet: &Packet) {
        let (from, now) = (*packet.from.ip(), self.begun + packet.at);
        match packet.protocol {
            Protocol::ArtNet => {
                if let Ok(poll::Packet::Dmx(dmx)) = poll::read(&packet.bytes) {
                    self.inputs.artnet(&dmx, from, now);
                }
            }
            Protocol::Sacn => {
                if let Ok(sacn::read::Packet::Data(data)) = sacn::read::read(&packet.bytes) {
                    self.inputs.sacn(&data, from, now);
                }
            }
        }
    }
}
