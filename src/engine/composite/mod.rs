//! placeholder
pub mod blend;
pub mod program;

use super::{frame::Frame, live::Live, units::Window};
use program::Program;

#[derive(Clone, Debug, Default)]
pub struct Scratch {}

pub fn render(program: &Program, window: Window, _live: &Live, frame: &mut Frame) {
    frame.reset(program.rig.heads.len(), window);
}
