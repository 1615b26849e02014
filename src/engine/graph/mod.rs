//! Node graphs: as files hold them, and checked.
pub mod check;
pub mod model;
