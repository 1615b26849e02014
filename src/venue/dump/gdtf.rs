//! GDTF definitions as plain facts: every channel of every mode once for each instance, at its address.
//!
//! Decided where the form leaves it open:
//! - `g` names geometries from the mode's root down, with `/` between; a reference stands under its own name, in place of what
//!   it refers to.
//! - `attr` is the attribute of the first logical channel; `def` is the initial function's default, else the channel's own, and
//!   `null` where neither has one.
//! - `fn` has the functions in the file's order, those of a condition ending among themselves.
//! - Virtual channels are counted, once for each instance, and not listed; modes made for one break alone are left out.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use crate::venue::formats::definition::{Definition, Mode};
use crate::venue::formats::parameter::Param;

#[derive(Debug, Serialize)]
pub struct GdtfDump {
    pub f: String,
    pub mf: String,
    pub name: String,
    pub uuid: Option<Uuid>,
    pub modes: Vec<GdtfMode>,
}

#[derive(Debug, Serialize)]
pub struct GdtfMode {
    pub n: String,
    /// Footprint by break.
    pub fp: BTreeMap<u16, u16>,
    #[serde(rename = "virtual")]
    pub n_virtual: usize,
    pub ch: Vec<GdtfChannel>,
}

#[derive(Debug, Serialize)]
pub struct GdtfChannel {
    pub b: u16,
    pub a: Vec<u16>,
    pub g: String,
    pub attr: String,
    pub def: Option<u32>,
    /// Attribute, from, to, physical from, physical to.
    #[serde(rename = "fn")]
    pub functions: Vec<(String, u32, u32, f64, f64)>,
}

pub fn definition(path: &str, definition: &Definition) -> GdtfDump {
    let modes = definition.modes.iter().filter(|mode| mode.one_break.is_none());
    GdtfDump {
        f: path.to_owned(),
        mf: definition.manufacturer.clone(),
        name: definition.model.clone(),
        uuid: definition.id,
        modes: modes.map(|mode| mode_dump(definition, mode)).collect(),
    }
}

fn mode_dump(definition: &Definition, mode: &Mode) -> GdtfMode {
    let real = mode.params.iter().filter(|param| !param.offsets.is_empty());
    GdtfMode {
        n: mode.name.clone(),
        fp: mode.breaks.iter().copied().collect(),
        n_virtual: mode.params.iter().filter(|param| param.offsets.is_empty()).count(),
        ch: real.filter_map(|param| channel(definition, mode, param)).collect(),
    }
}

fn channel(definition: &Definition, mode: &Mode, param: &Param) -> Option<GdtfChannel> {
    let value = definition.channels.get(param.channel)?.value.as_ref()?;
    let functions = value.functions.iter().map(|it| (it.attribute.clone(), it.from, it.to, it.physical[0], it.physical[1]));
    Some(GdtfChannel {
        b: param.dmx_break,
        a: param.offsets.clone(),
        g: mode.parts.get(param.part).map(|part| part.path.clone()).unwrap_or_default(),
        attr: value.attribute.clone(),
        def: value.default,
        functions: functions.collect(),
    })
}
