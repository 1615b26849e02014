//! What the lamps do when something is lost: chosen by people, decided by [`watch`], made of bytes by [`looks`](super::looks).
//!
//! Kept with the settings of this device, as JSON, by the names used here: add, never rename.

pub mod watch;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Nobody waits longer than this for a rule to act.
pub const LONGEST_DELAY_MS: u32 = 3_600_000;
pub const LONGEST_FADE_MS: u32 = 60_000;
/// Of delay and fade of a program that is closed: it must end.
pub const LONGEST_EXIT_MS: u32 = 10_000;

/// What can be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The deck or the clock that the show follows.
    Deck,
    /// The program: it breaks in every frame.
    Engine,
    /// Packets leave no more; its rule acts when they do again.
    Network,
    /// Luma is closed.
    Exit,
}

impl Cause {
    pub const ALL: [Self; 4] = [Self::Deck, Self::Engine, Self::Network, Self::Exit];

    /// As it is told on the command line and kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deck => "deck",
            Self::Engine => "engine",
            Self::Network => "network",
            Self::Exit => "exit",
        }
    }

    /// What has happened, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Deck => "The deck or its clock is lost",
            Self::Engine => "The show breaks in every frame",
            Self::Network => "The network is back after it was away",
            Self::Exit => "Luma is closed",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// The last look stays.
    #[default]
    Hold,
    /// A still look that people can work and leave by.
    Safe,
    /// No light; nothing else moves.
    Black,
}

impl Act {
    pub const ALL: [Self; 3] = [Self::Hold, Self::Safe, Self::Black];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Safe => "safe",
            Self::Black => "black",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadRule {
    #[error(
        "\"{0}\" is no loss rule: give hold, safe or black, and where wanted the seconds before it and the seconds of its fade, like safe:5:2"
    )]
    Form(String),
    #[error("\"{0}\" waits or fades too long: give at most 3600 s and 60 s")]
    Long(String),
}

/// One answer to one loss.  Written `act[:delay[:fade]]`, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    pub act: Act,
    /// The last look is held for so long first.
    pub delay_ms: u32,
    /// Of the way there, and of the way back into the show.
    pub fade_ms: u32,
}

impl Rule {
    pub const fn new(act: Act, delay_ms: u32, fade_ms: u32) -> Self {
        Self { act, delay_ms, fade_ms }
    }

    fn within(self, longest_delay_ms: u32, longest_fade_ms: u32) -> Self {
        Self { delay_ms: self.delay_ms.min(longest_delay_ms), fade_ms: self.fade_ms.min(longest_fade_ms), ..self }
    }

    /// How long until it has done what it does.
    pub fn whole_ms(self) -> u64 {
        u64::from(self.delay_ms) + if self.act == Act::Hold { 0 } else { u64::from(self.fade_ms) }
    }

    /// What happens by this rule, as a sentence without its end.
    pub fn words(self, cause: Cause) -> String {
        let secs = |ms: u32| format!("{} s", f64::from(ms) / 1000.0);
        let wait = |then: &str| {
            if self.delay_ms == 0 { then.to_owned() } else { format!("the last look stands for {}, then {then}", secs(self.delay_ms)) }
        };
        let fade = if self.fade_ms == 0 { "at once".to_owned() } else { format!("in {}", secs(self.fade_ms)) };
        let what = match (cause, self.act) {
            (Cause::Network, act) => {
                let look = match act {
                    Act::Hold => "what the lamps had last",
                    Act::Safe => "the safe look",
                    Act::Black => "darkness",
                };
                match (self.delay_ms, self.fade_ms) {
                    (0, 0) => "the show goes on at once".to_owned(),
                    (0, _) => format!("from {look} the show comes back {fade}"),
                    _ => format!("{look} stands for {}, then the show comes back {fade}", secs(self.delay_ms)),
                }
            }
            (_, Act::Hold) if cause == Cause::Exit => "the last look is left standing at the lamps".to_owned(),
            (_, Act::Hold) => "the last look stays".to_owned(),
            (_, Act::Safe) => wait(&format!("the safe look comes {fade}")),
            (_, Act::Black) => wait(&format!("it goes dark {fade}; no head moves")),
        };
        format!("{}: {what}", cause.words())
    }
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let bad = || BadRule::Form(text.to_owned());
        let mut parts = text.trim().split(':');
        let name = parts.next().unwrap_or_default();
        let act = Act::ALL.into_iter().find(|act| act.name() == name).ok_or_else(bad)?;
        let mut ms = |longest: u32| match parts.next() {
            None => Ok(0),
            Some(part) => match part.parse::<f64>() {
                Ok(secs) if secs >= 0.0 && secs * 1000.0 <= f64::from(longest) => Ok((secs * 1000.0).round() as u32),
                Ok(secs) if secs > 0.0 => Err(BadRule::Long(text.to_owned())),
                _ => Err(bad()),
            },
        };
        let rule = Self { act, delay_ms: ms(LONGEST_DELAY_MS)?, fade_ms: ms(LONGEST_FADE_MS)? };
        if parts.next().is_some() { Err(bad()) } else { Ok(rule) }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.act.name(), f64::from(self.delay_ms) / 1000.0, f64::from(self.fade_ms) / 1000.0)
    }
}

/// The look of last resort: every head still, at one level, in one colour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SafeLook {
    /// `0.0..=1.0`.
    pub level: f32,
    pub color: [u8; 3],
}

impl Default for SafeLook {
    /// Warm, and enough to walk by.
    fn default() -> Self {
        Self { level: 0.3, color: [255, 190, 120] }
    }
}

/// An answer to every loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LossRules {
    pub deck: Rule,
    pub engine: Rule,
    pub network: Rule,
    pub exit: Rule,
    pub safe: SafeLook,
}

impl Default for LossRules {
    /// Nothing jumps and nothing goes dark by itself, but for a show that is closed.
    fn default() -> Self {
        Self {
            deck: Rule::new(Act::Hold, 0, 2000),
            engine: Rule::new(Act::Hold, 0, 1000),
            network: Rule::new(Act::Hold, 0, 500),
            exit: Rule::new(Act::Black, 0, 0),
            safe: SafeLook::default(),
        }
    }
}

impl LossRules {
    pub fn of(&self, cause: Cause) -> Rule {
        match cause {
            Cause::Deck => self.deck,
            Cause::Engine => self.engine,
            Cause::Network => self.network,
            Cause::Exit => self.exit,
        }
    }

    pub fn of_mut(&mut self, cause: Cause) -> &mut Rule {
        match cause {
            Cause::Deck => &mut self.deck,
            Cause::Engine => &mut self.engine,
            Cause::Network => &mut self.network,
            Cause::Exit => &mut self.exit,
        }
    }

    /// What was kept by hand or by another version may be anything.
    pub fn sane(self) -> Self {
        let level = if self.safe.level.is_finite() { self.safe.level.clamp(0.0, 1.0) } else { SafeLook::default().level };
        let rule = |rule: Rule| rule.within(LONGEST_DELAY_MS, LONGEST_FADE_MS);
        Self {
            deck: rule(self.deck),
            engine: rule(self.engine),
            network: rule(self.network),
            exit: self.exit.within(LONGEST_EXIT_MS / 2, LONGEST_EXIT_MS / 2),
            safe: SafeLook { level, ..self.safe },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_written_and_refused_with_a_form_to_follow() {
        for (text, rule) in [
            ("hold", Rule::new(Act::Hold, 0, 0)),
            ("safe:5:2", Rule::new(Act::Safe, 5000, 2000)),
            ("black:0.25", Rule::new(Act::Black, 250, 0)),
        ] {
            assert_eq!(text.parse(), Ok(rule));
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        for text in ["", "dark", "safe:x", "safe:-1", "safe:1:2:3", "safe:nan"] {
            assert!(text.parse::<Rule>().unwrap_err().to_string().contains("like safe:5:2"), "{text}");
        }
        assert!("safe:4000".parse::<Rule>().unwrap_err().to_string().contains("3600"));
    }

    #[test]
    fn what_happens_is_told_in_words() {
        let words = |cause, text: &str| text.parse::<Rule>().unwrap().words(cause);
        assert_eq!(words(Cause::Deck, "hold"), "The deck or its clock is lost: the last look stays");
        assert_eq!(
            words(Cause::Engine, "safe:5:2"),
            "The show breaks in every frame: the last look stands for 5 s, then the safe look comes in 2 s"
        );
        assert_eq!(words(Cause::Exit, "black"), "Luma is closed: it goes dark at once; no head moves");
        assert_eq!(
            words(Cause::Network, "hold:0:0.5"),
            "The network is back after it was away: from what the lamps had last the show comes back in 0.5 s"
        );
        assert_eq!(
            words(Cause::Network, "black:3"),
            "The network is back after it was away: darkness stands for 3 s, then the show comes back at once"
        );
    }

    #[test]
    fn rules_are_kept_by_name_and_put_right() {
        let kept = serde_json::to_string(&LossRules::default()).unwrap();
        assert!(kept.contains(r#""deck":{"act":"hold","delay_ms":0,"fade_ms":2000}"#), "{kept}");
        assert_eq!(serde_json::from_str::<LossRules>(&kept).unwrap(), LossRules::default());
        assert_eq!(serde_json::from_str::<LossRules>("{}").unwrap(), LossRules::default());
        let wild = r#"{"exit":{"act":"safe","delay_ms":4000000000,"fade_ms":4000000000},"safe":{"level":7.0},"later":1}"#;
        let sane = serde_json::from_str::<LossRules>(wild).unwrap().sane();
        assert_eq!((sane.exit.whole_ms(), sane.safe.level), (u64::from(LONGEST_EXIT_MS), 1.0));
    }
}
