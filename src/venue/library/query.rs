//! What people type to find a definition: `robe moving`, `channels:16 kind:moving can:gobo`, `maker:"Clay Paky" heads:>1`.
//!
//! Every word has to fit; words fit by their beginning.  What is said about channels, heads, mode and abilities has to be
//! true of one and the same mode.

use super::summary::{ModeSummary, Summary};

/// Longer questions are none.
const MAX_WORDS: usize = 32;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// Maker, model or mode.
    Any(String),
    Maker(String),
    Model(String),
    Kind(String),
    Mode(String),
    Channels(u16, u16),
    Heads(u16, u16),
    Can(String),
}

/// Why a question cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("\"{key}:\" is no key; the keys are maker, model, kind, mode, channels, heads and can")]
    Key { key: String },
    #[error("\"{text}\" is no number of {key}; write {key}:16, {key}:8-16, {key}:>8 or {key}:<8")]
    Number { key: &'static str, text: String },
    #[error("nothing is known that \"can:{text}\"; what can be asked for is movement, {}", super::summary::Can::WORDS.join(", "))]
    Ability { text: String },
    #[error("more than {MAX_WORDS} words; leave some out")]
    TooMany,
}

impl Query {
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let words = words(text);
        if words.len() > MAX_WORDS {
            return Err(QueryError::TooMany);
        }
        words.iter().map(|word| term(word)).collect::<Result<_, _>>().map(|terms| Self { terms })
    }

    /// The modes that fit; `None` where the definition does not fit at all.
    pub fn modes(&self, subject: &Subject, summary: &Summary) -> Option<Vec<usize>> {
        let mut of_modes = Vec::new();
        for term in &self.terms {
            match term {
                Term::Any(word) if begins(&subject.maker, word) || begins(&subject.model, word) => {}
                Term::Maker(word) if begins(&subject.maker, word) => {}
                Term::Model(word) if begins(&subject.model, word) => {}
                Term::Kind(word) if begins(&subject.kind, word) => {}
                Term::Maker(_) | Term::Model(_) | Term::Kind(_) => return None,
                of_mode => of_modes.push(of_mode),
            }
        }
        let fits = |(at, mode): &(usize, &ModeSummary)| of_modes.iter().all(|term| fits(term, mode, &subject.modes[*at]));
        let modes: Vec<usize> = summary.modes.iter().enumerate().filter(fits).map(|(at, _)| at).collect();
        (!modes.is_empty() || (of_modes.is_empty() && summary.modes.is_empty())).then_some(modes)
    }
}

fn fits(term: &Term, mode: &ModeSummary, name: &[String]) -> bool {
    match term {
        Term::Any(word) | Term::Mode(word) => begins(name, word),
        Term::Channels(from, to) => (*from..=*to).contains(&mode.channels),
        Term::Heads(from, to) => (*from..=*to).contains(&mode.heads),
        Term::Can(word) => mode.can.has(word),
        Term::Maker(_) | Term::Model(_) | Term::Kind(_) => true,
    }
}

/// A definition's names in small letters, split into words once.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    maker: Vec<String>,
    model: Vec<String>,
    kind: Vec<String>,
    modes: Vec<Vec<String>>,
}

impl Subject {
    pub fn of(summary: &Summary) -> Self {
        let mut kind = split(&summary.kind);
        // What people call the kinds of QLC+.
        let names: &[&str] = match summary.kind.as_str() {
            "Color Changer" => &["colour", "par", "wash", "led"],
            "LED Bar (Beams)" | "LED Bar (Pixels)" => &["batten", "strip"],
            "Smoke" | "Hazer" => &["fog"],
            "Moving Head" => &["mover"],
            _ => &[],
        };
        kind.extend(names.iter().map(|name| (*name).to_owned()));
        let modes = summary.modes.iter().map(|mode| split(&mode.name)).collect();
        Self { maker: split(&summary.maker), model: split(&summary.model), kind, modes }
    }
}

/// The whole name comes first, so that "clay paky" and "claypaky" both begin it.  `LEDWash` is begun by "led" and by "wash".
fn split(name: &str) -> Vec<String> {
    let plain = name.to_lowercase();
    let mut words = vec![plain.chars().filter(|sign| sign.is_alphanumeric()).collect::<String>()];
    words.extend(plain.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned));
    for word in name.split(|sign: char| !sign.is_alphanumeric()) {
        let signs: Vec<char> = word.chars().collect();
        let inside =
            signs.windows(2).enumerate().filter(|(_, pair)| pair[1].is_uppercase() || pair[0].is_numeric() != pair[1].is_numeric());
        // The last capital of a run begins the next word.
        let starts = inside.map(|(at, _)| at + 1).filter(|&at| {
            !(signs[at - 1].is_uppercase() && signs[at].is_uppercase()) || signs.get(at + 1).is_some_and(|next| next.is_lowercase())
        });
        words.extend(starts.map(|at| signs[at..].iter().collect::<String>().to_lowercase()));
    }
    words
}

fn begins(words: &[String], with: &str) -> bool {
    words.iter().any(|word| word.starts_with(with))
}

/// Split at white space, save inside of quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for sign in text.chars() {
        match sign {
            '"' => quoted = !quoted,
            sign if sign.is_whitespace() && !quoted => words.push(String::new()),
            sign => words.last_mut().into_iter().for_each(|word| word.push(sign)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn term(word: &str) -> Result<Term, QueryError> {
    let plain = |text: &str| text.to_lowercase().chars().filter(|sign| sign.is_alphanumeric()).collect::<String>();
    let Some((key, text)) = word.split_once(':') else { return Ok(Term::Any(plain(word))) };
    let range = |key: &'static str| number_range(text).ok_or_else(|| QueryError::Number { key, text: text.to_owned() });
    match key.to_lowercase().as_str() {
        "maker" | "manufacturer" => Ok(Term::Maker(plain(text))),
        "model" => Ok(Term::Model(plain(text))),
        "kind" | "type" => Ok(Term::Kind(plain(text))),
        "mode" => Ok(Term::Mode(plain(text))),
        "channels" | "ch" => range("channels").map(|(from, to)| Term::Channels(from, to)),
        "heads" => range("heads").map(|(from, to)| Term::Heads(from, to)),
        "can" | "cap" | "has" => {
            let text = plain(text).replace("colour", "color");
            let known = "movement".starts_with(&text) || super::summary::Can::WORDS.iter().any(|word| word.starts_with(&text));
            if known { Ok(Term::Can(text)) } else { Err(QueryError::Ability { text }) }
        }
        _ => Err(QueryError::Key { key: key.to_owned() }),
    }
}

fn number_range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    if let Some(above) = text.strip_prefix('>') {
        return Some((number(above)?.checked_add(1)?, u16::MAX));
    }
    if let Some(below) = text.strip_prefix('<') {
        return Some((0, number(below)?.checked_sub(1)?));
    }
    match text.split_once('-') {
        Some((from, to)) => Some((number(from)?, number(to)?)).filter(|(from, to)| from <= to),
        None => number(text).map(|number| (number, number)),
    }
}
