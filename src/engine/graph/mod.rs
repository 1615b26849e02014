//! Node graphs: as files hold them ([`model`]), checked ([`check`]), built ([`build`]) into plans ([`plan`]).

pub mod build;
pub mod check;
pub mod model;
mod outputs;
pub mod plan;
