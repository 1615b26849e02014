//! MVR rooms as plain facts: every fixture of every layer, children of fixtures and groups included, where it is in the world.
//!
//! Decided where the form leaves it open: an address of 0 is none and left out; `id` and `spec` are as they are written; `unit`
//! is a number, 0 where there is none; what only stands in a symbol's definition is no fixture of the room.

use serde::Serialize;
use uuid::Uuid;

use crate::venue::formats::mvr::Scene;

#[derive(Debug, Serialize)]
pub struct MvrDump {
    pub f: String,
    pub ver: [u32; 2],
    pub fixtures: Vec<MvrFixture>,
}

#[derive(Debug, Serialize)]
pub struct MvrFixture {
    pub uuid: Uuid,
    pub name: String,
    pub spec: String,
    pub mode: String,
    pub id: String,
    pub unit: i64,
    /// Break, universe and address from 1.
    pub addr: Vec<(u16, u32, u16)>,
    /// Rows u, v, w and the origin, millimetres.
    pub m: [f64; 12],
}

pub fn scene(path: &str, scene: &Scene) -> MvrDump {
    let fixture = |fixture: &crate::venue::formats::mvr::Fixture| MvrFixture {
        uuid: fixture.uuid,
        name: fixture.name.clone(),
        spec: fixture.spec.clone(),
        mode: fixture.mode.clone(),
        id: fixture.fixture_id.clone(),
        unit: fixture.unit,
        addr: fixture.addresses.iter().map(|address| (address.dmx_break, address.universe, address.channel)).collect(),
        m: fixture.world.numbers(),
    };
    MvrDump { f: path.to_owned(), ver: scene.version, fixtures: scene.fixtures.iter().map(fixture).collect() }
}
