//! Files of other programs, read into [`definition::Definition`], and rooms of other programs as plain facts.
//!
//! The only place that knows XML and the archives around it.  Nothing here knows a venue, an address or a rig.

pub mod archive;
pub mod definition;
pub mod gdtf;
pub mod mesh;
pub mod mvr;
pub mod ofl;
pub(in crate::venue) mod pack;
pub mod parameter;
pub mod qxf;
pub mod xml;

use std::path::Path;

use definition::Definition;

/// Longer files are no definitions.
pub const MAX_BYTES: usize = 64 << 20;
/// Ends of the names of definition files, in small letters, the best format first: where several files describe one device,
/// the first of these wins.
pub const EXTENSIONS: [&str; 3] = ["gdtf", "qxf", "json"];

/// Why a file is no fixture definition, whatever its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error(transparent)]
    Qxf(#[from] qxf::QxfError),
    #[error(transparent)]
    Gdtf(#[from] gdtf::GdtfError),
    #[error(transparent)]
    Ofl(#[from] ofl::OflError),
}

/// The end of a file's name, in small letters.
pub fn extension(name: &str) -> String {
    Path::new(name).extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The definition in a file: by the end of its name, or by what it begins with where that says nothing.
pub fn read(name: &str, bytes: &[u8]) -> Result<Definition, FormatError> {
    Ok(match extension(name).as_str() {
        "gdtf" => gdtf::read(bytes)?,
        "json" => ofl::read(name, bytes)?,
        "qxf" => qxf::read_bytes(bytes)?,
        _ if bytes.starts_with(b"PK") => gdtf::read(bytes)?,
        _ if bytes.trim_ascii_start().starts_with(b"{") => ofl::read(name, bytes)?,
        _ => qxf::read_bytes(bytes)?,
    })
}
