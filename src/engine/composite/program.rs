//! placeholder
use crate::engine::{graph::check::Diagnostic, rig::Rig, show::Show};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Program {
    pub rig: Arc<Rig>,
}

pub fn compile(show: &Show) -> (Program, Vec<Diagnostic>) {
    (Program { rig: show.rig.clone() }, Vec::new())
}
