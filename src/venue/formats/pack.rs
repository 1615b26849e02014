//! What writers share: XML as text, and entries packed into an archive.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::xml::Element;

/// Elements written one after the other, two spaces a level.
#[derive(Debug)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// A part of a document.
    pub(super) fn bare() -> Self {
        Self { text: String::new(), open: Vec::new() }
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.text += &"  ".repeat(self.open.len());
        self.text.push('<');
        self.text += name;
        for (key, value) in attributes {
            self.text.push(' ');
            self.text += key;
            self.text += "=\"";
            escape(value, &mut self.text);
            self.text.push('"');
        }
        self.text += end;
    }

    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">\n");
        self.open.push(name);
    }

    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.text += &"  ".repeat(self.open.len());
            self.text += &format!("</{name}>\n");
        }
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>\n");
    }

    /// An element with nothing but text in it.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes, ">");
        escape(text, &mut self.text);
        self.text += &format!("</{name}>\n");
    }

    /// An element as it was read, with everything in it.
    pub(super) fn element(&mut self, element: &Element) {
        let attributes: Vec<(&str, &str)> = element.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        if element.children.is_empty() {
            return match element.text.as_str() {
                "" => self.empty(&element.name, &attributes),
                text => self.text(&element.name, &attributes, text),
            };
        }
        self.tag(&element.name, &attributes, ">");
        escape(&element.text, &mut self.text);
        self.text.push('\n');
        element.children.iter().for_each(|child| self.element(child));
        self.text += &format!("</{}>\n", element.name);
    }

    /// Closes what is open.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }
}

/// What XML cannot hold at all is dropped.
fn escape(value: &str, into: &mut String) {
    for sign in value.chars() {
        match sign {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\n' | '\r' | '\t' => into.push_str(&format!("&#{};", sign as u32)),
            sign if (sign as u32) < 0x20 || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => into.push(sign),
        }
    }
}

/// An archive of named entries; the same entries always give the same bytes.
pub(in crate::venue) fn zip<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, (String, String)> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
    for (name, bytes) in entries {
        let failed = |error: &dyn std::fmt::Display| (name.to_owned(), error.to_string());
        writer.start_file(name, options).map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(|error| ("the archive".to_owned(), error.to_string()))
}
