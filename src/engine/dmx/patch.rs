//! placeholder
use crate::engine::rig::RigFixture;
#[derive(Clone, Debug, Default)]
pub struct Patch {}
impl Patch {
    pub fn new(_fixtures: &[RigFixture]) -> Self {
        Self {}
    }
}
