//! What the library holds, to put on the desk, and the named versions of what is on it.

pub mod cover;
pub mod library;
pub mod tracks;
pub mod versions;
