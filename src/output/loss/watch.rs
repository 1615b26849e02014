//! From what is lost on a beat to what is shown on it.
//!
//! Pure: beats and what is known on them are arguments.  What a rule leads away from is always what was on the wire at that
//! moment, so whatever comes on top of a loss (another loss, its end in the middle of a fade) jumps nowhere.

use std::time::{Duration, Instant};

use super::{Act, Cause, LossRules, Rule};

/// A shorter silence of the network is a hiccup: the show goes on behind it at once.
pub const HICCUP: Duration = Duration::from_millis(250);

/// What is known on a beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    pub deck_lost: bool,
    pub engine_broken: bool,
    /// Nothing could leave on the beat before.
    pub network_down: bool,
}

impl Signs {
    fn cause(self) -> Option<Cause> {
        if self.engine_broken { Some(Cause::Engine) } else { self.deck_lost.then_some(Cause::Deck) }
    }
}

/// What the wires are to carry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mix {
    /// The show as it is.
    Show,
    /// From the base to a look, by `0.0..=1.0`.
    Away(Act, f32),
    /// From the base to the show, by `0.0..=1.0`.
    Back(f32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What is on the wires now becomes the base, before anything new is taken.
    pub rebase: bool,
    pub mix: Mix,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Show,
    Lost(Cause, Instant),
    /// Nobody hears what is sent.
    Away(Instant),
    /// Its rule, from when it was back.
    Again(Instant),
    Back(Instant, Duration),
}

/// What is going on, for those who look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    pub cause: Cause,
    pub since: Instant,
}

#[derive(Clone, Copy, Debug)]
pub struct Watch {
    phase: Phase,
}

impl Default for Watch {
    fn default() -> Self {
        Self { phase: Phase::Show }
    }
}

fn ms(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// How far a rule has come.
fn away(rule: Rule, since: Instant, now: Instant) -> Mix {
    Mix::Away(rule.act, share(now.saturating_duration_since(since).checked_sub(ms(rule.delay_ms)), ms(rule.fade_ms)))
}

fn share(gone: Option<Duration>, whole: Duration) -> f32 {
    match gone {
        None => 0.0,
        Some(gone) if gone >= whole => 1.0,
        Some(gone) => gone.as_secs_f32() / whole.as_secs_f32(),
    }
}

impl Watch {
    /// One beat.  `now` never runs back.
    pub fn step(&mut self, signs: Signs, rules: &LossRules, now: Instant) -> Step {
        let before = self.phase;
        self.phase = self.next(signs, rules, now);
        let rebase = std::mem::discriminant(&before) != std::mem::discriminant(&self.phase) && self.phase != Phase::Show
            || matches!((before, self.phase), (Phase::Lost(before, _), Phase::Lost(after, _)) if before != after);
        Step { rebase, mix: self.mix(rules, now) }
    }

    fn next(&self, signs: Signs, rules: &LossRules, now: Instant) -> Phase {
        if signs.network_down {
            return if let Phase::Away(since) = self.phase { Phase::Away(since) } else { Phase::Away(now) };
        }
        if let Some(cause) = signs.cause() {
            return match self.phase {
                Phase::Lost(known, since) if known == cause => Phase::Lost(known, since),
                _ => Phase::Lost(cause, now),
            };
        }
        match self.phase {
            Phase::Lost(cause, _) => Phase::Back(now, ms(rules.of(cause).fade_ms)),
            Phase::Away(since) if now.saturating_duration_since(since) < HICCUP => Phase::Show,
            Phase::Away(_) => Phase::Again(now),
            Phase::Again(since) if now.saturating_duration_since(since) >= ms(rules.network.delay_ms) => {
                Phase::Back(now, ms(rules.network.fade_ms))
            }
            Phase::Back(since, fade) if now.saturating_duration_since(since) >= fade => Phase::Show,
            phase => phase,
        }
        .settled(now, rules)
    }

    fn mix(&self, rules: &LossRules, now: Instant) -> Mix {
        match self.phase {
            Phase::Show => Mix::Show,
            Phase::Lost(cause, since) => away(rules.of(cause), since, now),
            // What gets through first must not be a flash of what was before.
            Phase::Away(since) if now.saturating_duration_since(since) >= HICCUP => Mix::Away(rules.network.act, 1.0),
            Phase::Away(_) => Mix::Away(Act::Hold, 0.0),
            Phase::Again(_) => Mix::Away(rules.network.act, 1.0),
            Phase::Back(since, fade) => Mix::Back(share(Some(now.saturating_duration_since(since)), fade)),
        }
    }

    /// `None` while the show is shown.
    pub fn loss(&self) -> Option<Loss> {
        match self.phase {
            Phase::Lost(cause, since) => Some(Loss { cause, since }),
            Phase::Away(since) | Phase::Again(since) => Some(Loss { cause: Cause::Network, since }),
            Phase::Show | Phase::Back(..) => None,
        }
    }

    /// The way out: what a show that is closed shows `gone` after it was told to end; true once it is there.
    pub fn leave(rule: Rule, gone: Duration) -> (Mix, bool) {
        let amount = share(gone.checked_sub(ms(rule.delay_ms)), ms(rule.fade_ms));
        (Mix::Away(rule.act, amount), gone.as_millis() >= u128::from(rule.whole_ms()))
    }

    /// Plugged in again after everything had ended.
    pub fn come_back(&mut self, rule: Rule, now: Instant) {
        self.phase = Phase::Back(now, ms(rule.fade_ms));
    }
}

impl Phase {
    /// What takes no time is over at once.
    fn settled(self, now: Instant, rules: &LossRules) -> Self {
        match self {
            Self::Again(since) if since == now && rules.network.delay_ms == 0 => {
                Self::Back(now, ms(rules.network.fade_ms)).settled(now, rules)
            }
            Self::Back(since, fade) if since == now && fade.is_zero() => Self::Show,
            phase => phase,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEAT_MS: u64 = 20;

    fn rules() -> LossRules {
        LossRules {
            deck: Rule::new(Act::Safe, 100, 200),
            engine: Rule::new(Act::Black, 40, 0),
            network: Rule::new(Act::Hold, 60, 40),
            ..LossRules::default()
        }
    }

    const DECK: Signs = Signs { deck_lost: true, engine_broken: false, network_down: false };
    const ENGINE: Signs = Signs { engine_broken: true, deck_lost: false, network_down: false };
    const DOWN: Signs = Signs { network_down: true, deck_lost: false, engine_broken: false };
    const WELL: Signs = Signs { network_down: false, deck_lost: false, engine_broken: false };

    /// Beats of 20 ms: how many of which signs, and what each shows.
    fn play(rules: &LossRules, script: &[(Signs, usize)]) -> Vec<Step> {
        let (mut watch, mut now) = (Watch::default(), Instant::now());
        let signs = script.iter().flat_map(|&(signs, n)| std::iter::repeat_n(signs, n));
        signs
            .map(|signs| {
                now += Duration::from_millis(BEAT_MS);
                watch.step(signs, rules, now)
            })
            .collect()
    }

    fn mixes(steps: &[Step]) -> Vec<Mix> {
        steps.iter().map(|step| step.mix).collect()
    }

    #[test]
    fn a_lost_deck_holds_for_its_delay_then_fades_and_comes_back_the_same_way() {
        let steps = play(&rules(), &[(WELL, 2), (DECK, 20), (WELL, 12)]);
        let mix = mixes(&steps);
        assert_eq!(mix[..2], [Mix::Show; 2]);
        assert!(mix[2..=7].iter().all(|mix| *mix == Mix::Away(Act::Safe, 0.0)), "{mix:?}");
        assert_eq!((mix[12], mix[17]), (Mix::Away(Act::Safe, 0.5), Mix::Away(Act::Safe, 1.0)));
        assert_eq!((mix[22], mix[27]), (Mix::Back(0.0), Mix::Back(0.5)));
        assert_eq!(mix[32..], [Mix::Show; 2]);
        let rebased: Vec<usize> = (0..steps.len()).filter(|&at| steps[at].rebase).collect();
        assert_eq!(rebased, [2, 22]);
    }

    #[test]
    fn a_broken_show_goes_before_a_lost_deck_and_hands_back_to_it() {
        let steps = play(&rules(), &[(DECK, 10), (ENGINE, 4), (DECK, 1)]);
        assert_eq!(
            mixes(&steps[10..]),
            [0.0, 0.0, 1.0, 1.0]
                .map(|amount| Mix::Away(Act::Black, amount))
                .into_iter()
                .chain([Mix::Away(Act::Safe, 0.0)])
                .collect::<Vec<_>>()
        );
        assert!(steps[10].rebase && steps[14].rebase && !steps[11].rebase);
    }

    #[test]
    fn a_network_that_is_back_follows_its_rule_and_a_hiccup_does_not_count() {
        let steps = play(&rules(), &[(WELL, 1), (DOWN, 5), (WELL, 1), (DOWN, 20), (WELL, 7)]);
        let mix = mixes(&steps);
        assert_eq!((mix[5], mix[6]), (Mix::Away(Act::Hold, 0.0), Mix::Show));
        assert_eq!(
            mix[27..],
            [
                Mix::Away(Act::Hold, 1.0),
                Mix::Away(Act::Hold, 1.0),
                Mix::Away(Act::Hold, 1.0),
                Mix::Back(0.0),
                Mix::Back(0.5),
                Mix::Show,
                Mix::Show
            ]
        );
        let at_once = LossRules { network: Rule::default(), ..rules() };
        assert_eq!(mixes(&play(&at_once, &[(DOWN, 20), (WELL, 1)]))[20], Mix::Show);
    }

    #[test]
    fn a_show_that_is_closed_takes_the_time_of_its_rule() {
        let rule = Rule::new(Act::Black, 500, 1000);
        let at = |ms| Watch::leave(rule, Duration::from_millis(ms));
        assert_eq!([at(0), at(499), at(1000), at(1500)].map(|(_, over)| over), [false, false, false, true]);
        assert_eq!(
            (at(499).0, at(1000).0, at(1500).0),
            (Mix::Away(Act::Black, 0.0), Mix::Away(Act::Black, 0.5), Mix::Away(Act::Black, 1.0))
        );
        assert!(Watch::leave(Rule::new(Act::Hold, 0, 5000), Duration::ZERO).1, "holding needs no fade");
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        (0..3_usize, 0_u32..300, 0_u32..300).prop_map(|(act, delay_ms, fade_ms)| Rule::new(Act::ALL[act], delay_ms, fade_ms))
    }

    proptest! {
        /// Whatever is lost, for however long, in whatever order.
        #[test]
        fn rules_keep_their_times_and_the_show_always_comes_back(
            deck in any_rule(), engine in any_rule(), network in any_rule(),
            script in prop::collection::vec((any::<[bool; 3]>(), 1..30_usize), 1..12),
        ) {
            let rules = LossRules { deck, engine, network, ..LossRules::default() };
            let mut watch = Watch::default();
            let mut now = Instant::now();
            // What the base was last taken for, and when.
            let mut lost: Option<(Cause, Instant)> = None;
            let mut last = Mix::Show;
            for ([deck_lost, engine_broken, network_down], n) in script {
                let signs = Signs { deck_lost, engine_broken, network_down };
                for _ in 0..n {
                    now += Duration::from_millis(BEAT_MS);
                    let Step { rebase, mix } = watch.step(signs, &rules, now);
                    match watch.loss() {
                        Some(loss) if lost.is_none_or(|(cause, _)| cause != loss.cause) => {
                            prop_assert!(rebase, "another loss begins from what is shown");
                            lost = Some((loss.cause, now));
                        }
                        Some(_) => {}
                        None => lost = None,
                    }
                    if let (Mix::Away(act, amount), Some((cause, since))) = (mix, lost) {
                        prop_assert!((0.0..=1.0).contains(&amount));
                        if cause != Cause::Network {
                            let (rule, gone) = (rules.of(cause), now.duration_since(since));
                            prop_assert_eq!(act, rule.act);
                            prop_assert!(gone > ms(rule.delay_ms) || amount == 0.0 || rule.fade_ms == 0 && gone == ms(rule.delay_ms), "too early");
                            prop_assert!(gone < ms(rule.delay_ms + rule.fade_ms) || amount == 1.0, "too late");
                            if let (Mix::Away(_, before), false) = (last, rebase) {
                                prop_assert!(amount >= before, "there and not back");
                            }
                        }
                    }
                    prop_assert!(mix != Mix::Show || !(deck_lost || engine_broken || network_down));
                    last = mix;
                }
            }
            for _ in 0..40 {
                now += Duration::from_millis(BEAT_MS);
                last = watch.step(WELL, &rules, now).mix;
            }
            prop_assert_eq!(last, Mix::Show);
        }
    }
}
