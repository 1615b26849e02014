//! Shows to test with, made through the library as the command line makes them.

use std::sync::Arc;

use luma::document::{lower, record::Records};
use luma::engine::{DmxFrame, Frame, Held, Live, Program, Show, Window, compile, encode, render};
use luma::venue::library::Library;
use luma::{demo, patterns, venue};

/// The demo on the club's rig.
pub(crate) fn demo_show() -> Show {
    let patterns = patterns::builtin::builtin();
    let track = demo::track();
    let score = demo::score::score(&track.analysis, &patterns);
    let club = venue::builtin("club").expect("a built-in venue");
    let (rig, problems) = venue::lower::rig(&club, &Library::builtin());
    assert!(problems.is_empty(), "{problems:?}");
    let (show, problems) = lower::show(&Records { venue: club, track, score, patterns }, Arc::new(rig));
    assert!(problems.is_empty(), "{problems:?}");
    show
}

/// The same, compiled.
pub(crate) fn demo_program() -> Arc<Program> {
    let (program, diagnostics) = compile(&demo_show());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    Arc::new(program)
}

/// The bytes of one window, from nothing.
pub(crate) fn bytes(program: &Program, window: Window) -> DmxFrame {
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    render(program, window, &Live::default(), &mut frame);
    encode(&program.rig, &frame, &mut Held::default(), &mut dmx);
    dmx
}
