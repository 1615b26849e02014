//! Every definition of every source, to be searched: what is in the indexes, what the program holds, each device once.
//!
//! A device that several files describe (the same maker and model, letters and digits alone) is listed by the best of them:
//! the user's own before all others, then by format (GDTF, QXF, the Open Fixture Library: the order of
//! [`formats::EXTENSIONS`]), then the first source.  The others stand beside it as copies.

use std::collections::BTreeMap;

use super::index::{self, Content};
use super::query::{Query, Subject};
use super::sources::{Origin, Places};
use super::summary::Summary;
use super::{Library, builtin};
use crate::venue::formats::{self, qxf};

#[derive(Debug)]
pub struct Item {
    /// Below its source; what a venue names it by.
    pub path: String,
    pub origin: Origin,
    pub summary: Summary,
    subject: Subject,
    /// The item that stands for the same device, where that is another one.
    copy_of: Option<usize>,
}

/// A file that is no definition.
#[derive(Debug)]
pub struct Broken {
    pub path: String,
    pub origin: Origin,
    pub reason: String,
}

#[derive(Debug, Default)]
pub struct Catalogue {
    /// By source, then path.
    pub items: Vec<Item>,
    pub broken: Vec<Broken>,
    /// Files that had to be read because no index knew them.
    pub n_read: usize,
    pub notices: Vec<String>,
}

/// Letters and digits, all small.
fn plain(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A maker without what kind of company that is: formats differ in how much of the name they write.
fn maker(text: &str) -> String {
    const KINDS: [&str; 16] = [
        "lighting",
        "light",
        "professional",
        "entertainment",
        "gmbh",
        "inc",
        "ltd",
        "llc",
        "sro",
        "srl",
        "spa",
        "co",
        "corp",
        "company",
        "international",
        "sl",
    ];
    let words: Vec<String> = text.split([' ', ',', '-']).map(plain).filter(|word| !word.is_empty()).collect();
    // The first word always counts: "Light Sky" and "Lighting Innovation" are makers.
    let kept = words.iter().enumerate().filter(|(at, word)| *at == 0 || !KINDS.contains(&word.as_str()));
    kept.map(|(_, word)| word.as_str()).collect()
}

#[derive(Debug)]
pub struct Hit<'a> {
    pub item: &'a Item,
    /// Indices of the modes that fit.
    pub modes: Vec<usize>,
    /// Other files of the same device.
    pub copies: Vec<&'a Item>,
}

impl Catalogue {
    /// Brings every index up to date.  What cannot be opened is left out and told.
    pub fn open(places: Option<&Places>) -> Self {
        let mut catalogue = Self::default();
        let (folders, problem) = places.map(Places::folders).unwrap_or_default();
        catalogue.notices.extend(problem);
        for (places, source) in places.into_iter().flat_map(|places| folders.iter().map(move |source| (places, source))) {
            match index::open(&source.folder, &places.index_of(&source.folder)) {
                Ok(index) => {
                    catalogue.n_read += index.n_read;
                    catalogue.notices.extend(index.notices);
                    index.entries.into_iter().for_each(|entry| catalogue.add(entry.path, source.origin, entry.content));
                }
                Err(problem) => catalogue.notices.push(problem),
            }
        }
        for (path, text) in builtin::DEFINITIONS {
            let content = match qxf::read(text) {
                Ok(definition) => Content::Definition(Summary::of(&definition)),
                Err(error) => Content::Broken(error.to_string()),
            };
            catalogue.add((*path).to_owned(), Origin::BuiltIn, content);
        }
        catalogue.fold();
        catalogue
    }

    fn add(&mut self, path: String, origin: Origin, content: Content) {
        match content {
            Content::Definition(summary) => {
                let subject = Subject::of(&summary);
                self.items.push(Item { path, origin, summary, subject, copy_of: None });
            }
            Content::Broken(reason) => self.broken.push(Broken { path, origin, reason }),
        }
    }

    fn fold(&mut self) {
        let format = |path: &str| formats::EXTENSIONS.iter().position(|known| *known == formats::extension(path));
        let mut best: BTreeMap<(String, String), (bool, Option<usize>, usize)> = BTreeMap::new();
        let key = |item: &Item| (maker(&item.summary.maker), plain(&item.summary.model));
        for (at, item) in self.items.iter().enumerate() {
            let rank = (item.origin != Origin::Own, format(&item.path), at);
            let best = best.entry(key(item)).or_insert(rank);
            *best = rank.min(*best);
        }
        for (at, item) in self.items.iter_mut().enumerate() {
            let leader = best.get(&key(item)).map(|(.., leader)| *leader);
            item.copy_of = leader.filter(|leader| *leader != at);
        }
    }

    /// What fits, by maker and model.
    pub fn search(&self, query: &Query) -> Vec<Hit<'_>> {
        let mut hits: Vec<(usize, Hit)> = Vec::new();
        for (at, item) in self.items.iter().enumerate().filter(|(_, item)| item.copy_of.is_none()) {
            if let Some(modes) = query.modes(&item.subject, &item.summary) {
                hits.push((at, Hit { item, modes, copies: Vec::new() }));
            }
        }
        for item in &self.items {
            if let Some(found) = item.copy_of.and_then(|leader| hits.binary_search_by_key(&leader, |(at, _)| *at).ok()) {
                hits[found].1.copies.push(item);
            }
        }
        let mut hits: Vec<Hit> = hits.into_iter().map(|(_, hit)| hit).collect();
        hits.sort_by(|a, b| {
            let key = |hit: &Hit| (hit.item.summary.maker.to_lowercase(), hit.item.summary.model.to_lowercase());
            key(a).cmp(&key(b))
        });
        hits
    }

    /// Every file of one device, the best first.
    pub fn device(&self, maker_name: &str, model: &str) -> impl Iterator<Item = &Item> {
        let wanted = (maker(maker_name), plain(model));
        let same = move |item: &&Item| maker(&item.summary.maker) == wanted.0 && plain(&item.summary.model) == wanted.1;
        let (best, copies): (Vec<&Item>, Vec<&Item>) = self.items.iter().filter(same).partition(|item| item.copy_of.is_none());
        best.into_iter().chain(copies)
    }

    pub fn n_devices(&self) -> usize {
        self.items.iter().filter(|item| item.copy_of.is_none()).count()
    }
}

impl Library {
    /// What can be searched of its sources.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::open(self.places.as_ref())
    }

    /// Every source that the platform has; what is wrong with the list of folders is told.
    pub fn standard(places: Option<&Places>) -> (Self, Option<String>) {
        let (folders, problem) = places.map(Places::folders).unwrap_or_default();
        (Self { places: places.cloned(), ..Self::with_folders(folders.into_iter().map(|source| source.folder)) }, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_is_the_same_with_and_without_its_kind_of_company() {
        for (a, b) in
            [("Robe", "Robe Lighting s.r.o."), ("Clay Paky", "Claypaky"), ("GLP", "GLP GmbH"), ("Elation", "Elation Professional")]
        {
            assert_eq!(maker(a), maker(b), "{a} and {b}");
        }
        assert_ne!(maker("Light Sky"), maker("Sky"));
        assert_eq!(maker("Lighting"), "lighting");
    }
}
