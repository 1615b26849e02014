//! Files of other programs, read into [`definition::Definition`].
//!
//! The only place that knows XML.  Nothing here knows a venue, an address or a rig.

pub mod definition;
pub mod qxf;
