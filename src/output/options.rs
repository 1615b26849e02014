//! What people choose for the wire besides routes, on this device alone: kept as one setting.
//!
//! JSON by the names used here: add, never rename.  What is missing has its default.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::loss::LossRules;
use super::merge::Merging;
use super::routes::{Protocol, Routes, TimecodeOut};
use super::shown::Shown;

/// Under which the setting is kept.
pub const KEY: &str = "output_options";
/// More universes than a wire carries are a mistake of the file.
const MOST: usize = 4096;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputOptions {
    pub loss: LossRules,
    /// By our universe.
    pub merges: BTreeMap<u16, Merging>,
    /// Universes whose lamps are seen as another desk lights them.
    pub shows: BTreeMap<u16, Shown>,
    /// Universes whose sACN streams tell a priority for every slot.
    pub per_address: BTreeSet<u16>,
    /// The show follows `ArtTimeCode`.
    pub follow_timecode: bool,
    /// `ArtTimeCode` of the show is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell_timecode: Option<TimecodeOut>,
    /// `ArtTrigger` presses pads.
    pub triggers: bool,
}

impl OutputOptions {
    /// From what was kept; whatever cannot be read is as if nothing was.
    pub fn read(kept: Option<&str>) -> Self {
        kept.and_then(|text| serde_json::from_str::<Self>(text).ok()).unwrap_or_default().sane()
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn sane(mut self) -> Self {
        self.loss = self.loss.sane();
        while self.merges.len() > MOST {
            self.merges.pop_last();
        }
        while self.shows.len() > MOST {
            self.shows.pop_last();
        }
        while self.per_address.len() > MOST {
            self.per_address.pop_last();
        }
        self
    }

    /// Whether anything of it needs to hear the network.
    pub fn listens(&self) -> bool {
        self.follow_timecode || self.triggers || !self.merges.is_empty() || !self.shows.is_empty()
    }

    /// The universes of a protocol that are wanted from others, rising.
    pub fn wanted(&self, protocol: Protocol) -> Vec<u16> {
        let mixed = self.merges.iter().filter(|(_, how)| how.protocol == protocol).map(|(universe, how)| how.number.unwrap_or(*universe));
        let shown = self.shows.iter().filter(|(_, how)| how.protocol == protocol).map(|(universe, how)| how.number.unwrap_or(*universe));
        mixed.chain(shown).collect::<BTreeSet<u16>>().into_iter().collect()
    }

    /// The routes, with what is chosen here.
    pub fn to_routes(&self, routes: Routes) -> Routes {
        Routes { merges: self.merges.clone(), per_address: self.per_address.clone(), timecode: self.tell_timecode, ..routes }
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::Merge;
    use super::super::merge::Side;
    use super::*;

    #[test]
    fn options_come_back_as_they_were_kept() {
        let merging = Merging { rule: Merge::Ltp, side: Side::Above, number: Some(9), ..Merging::default() };
        let options = OutputOptions {
            merges: [(3, merging)].into(),
            shows: [(2, Shown::default()), (4, Shown { protocol: Protocol::Sacn, number: Some(9) })].into(),
            per_address: [1].into(),
            triggers: true,
            tell_timecode: Some(TimecodeOut { to: "10.0.0.9".parse().unwrap(), ..TimecodeOut::default() }),
            ..OutputOptions::default()
        };
        assert_eq!(OutputOptions::read(Some(&options.write())), options);
        assert!(options.listens() && !OutputOptions::default().listens());
        for broken in ["", "[]", "{\"merges\":7}"] {
            assert_eq!(OutputOptions::read(Some(broken)), OutputOptions::default());
        }
        assert!(OutputOptions::read(Some(r#"{"triggers":true,"later":1}"#)).triggers);
        assert_eq!((options.wanted(Protocol::ArtNet), options.wanted(Protocol::Sacn)), (vec![2, 9], vec![9]));
        let routes = options.to_routes(Routes::default());
        assert_eq!((routes.merges.len(), routes.per_address.len(), routes.timecode.is_some()), (1, 1, true));
    }
}
