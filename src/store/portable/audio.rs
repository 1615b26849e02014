//! Sounds out of a portable file, onto this device.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use super::PortableError;
use super::plan::Plan;
use super::read::Archive;
use crate::document::transaction::Transaction;
use crate::files;
use crate::registry::TableId;

/// Writes the plan's sounds into `folder`, named after their tracks, and answers the plan's transaction with their paths
/// set.  Files are written before the transaction is: one that fails leaves sounds that nothing names, and the next
/// import writes them again.
pub fn unpack(from: &Path, plan: &Plan, folder: &Path) -> Result<Transaction, PortableError> {
    let mut transaction = plan.transaction.clone();
    if plan.sounds.is_empty() {
        return Ok(transaction);
    }
    fs::create_dir_all(folder)?;
    let file = File::open(from).map_err(|source| PortableError::Open { path: from.display().to_string(), source })?;
    let mut archive = Archive::open(BufReader::new(file))?;
    for (track, sound) in &plan.sounds {
        let path = folder.join(format!("{track}.{}", sound.extension));
        files::write_atomic_with(&path, |file| {
            let mut out = BufWriter::new(file);
            archive.sound(sound, &mut out)?;
            out.flush().map_err(PortableError::from)
        })?;
        let text = path.to_str().ok_or_else(|| io::Error::other("the folder's name is no text"))?;
        transaction = transaction.set(TableId::Tracks, *track, [("file_path", text.into())]);
    }
    Ok(transaction)
}
