//! Columns of productions: video sources and sends, how they are connected, and the equipment that may be used.
//!
//! What may be null is what the video seed allows to be null.

use super::super::Check::{Length, OneOf};
use super::super::Column;
use super::super::ColumnKind::{Bool, Int, Json, Real, Text, Time, Uuid};
use super::super::OnDelete::{SetNull, Soft};
use super::venue::ROLES;
use super::{TableId, id, natural_id, to, uid};

const fn text(name: &'static str) -> Column {
    Column::new(name, Text)
}

/// What people call it ("SRC 1"); never a key.
const fn label() -> Column {
    text("label").null().check(Length(200))
}

pub(super) const PRODUCTIONS: &[Column] = &[
    id(),
    uid(),
    text("client"),
    text("show_name"),
    text("venue").null(),
    Column::new("venue_id", Uuid).null().references(TableId::Venues, SetNull),
    text("room").null(),
    Column::new("load_in", Time).null(),
    Column::new("load_out", Time).null(),
    text("show_info_url").null(),
    text("status").null().check(OneOf(&["planning", "ready", "active", "completed", "archived"])),
];

pub(super) const PRODUCTION_MEMBERS: &[Column] = &[
    natural_id(),
    uid(),
    to("production_id", TableId::Productions),
    Column::new("user_id", Uuid).references(TableId::Profiles, Soft),
    text("role").default_text("viewer").check(OneOf(ROLES)),
];

pub(super) const EQUIPMENT_SPECS: &[Column] = &[
    id(),
    uid(),
    text("category"),
    text("manufacturer"),
    text("model"),
    text("io_architecture").null().check(OneOf(&["direct", "card-based"])),
    Column::new("card_slots", Int).null(),
    Column::new("format_by_io", Bool).null().default_int(1),
    Column::new("is_secondary_device", Bool).null().default_int(0),
    Column::new("device_formats", Json).null(),
    Column::new("specs", Json).null(),
];

const fn port_type() -> Column {
    text("port_type").null().check(OneOf(&["input", "output"]))
}

pub(super) const EQUIPMENT_IO_PORTS: &[Column] = &[
    id(),
    uid(),
    to("equipment_id", TableId::EquipmentSpecs),
    port_type(),
    text("io_type"),
    text("label").null(),
    text("format").null(),
    Column::new("port_index", Int).null(),
];

pub(super) const EQUIPMENT_CARDS: &[Column] = &[id(), uid(), to("equipment_id", TableId::EquipmentSpecs), Column::new("slot_number", Int)];

pub(super) const EQUIPMENT_CARD_IO: &[Column] = &[
    id(),
    uid(),
    to("card_id", TableId::EquipmentCards),
    port_type(),
    text("io_type"),
    text("label").null(),
    text("format").null(),
    Column::new("port_index", Int).null(),
];

pub(super) const SOURCES: &[Column] = &[
    id(),
    uid(),
    to("production_id", TableId::Productions),
    label(),
    text("type"),
    text("name"),
    Column::new("h_res", Int).null(),
    Column::new("v_res", Int).null(),
    Column::new("rate", Real).null(),
    text("standard").null(),
    text("note").null(),
    text("secondary_device").null(),
    text("blanking").null().check(OneOf(&["none", "RBv1", "RBv2", "RBv3"])),
];

pub(super) const SOURCE_OUTPUTS: &[Column] =
    &[id(), uid(), to("source_id", TableId::Sources), text("connector"), Column::new("output_index", Int).null().default_int(1)];

pub(super) const SENDS: &[Column] = &[
    id(),
    uid(),
    to("production_id", TableId::Productions),
    label(),
    text("type"),
    text("name"),
    Column::new("h_res", Int).null(),
    Column::new("v_res", Int).null(),
    Column::new("rate", Real).null(),
    text("standard").null(),
    text("note").null(),
    text("secondary_device").null(),
    text("output_connector").null(),
];

/// `intermediate_id` is of the equipment; `destination_id` of the sends or the equipment, as `destination_type` says.  Triggers
/// check both, and empty them when what they point to goes.
pub(super) const CONNECTIONS: &[Column] = &[
    id(),
    uid(),
    to("production_id", TableId::Productions),
    Column::new("source_id", Uuid).null().references(TableId::Sources, SetNull),
    Column::new("source_output_id", Uuid).null().references(TableId::SourceOutputs, SetNull),
    text("intermediate_type").null(),
    Column::new("intermediate_id", Uuid).null(),
    text("intermediate_input").null(),
    text("intermediate_output").null(),
    text("destination_type").null().check(OneOf(&["send", "switcher", "router", "processor", "recorder"])),
    Column::new("destination_id", Uuid).null(),
    Column::new("signal_path", Json).null(),
    text("note").null(),
];
