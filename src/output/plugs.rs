//! What may be lost, as it is told to the thread that sends: the rules, the looks of last resort, which clock is gone, and the
//! plugs that somebody has pulled to see what happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::looks::Looks;
use super::loss::{Cause, LossRules};
use super::newest::Newest;

#[derive(Default)]
pub struct Plugs {
    rules: Newest<LossRules>,
    pub(super) looks: Newest<Looks>,
    /// A bit for every cause.
    pulled: AtomicU8,
    deck_lost: AtomicBool,
}

fn bit(cause: Cause) -> u8 {
    1 << cause as u8
}

impl Plugs {
    pub fn of(rules: LossRules) -> Self {
        let plugs = Self::default();
        plugs.set_rules(rules);
        plugs
    }

    pub fn set_rules(&self, rules: LossRules) {
        self.rules.set(Some(Arc::new(rules.sane())));
    }

    pub fn rules(&self) -> LossRules {
        self.rules.get().as_deref().copied().unwrap_or_default()
    }

    /// Pulls a plug or puts it back.  What is behind it is then lost, or there, exactly as if it really were.
    pub fn pull(&self, cause: Cause, pulled: bool) {
        if pulled {
            self.pulled.fetch_or(bit(cause), Ordering::AcqRel);
        } else {
            self.pulled.fetch_and(!bit(cause), Ordering::AcqRel);
        }
    }

    pub fn is_pulled(&self, cause: Cause) -> bool {
        self.pulled.load(Ordering::Acquire) & bit(cause) != 0
    }

    /// Whoever follows a clock from outside says when it is gone, and when it is there again.
    pub fn set_deck_lost(&self, lost: bool) {
        self.deck_lost.store(lost, Ordering::Release);
    }

    pub fn is_deck_lost(&self) -> bool {
        self.deck_lost.load(Ordering::Acquire) || self.is_pulled(Cause::Deck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plug_is_pulled_by_itself() {
        let plugs = Plugs::default();
        for cause in Cause::ALL {
            plugs.pull(cause, true);
            assert_eq!(Cause::ALL.map(|other| plugs.is_pulled(other)), Cause::ALL.map(|other| other == cause));
            assert_eq!(plugs.is_deck_lost(), cause == Cause::Deck);
            plugs.pull(cause, false);
        }
        plugs.set_deck_lost(true);
        assert!(plugs.is_deck_lost() && !plugs.is_pulled(Cause::Deck));
    }
}
