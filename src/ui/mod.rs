//! What every panel shares: colours, the status overlay, small widgets.  Knows no domain and no world.

pub mod status;
pub mod theme;
