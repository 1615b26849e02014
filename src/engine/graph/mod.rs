//! Node graphs: as files hold them ([`model`]), checked ([`check`]), built ([`build`]) into plans ([`plan`]).

mod bake;
pub mod build;
pub mod check;
pub mod model;
pub mod looks;
mod outputs;
pub mod plan;
