//! Definitions that people make with Luma, among their own.

use std::fs;

use super::sources::Places;
use crate::files;
use crate::venue::formats::definition::Definition;

impl Places {
    /// Writes a definition into the own folder, below its maker, whole or not at all; answers its path there.
    pub fn save(&self, definition: &Definition, end: &str, bytes: &[u8], replace: bool) -> Result<String, String> {
        let name = |text: &str| text.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '-' }).take(80).collect::<String>();
        let path = format!("{}/{}.{end}", name(&definition.manufacturer), name(&definition.model));
        let target = self.own.join(&path);
        if target.exists() && !replace {
            let shown = target.display();
            return Err(format!("\"{shown}\" is there already; give the definition another name, or ask for it to be replaced"));
        }
        let folder = target.parent().unwrap_or(&self.own);
        let written = fs::create_dir_all(folder).and_then(|()| files::write_atomic(&target, bytes));
        written.map(|()| path).map_err(|error| format!("\"{}\" cannot be written: {error}", target.display()))
    }
}
