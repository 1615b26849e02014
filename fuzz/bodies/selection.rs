//! Any text as a selection expression: read or refused with a place inside it, and resolved to heads of the rig, each once.

use std::sync::{Arc, LazyLock};

use luma::engine::Rig;
use luma::engine::rig::HeadIdx;
use luma::engine::rig::select::{Selection, parse, select};

use super::rig::every_sort;

static RIG: LazyLock<Arc<Rig>> = LazyLock::new(every_sort);

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expr = match parse(text) {
        Ok(expr) => expr,
        Err(error) => {
            assert!(error.at <= text.len() && text.is_char_boundary(error.at), "{error:?} in {text:?}");
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for seed in [0, u64::MAX, data.len() as u64] {
        let (heads, warnings) = select(&RIG, &expr, seed);
        once_each(&heads);
        assert!(warnings.iter().all(|warning| text[warning.at..].starts_with(&warning.name)), "{warnings:?} in {text:?}");
        assert_eq!((heads.clone(), warnings), select(&RIG, &expr, seed), "the same seed draws the same");
        let parts = Selection::group_local(&RIG, &heads);
        once_each(&parts.items);
        assert_eq!((parts.items.len(), parts.parts.iter().map(ExactSizeIterator::len).sum::<usize>()), (heads.len(), heads.len()));
    }
}

fn once_each(heads: &[HeadIdx]) {
    let mut seen = vec![false; RIG.heads.len()];
    assert!(heads.iter().all(|&head| !std::mem::replace(&mut seen[head as usize], true)), "{heads:?}");
}
