//! Readers for arguments: numbers within bounds, sizes, ranges.  Each refusal says what would do.

use std::str::FromStr;

/// Longer than any track; keeps arithmetic on seconds exact to the microsecond.
const MAX_SECS: f64 = 1e6;

fn number(text: &str) -> Result<f64, String> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| format!("\"{text}\" is not a number"))
}

/// Seconds from 0 on.
pub(super) fn secs(text: &str) -> Result<f64, String> {
    number(text)
        .and_then(|secs| if (0.0..=MAX_SECS).contains(&secs) { Ok(secs) } else { Err(format!("give seconds from 0 to {MAX_SECS}")) })
}

/// Seconds above 0.
pub(super) fn span(text: &str) -> Result<f64, String> {
    secs(text).and_then(|secs| if secs > 0.0 { Ok(secs) } else { Err("give more than 0 seconds".into()) })
}

/// Milliseconds, either way, up to 10 s.
pub(super) fn offset_ms(text: &str) -> Result<f64, String> {
    number(text).and_then(|ms| if ms.abs() <= 10_000.0 { Ok(ms) } else { Err("give -10000 to 10000 milliseconds".into()) })
}

/// Beats a minute.
pub(super) fn bpm(text: &str) -> Result<f64, String> {
    number(text).and_then(|bpm| if (1.0..=1000.0).contains(&bpm) { Ok(bpm) } else { Err("give 1 to 1000 beats a minute".into()) })
}

/// Flashes a second.
pub(super) fn hz(text: &str) -> Result<f32, String> {
    number(text).and_then(|hz| if (0.1..=1000.0).contains(&hz) { Ok(hz as f32) } else { Err("give 0.1 to 1000 flashes a second".into()) })
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    number(text).and_then(|rate| if (0.25..=4.0).contains(&rate) { Ok(rate) } else { Err("give a rate from 0.25 to 4".into()) })
}

/// `X,Y,Z` in metres.
#[cfg(feature = "desktop")]
pub(super) fn place(text: &str) -> Result<[f32; 3], String> {
    let parts: Vec<f64> = text.split(',').map(number).collect::<Result<_, _>>()?;
    let near = |metres: &f64| metres.abs() <= 10_000.0;
    match parts.as_slice() {
        [x, y, z] if parts.iter().all(near) => Ok([*x, *y, *z].map(|metres| metres as f32)),
        _ => Err("give X,Y,Z in metres, each within 10 km".into()),
    }
}

/// `FROM-TO` in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once('-').ok_or("give FROM-TO in seconds, for instance 30-45.5")?;
        let (from, to) = (secs(from)?, secs(to)?);
        if to - from < 0.1 { Err("a loop lasts at least 0.1 s".into()) } else { Ok(Self { from, to }) }
    }
}

/// `WIDTHxHEIGHT` in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pixels = |text: &str| text.trim().parse::<u32>().ok().filter(|pixels| (16..=8192).contains(pixels));
        let (width, height) = text
            .split_once(['x', 'X'])
            .and_then(|(width, height)| Some((pixels(width)?, pixels(height)?)))
            .ok_or("give WIDTHxHEIGHT from 16x16 to 8192x8192")?;
        Ok(Self { width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_or_out_of_bounds_are_refused() {
        for bad in ["NaN", "inf", "-1", "", "abc", "1e9"] {
            assert!(secs(bad).is_err(), "{bad}");
        }
        assert_eq!(secs(" 33.3 "), Ok(33.3));
        assert!(hz("0").is_err() && hz("NaN").is_err() && hz("4") == Ok(4.0));
        assert!(span("0").is_err() && rate("0.1").is_err() && offset_ms("99999").is_err());
    }

    #[test]
    fn spans_and_sizes_are_read() {
        assert_eq!("3-4.5".parse(), Ok(Span { from: 3.0, to: 4.5 }));
        assert!("4-3".parse::<Span>().is_err() && "4".parse::<Span>().is_err());
        assert_eq!("960x540".parse(), Ok(Size { width: 960, height: 540 }));
        assert!("0x5".parse::<Size>().is_err());
    }
}
