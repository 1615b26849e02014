//! Where the bytes of a show come from: the newest program, rendered for the instant of a beat.

use std::sync::{Arc, Weak};
use std::time::Instant;

use super::super::heart::FrameSource;
use super::super::pattern::Pattern;
use super::super::window::Windows;
use super::OutputHandle;
use crate::engine::{self, DmxFrame, Frame, Held, Live, Rig, Window};

/// The show, through the very functions that previz and the command line use.
pub(super) struct EngineSource {
    pub(super) handle: OutputHandle,
    /// Where no performer has said anything yet.
    neutral: Live,
    windows: Windows<(u64, u64)>,
    pattern: Option<Pattern>,
    /// The rig that frame and universes belong to.
    rig: Weak<Rig>,
    frame: Frame,
    held: Held,
}

impl EngineSource {
    pub(super) fn new(handle: OutputHandle) -> Self {
        Self {
            handle,
            neutral: Live::default(),
            windows: Windows::new(),
            pattern: None,
            rig: Weak::new(),
            frame: Frame::default(),
            held: Held::default(),
        }
    }
}

impl FrameSource for EngineSource {
    fn frame(&mut self, at: Instant, dmx: &mut DmxFrame) -> Option<Window> {
        match (self.handle.shared.pattern.get().as_deref(), &mut self.pattern) {
            (Some(universes), Some(pattern)) if pattern.is_of(universes) => return pattern.frame(at, dmx),
            (Some(universes), _) => return self.pattern.insert(Pattern::new(universes.clone(), true)).frame(at, dmx),
            (None, Some(_)) => {
                self.pattern = None;
                // The universes are the rig's again.
                self.rig = Weak::new();
            }
            (None, None) => {}
        }
        let (program, transport) = (self.handle.shared.program.get(), self.handle.shared.transport.get());
        let (Some(program), Some(transport)) = (program.as_ref(), transport.as_ref()) else {
            self.windows.forget();
            return None;
        };
        if !std::ptr::eq(self.rig.as_ptr(), Arc::as_ptr(&program.rig)) {
            self.rig = Arc::downgrade(&program.rig);
            self.frame = Frame::default();
            *dmx = DmxFrame::default();
        }
        let offset = self.handle.offset();
        let moment = transport.light_at(at, offset);
        let window = self.windows.next((moment.jump, offset.secs().to_bits()), moment.secs);
        let live = self.handle.shared.live.get();
        let live = live.as_deref().unwrap_or(&self.neutral);
        engine::render(program, window, live, &mut self.frame);
        engine::encode(&program.rig, &self.frame, &mut self.held, dmx);
        live.hold_raw(dmx);
        Some(window)
    }

    fn reset(&mut self) {
        self.frame = Frame::default();
        self.held = Held::default();
        self.windows.forget();
    }

    fn is_dark(&self) -> bool {
        self.handle.shared.live.get().as_deref().is_some_and(|live| live.blackout)
    }
}
