//! Every loss rule as a node on the network sees it, with the real thread and the real clock: what, and when.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::{ArtNetNode, Received, assert_sequences};
use luma::output::looks::Looks;
use luma::output::loss::{Cause, LossRules};
use luma::output::pattern::Pattern;
use luma::output::routes::{Broadcast, Routes};
use luma::output::worker::{Output, OutputConfig};

/// A beat and what a busy machine adds; never sooner than a beat before.
const LATE: Duration = Duration::from_millis(400);
const EARLY: Duration = Duration::from_millis(30);

struct Stage {
    node: ArtNetNode,
    output: Option<Output>,
}

impl Stage {
    /// One universe whose bytes all change on every beat, and a safe look of 50 %.
    fn open(rules: LossRules) -> Self {
        let node = ArtNetNode::listen();
        let routes = Routes::parse([node.addr().to_string().as_str()], Broadcast::Refuse).unwrap();
        let config = OutputConfig { routes, loss: rules, universes_when_empty: vec![1], ..OutputConfig::default() };
        let output = Output::start_with(config, |_| Pattern::new(vec![1], true)).unwrap();
        output.handle().set_looks(Looks::dimmers(&[1], 0.5));
        let stage = Self { node, output: Some(output) };
        stage.node.collect(20);
        stage
    }

    fn pull(&self, cause: Cause, pulled: bool) -> Instant {
        self.output.as_ref().unwrap().handle().pull(cause, pulled);
        Instant::now()
    }

    /// Everything that comes for a while.
    fn watch(&self, secs: f64) -> Vec<Received> {
        let end = Instant::now() + Duration::from_secs_f64(secs);
        std::iter::from_fn(|| self.node.receive(end)).collect()
    }
}

fn rules(cause: Cause, rule: &str) -> LossRules {
    let mut rules = LossRules::default();
    *rules.of_mut(cause) = rule.parse().unwrap();
    rules
}

/// When a packet first was so, after an instant.
#[track_caller]
fn first(all: &[Received], what: &str, since: Instant, is_so: impl Fn(&Received) -> bool) -> Duration {
    all.iter().find(|received| received.at >= since && is_so(received)).unwrap_or_else(|| panic!("never {what}")).at - since
}

#[track_caller]
fn check_time(what: &str, seen: Duration, promised_ms: u64) {
    let promised = Duration::from_millis(promised_ms);
    assert!(seen + EARLY >= promised && seen <= promised + LATE, "{what}: promised after {promised:?}, seen after {seen:?}");
}

fn is_dark(received: &Received) -> bool {
    received.slots.iter().all(|&slot| slot == 0)
}

fn is_safe(received: &Received) -> bool {
    received.slots.iter().all(|&slot| slot == 128)
}

/// A ramp over the channels, which no still look is.
fn is_show(received: &Received) -> bool {
    received.slots.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1))
}

#[test]
fn a_lost_deck_holds_then_fades_to_the_safe_look_and_comes_back() {
    let stage = Stage::open(rules(Cause::Deck, "safe:0.8:0.6"));
    let pulled = stage.pull(Cause::Deck, true);
    let all = stage.watch(2.2);
    let held: Vec<&Received> = all.iter().filter(|received| (100..750).contains(&(received.at - pulled).as_millis())).collect();
    assert!(held.iter().all(|received| received.slots == held[0].slots), "the last look is held");
    check_time("the fade", first(&all, "fading", pulled, |received| !is_show(received)), 800);
    check_time("the safe look", first(&all, "safe", pulled, is_safe), 1400);
    let back = stage.pull(Cause::Deck, false);
    let all = stage.watch(1.2);
    check_time("the show", first(&all, "the show", back, |received| is_show(received) && !is_safe(received)), 600);
}

#[test]
fn a_broken_show_goes_dark_at_its_time_and_is_repeated() {
    let stage = Stage::open(rules(Cause::Engine, "black:0.5"));
    let pulled = stage.pull(Cause::Engine, true);
    let all = stage.watch(3.5);
    check_time("darkness", first(&all, "dark", pulled, is_dark), 500);
    let dark: Vec<Instant> = all.iter().filter(|received| is_dark(received)).map(|received| received.at).collect();
    // On a machine that builds beside it a packet may come late, but it comes.
    assert!(dark.len() >= 3 && dark.windows(2).all(|pair| pair[1] - pair[0] < Duration::from_millis(1000) + LATE), "it is never silent");
}

#[test]
fn a_network_that_was_away_is_silent_and_comes_back_by_its_rule() {
    let stage = Stage::open(rules(Cause::Network, "black:0.6:0.4"));
    let pulled = stage.pull(Cause::Network, true);
    let silence = stage.watch(1.0);
    assert!(silence.iter().all(|received| received.at - pulled < Duration::from_millis(60) + LATE), "nothing leaves");
    let back = stage.pull(Cause::Network, false);
    let all = stage.watch(2.0);
    check_time("the first packet", first(&all, "heard", back, |_| true), 0);
    check_time("darkness", first(&all, "dark", back, is_dark), 0);
    check_time("the fade", first(&all, "fading", back, |received| !is_dark(received)), 600);
    check_time("the show", first(&all, "the show", back, is_show), 1000);
}

#[test]
fn a_program_that_is_closed_fades_out_and_says_it_three_times() {
    let mut stage = Stage::open(rules(Cause::Exit, "black:0.3:0.7"));
    let output = stage.output.take().unwrap();
    let closed = Instant::now();
    let closing = std::thread::Builder::new().spawn(move || output.stop().unwrap()).unwrap();
    let all = stage.watch(2.5);
    closing.join().unwrap();
    assert_sequences(&all);
    check_time("the fade", first(&all, "fading", closed, |received| !is_show(received)), 300);
    check_time("darkness", first(&all, "dark", closed, is_dark), 1000);
    let last: Vec<bool> = all.iter().rev().take(3).map(is_dark).collect();
    assert_eq!(last, [true; 3]);
    assert!(all.iter().filter(|received| is_dark(received)).count() <= 5, "and then nothing");
}

#[test]
fn the_command_line_pulls_a_plug_and_says_in_words_what_happens() {
    let node = ArtNetNode::listen();
    let mut luma = Command::new(env!("CARGO_BIN_EXE_luma"));
    luma.args(["output", "test", "--seconds", "3", "--pull", "engine", "--rule", "safe:0.5:0.5", "--json"]);
    let mut running = luma.arg("--target").arg(node.addr().to_string()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut all = Vec::new();
    while running.try_wait().unwrap().is_none() {
        all.extend(node.drain());
    }
    all.extend(node.drain());
    let output = running.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("Pulled at 1 s. The show breaks in every frame: the last look stands for 0.5 s, then the safe look comes in 0.5 s"),
        "{told}"
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["pull"]["cause"].as_str(), report["pull"]["at"].as_f64()), (Some("engine"), Some(1.0)));
    // 30 % of full is the safe look that Luma comes with.
    let safe = all.iter().find(|received| received.slots.iter().all(|&slot| slot == 77)).expect("the safe look");
    check_time("the safe look", safe.at - all[0].at, 2000);
    let refused = Command::new(env!("CARGO_BIN_EXE_luma")).args(["output", "test", "--pull", "deck", "--rule", "dim"]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("like safe:5:2"));
}

/// In a network namespace of its own, where interfaces can be taken away without anybody else's noticing.
#[test]
fn an_interface_that_goes_and_comes_back_with_another_address_is_sent_from_again() {
    for (bind, back) in [("10.98.0.1", "10.98.0.1"), ("0.0.0.0", "10.98.0.9")] {
        let script = format!(
            "ip link set lo up && ip link add lu0 type veth peer name lu1 && ip addr add 10.98.0.1/24 dev lu0 && ip link set lu0 up && \
             ip link set lu1 up || exit 77; \
             '{}' output test --bind {bind} --target 10.98.0.7 --seconds 4 --json & \
             sleep 1; ip link set lu0 down; ip addr flush dev lu0; sleep 1.5; ip link set lu0 up; ip addr add {back}/24 dev lu0; wait $!",
            env!("CARGO_BIN_EXE_luma")
        );
        let Ok(output) = Command::new("unshare").args(["-n", "sh", "-c", &script]).output() else {
            println!("skipped: there is no unshare here");
            return;
        };
        if !output.status.success() {
            println!("skipped: no network namespace can be made here ({})", String::from_utf8_lossy(&output.stderr));
            return;
        }
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let (packets, errors) = (report["packets"].as_u64().unwrap(), report["errors"].as_u64().unwrap());
        // A second and a half of 44 beats each found no network; all others left.
        let skipped = report["skipped_beats"].as_u64().unwrap();
        assert!((40..=100).contains(&errors), "{report}");
        assert!(packets + errors + skipped >= 176 - 20, "{report}");
        assert!(packets > 66, "{report}");
    }
}
