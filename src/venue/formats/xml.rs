//! XML into a tree of elements, within bounds: nothing a file says can make this recurse, expand or grow without end.
//!
//! Document types with declarations of their own and entities other than the five of XML are refused rather than ignored,
//! because a file that needs them would be read wrongly.

use std::fmt;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// How much of a document is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes: usize,
    pub depth: usize,
    pub elements: usize,
}

/// Why a text is no XML, or more of it than is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    #[error("it is {bytes} bytes long; such a file has at most {max}")]
    TooLarge { bytes: usize, max: usize },
    #[error("line {line}: not well-formed XML: {reason}")]
    Malformed { line: usize, reason: String },
    #[error("line {line}: <{name}> is never closed; the file may be cut off")]
    Unclosed { line: usize, name: String },
    #[error("line {line}: elements nest deeper than {max}")]
    TooDeep { line: usize, max: usize },
    #[error("line {line}: more than {max} elements")]
    TooMany { line: usize, max: usize },
    #[error("line {line}: unknown entity &{name}; (only the five of XML itself are read)")]
    Entity { line: usize, name: String },
    #[error("line {line}: the document type declares things of its own, which is not read")]
    InternalSubset { line: usize },
}

#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Character data before the first child, trimmed.
    pub text: String,
    pub children: Vec<Element>,
    /// From 1.
    pub line: usize,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The root element of `text`.
pub fn parse(text: &str, limits: Limits) -> Result<Element, XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: text.len(), max: limits.bytes });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut tree = Tree { limits, text, at: 0, line: 1, open: Vec::new(), root: None, n_elements: 0 };
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
                    return Err(XmlError::Entity { line: tree.line, name: reference.to_string() });
                };
                tree.push_text(&data)?;
            }
            Event::DocType(data) if data.contains('[') => return Err(XmlError::InternalSubset { line: tree.line }),
            Event::Eof => return tree.finish(),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

struct Tree<'a> {
    limits: Limits,
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

    fn malformed(&self, source: &dyn fmt::Display) -> XmlError {
        XmlError::Malformed { line: self.line, reason: source.to_string() }
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), XmlError> {
        self.n_elements += 1;
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep { line: self.line, max: self.limits.depth });
        }
        if self.n_elements > self.limits.elements {
            return Err(XmlError::TooMany { line: self.line, max: self.limits.elements });
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlError::Malformed { line: self.line, reason: "a second root element".to_owned() });
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

    fn push_text(&mut self, data: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) if element.children.is_empty() => element.text.push_str(data),
            Some(_) => {}
            None if data.trim().is_empty() => {}
            None => return Err(XmlError::Malformed { line: self.line, reason: "text outside of the root element".to_owned() }),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Element, XmlError> {
        match (self.open.pop(), self.root) {
            (Some(element), _) => Err(XmlError::Unclosed { line: element.line, name: element.name }),
            (None, Some(root)) => Ok(root),
            (None, None) => Err(XmlError::Malformed { line: self.line, reason: "no element in it".to_owned() }),
        }
    }
}
