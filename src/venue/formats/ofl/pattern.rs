//! The patterns that pixel groups are told by: `^O\d+$`, `^[A-F]1$`, `^(8|9|1\d)$`.
//!
//! Letters, classes, `.`, `+`, `*`, `?`, both ends and one level of alternatives: what the library uses and no more.  A
//! pattern with anything else is refused rather than read wrongly.  Every match is bounded by the length of a pixel's name.

const MAX_ALTERNATIVES: usize = 64;
const MAX_LENGTH: usize = 200;

/// What fits one sign.
#[derive(Clone, Debug)]
enum One {
    Any,
    Is(char),
    /// Ranges, and whether it is their complement that fits.
    Class(Vec<(char, char)>, bool),
}

#[derive(Clone, Debug)]
struct Piece {
    one: One,
    min: usize,
    max: usize,
}

/// A pattern as a list of plain sequences, of which one has to fit.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Sequence>);

#[derive(Clone, Debug)]
struct Sequence {
    pieces: Vec<Piece>,
    from_start: bool,
    to_end: bool,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let plain = alternatives(text)?;
        plain.iter().map(|text| sequence(text)).collect::<Option<Vec<_>>>().map(Self)
    }

    pub(super) fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().take(MAX_LENGTH).collect();
        let fits = |sequence: &Sequence| {
            let starts = if sequence.from_start { 0..1 } else { 0..name.len() + 1 };
            starts.into_iter().any(|start| fits_here(&sequence.pieces, &name[start..], sequence.to_end))
        };
        self.0.iter().any(fits)
    }
}

/// The pattern once for each alternative in its one pair of brackets, or between bars outside of any.
fn alternatives(text: &str) -> Option<Vec<String>> {
    let parts: Vec<String> = match (text.find('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            let inside = text[open + 1..close].trim_start_matches("?:");
            let (before, after) = (&text[..open], &text[close + 1..]);
            if inside.contains(['(', ')']) || after.starts_with(['+', '*', '?', '{']) {
                return None;
            }
            inside.split('|').map(|part| format!("{before}{part}{after}")).collect()
        }
        (None, None) => text.split('|').map(str::to_owned).collect(),
        _ => return None,
    };
    (parts.len() <= MAX_ALTERNATIVES).then_some(parts)
}

fn sequence(text: &str) -> Option<Sequence> {
    let (text, from_start) = text.strip_prefix('^').map_or((text, false), |rest| (rest, true));
    let (text, to_end) = text.strip_suffix('$').map_or((text, false), |rest| (rest, true));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        let one = match sign {
            '+' | '*' | '?' => {
                let last = pieces.last_mut().filter(|piece| (piece.min, piece.max) == (1, 1))?;
                (last.min, last.max) = match sign {
                    '+' => (1, usize::MAX),
                    '*' => (0, usize::MAX),
                    _ => (0, 1),
                };
                continue;
            }
            '\\' => escaped(signs.next()?)?,
            '.' => One::Any,
            '[' => class(&mut signs)?,
            '^' | '$' | '(' | ')' | '{' | '}' | '|' | ']' => return None,
            sign => One::Is(sign),
        };
        pieces.push(Piece { one, min: 1, max: 1 });
    }
    Some(Sequence { pieces, from_start, to_end })
}

fn escaped(sign: char) -> Option<One> {
    match sign {
        'd' => Some(One::Class(vec![('0', '9')], false)),
        's' => Some(One::Class(vec![(' ', ' '), ('\t', '\t')], false)),
        'w' => Some(One::Class(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], false)),
        sign if sign.is_alphanumeric() => None,
        sign => Some(One::Is(sign)),
    }
}

fn class(signs: &mut std::str::Chars) -> Option<One> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut negated = false;
    let mut open = None;
    loop {
        match signs.next()? {
            ']' => break,
            '^' if ranges.is_empty() && !negated => negated = true,
            '-' if !ranges.is_empty() && open.is_none() => open = ranges.pop().map(|(from, _)| from),
            sign => {
                let mut found = vec![(sign, sign)];
                if sign == '\\' {
                    found = match escaped(signs.next()?)? {
                        One::Class(ranges, _) => ranges,
                        One::Is(sign) => vec![(sign, sign)],
                        One::Any => return None,
                    };
                }
                match open.take() {
                    Some(from) => ranges.push((from, found.first()?.1)),
                    None => ranges.extend(found),
                }
            }
        }
    }
    if open.is_some() {
        ranges.push(('-', '-'));
    }
    Some(One::Class(ranges, negated))
}

impl One {
    fn fits(&self, sign: char) -> bool {
        match self {
            Self::Any => true,
            Self::Is(wanted) => *wanted == sign,
            Self::Class(ranges, negated) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&sign)) != *negated,
        }
    }
}

/// The places that the pieces can have reached so far, piece by piece: no going back, so no pattern takes long.
fn fits_here(pieces: &[Piece], name: &[char], to_end: bool) -> bool {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for piece in pieces {
        let mut next = vec![false; name.len() + 1];
        for start in (0..=name.len()).filter(|&start| reached[start]) {
            let run = name[start..].iter().take(piece.max).take_while(|sign| piece.one.fits(**sign)).count();
            (piece.min..=run).for_each(|length| next[start + length] = true);
        }
        reached = next;
    }
    if to_end { reached[name.len()] } else { reached.contains(&true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_library_fit_what_they_mean() {
        for (pattern, fitting, others) in [
            (r"^O\d+$", vec!["O1", "O12"], vec!["O", "XO1", "O1b"]),
            (r"^[A-F]1$", vec!["A1", "F1"], vec!["G1", "A12"]),
            (r"^(8|9|1\d)$", vec!["8", "9", "17"], vec!["7", "1", "88"]),
            (" Top$", vec!["1 Top"], vec!["Top", "1 Top x"]),
            ("C", vec!["C", "aCb"], vec!["c"]),
            (r"^\d*a?$", vec!["", "12", "12a"], vec!["a1"]),
        ] {
            let read = Pattern::new(pattern).unwrap();
            assert!(fitting.iter().all(|name| read.fits(name)), "{pattern}");
            assert!(!others.iter().any(|name| read.fits(name)), "{pattern}");
        }
        for odd in ["(a)(b)", "a{2}", "((a))", "[a", "a++", r"\b", "(a", "(a)+"] {
            assert!(Pattern::new(odd).is_none(), "{odd}");
        }
    }
}
