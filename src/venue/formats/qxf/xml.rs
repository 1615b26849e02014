//! XML into a tree of elements, within bounds: nothing a file says can make this recurse, expand or grow without end.
//!
//! Document types with declarations of their own and entities other than the five of XML are refused rather than ignored,
//! because a file that needs them would be read wrongly.

use std::fmt;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::QxfError;

pub(super) const MAX_BYTES: usize = 4 << 20;
const MAX_DEPTH: usize = 16;
const MAX_ELEMENTS: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// Character data before the first child, trimmed.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    /// From 1.
    pub(super) line: usize,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The root element of `text`.
pub(super) fn parse(text: &str) -> Result<Element, QxfError> {
    if text.len() > MAX_BYTES {
        return Err(QxfError::TooLarge { bytes: text.len() });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut tree = Tree { text, at: 0, line: 1, open: Vec::new(), root: None, n_elements: 0 };
    loop {
        let event = reader.read_event();
        tree.move_to(reader.buffer_position() as usize);
        match event.map_err(|source| tree.malformed(&source))? {
            Event::Start(tag) => tree.open(&tag)?,
            Event::Empty(tag) => {
                tree.open(&tag)?;
                tree.close();
            }
            Event::End(_) => tree.close(),
            Event::Text(data) => tree.push_text(&data.xml10_content())?,
            Event::CData(data) => tree.push_text(&data.xml10_content())?,
            Event::GeneralRef(reference) => {
                let resolved = reference.resolve_char_ref().map_err(|source| tree.malformed(&source))?;
                let named = || quick_xml::escape::resolve_predefined_entity(&reference).map(String::from);
                let Some(data) = resolved.map(String::from).or_else(named) else {
                    return Err(QxfError::Entity { line: tree.line, name: reference.to_string() });
                };
                tree.push_text(&data)?;
            }
            Event::DocType(data) if data.contains('[') => return Err(QxfError::InternalSubset { line: tree.line }),
            Event::Eof => return tree.finish(),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

struct Tree<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    open: Vec<Element>,
    root: Option<Element>,
    n_elements: usize,
}

impl Tree<'_> {
    fn move_to(&mut self, position: usize) {
        let position = position.clamp(self.at, self.text.len());
        self.line += self.text.as_bytes()[self.at..position].iter().filter(|&&byte| byte == b'\n').count();
        self.at = position;
    }

    fn malformed(&self, source: &dyn fmt::Display) -> QxfError {
        QxfError::Malformed { line: self.line, reason: source.to_string() }
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), QxfError> {
        self.n_elements += 1;
        if self.open.len() >= MAX_DEPTH {
            return Err(QxfError::TooDeep { line: self.line, max: MAX_DEPTH });
        }
        if self.n_elements > MAX_ELEMENTS {
            return Err(QxfError::TooMany { line: self.line, max: MAX_ELEMENTS, what: "elements" });
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(QxfError::Malformed { line: self.line, reason: "a second root element".to_owned() });
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|source| self.malformed(&source))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|source| self.malformed(&source))?;
            attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
        }
        let name = tag.local_name().as_ref().to_owned();
        self.open.push(Element { name, attributes, line: self.line, ..Element::default() });
        Ok(())
    }

    fn close(&mut self) {
        let Some(mut element) = self.open.pop() else {
            return;
        };
        element.text = element.text.trim().to_owned();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn push_text(&mut self, data: &str) -> Result<(), QxfError> {
        match self.open.last_mut() {
            Some(element) if element.children.is_empty() => element.text.push_str(data),
            Some(_) => {}
            None if data.trim().is_empty() => {}
            None => return Err(QxfError::Malformed { line: self.line, reason: "text outside of the root element".to_owned() }),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Element, QxfError> {
        match (self.open.pop(), self.root) {
            (Some(element), _) => Err(QxfError::Unclosed { line: element.line, name: element.name }),
            (None, Some(root)) => Ok(root),
            (None, None) => Err(QxfError::Malformed { line: self.line, reason: "no element in it".to_owned() }),
        }
    }
}
