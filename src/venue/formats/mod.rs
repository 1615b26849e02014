//! Files of other programs, read into [`definition::Definition`].
//!
//! The only place that knows XML.  Nothing here knows a venue, an address or a rig.

pub mod definition;
pub mod ofl;
pub mod qxf;

use std::path::Path;

use definition::Definition;

/// Longer files are no definitions.
pub const MAX_BYTES: usize = 4 << 20;
/// Ends of the names of definition files, in small letters, the best format first: where several files describe one device,
/// the first of these wins.
pub const EXTENSIONS: [&str; 2] = ["qxf", "json"];

/// Why a file is no fixture definition, whatever its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error(transparent)]
    Qxf(#[from] qxf::QxfError),
    #[error(transparent)]
    Ofl(#[from] ofl::OflError),
}

/// The end of a file's name, in small letters.
pub fn extension(name: &str) -> String {
    Path::new(name).extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The definition in a file: by the end of its name, or by what it begins with where that says nothing.
pub fn read(name: &str, bytes: &[u8]) -> Result<Definition, FormatError> {
    let is_json = match extension(name).as_str() {
        "json" => true,
        "qxf" => false,
        _ => bytes.trim_ascii_start().starts_with(b"{"),
    };
    Ok(if is_json { ofl::read(name, bytes)? } else { qxf::read_bytes(bytes)? })
}
