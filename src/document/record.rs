//! Everything a running show is made of, as records over the domains' models.

use crate::patterns::model::Pattern;
use crate::score::model::Score;
use crate::tracks::model::Track;
use crate::venue::model::Venue;

/// One venue, one track, one score of it, and the patterns at hand.
#[derive(Clone, Debug)]
pub struct Records {
    pub venue: Venue,
    pub track: Track,
    pub score: Score,
    pub patterns: Vec<Pattern>,
}
