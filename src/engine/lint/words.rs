//! What the findings are called, for every report.

use super::Kind;

impl Kind {
    /// Over findings of this kind.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Patch => "Patch",
            Self::Broken => "Patterns that do not run",
            Self::NoLamps => "No lamps",
            Self::LostLight => "Light is lost",
            Self::LostMovement => "Movement is lost",
            Self::LostColor => "Colour is lost",
            Self::LostStrobe => "Strobe is lost",
            Self::LostGobo => "Gobos are lost",
            Self::LostZoom => "Zoom is lost",
            Self::LostBeam => "Beam shaping is lost",
            Self::Analysis => "Music that is not analysed",
            Self::StandIn => "Something else stands in",
            Self::UnknownName => "Names this venue does not know",
            Self::Graph => "Warnings from patterns",
            Self::Memory => "Much memory",
            Self::Flashes => "Flashes",
        }
    }

    /// Behind the points that it costs; empty where it costs none.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Patch => "fixtures left out or patched wrongly (2 each, 20 at most)",
            Self::Broken => "patterns that do not run",
            Self::NoLamps => "annotations that find no lamps",
            Self::LostLight => "light on lamps that cannot dim",
            Self::LostMovement => "movement on lamps that cannot move",
            Self::LostColor => "colour on lamps that have none",
            Self::LostStrobe => "strobe on lamps that cannot strobe",
            Self::LostGobo => "gobos on lamps without",
            Self::LostZoom => "zoom on lamps that cannot zoom",
            Self::LostBeam => "focus, iris, frost or prism on lamps without",
            Self::Analysis => "music that is not analysed (half of what it feeds)",
            Self::StandIn => "other lamps standing in (a tenth of what they show)",
            Self::UnknownName => "unknown names in selections (a tenth of what is left)",
            Self::Graph | Kind::Memory | Kind::Flashes => "",
        }
    }
}
