//! Node graphs: as files hold them ([`model`]), checked ([`check`]), built ([`build`]) into plans ([`plan`]).
//!
//! What a graph may ask for is bounded: nodes and wires, copies behind delays, numbers and work of one evaluation, work while
//! compiling, memory of tables.  Beyond a bound it is refused in words; a range too long to look at often is looked at less.

mod bake;
pub mod build;
pub mod check;
pub mod model;
pub mod looks;
mod outputs;
pub mod plan;
pub mod probe;
