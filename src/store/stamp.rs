//! Moments in file names and in sentences: UTC, to the second.
//!
//! File names sort as time does: `20261121-145301`.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(u64);

const DAY: u64 = 86_400;

impl Stamp {
    /// A clock before 1970 reads as 1970.
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    pub fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    pub fn rfc3339(self) -> String {
        self.to_string().replacen(' ', "T", 1).replace(" UTC", "Z")
    }

    pub fn secs(self) -> u64 {
        self.0
    }

    /// Days since 1970.
    pub fn day(self) -> u64 {
        self.0 / DAY
    }

    pub fn in_file_name(self) -> String {
        let ((year, month, day), (hour, minute, second)) = self.parts();
        format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
    }

    /// Reads what [`Stamp::in_file_name`] wrote.
    pub fn from_file_name(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('-')?;
        if date.len() != 8 || time.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return None;
        }
        let number = |text: &str| text.parse::<u64>().ok();
        let (year, month, day) = (number(&date[..4])?, number(&date[4..6])?, number(&date[6..])?);
        let (hour, minute, second) = (number(&time[..2])?, number(&time[2..4])?, number(&time[4..])?);
        if year < 1970 || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
        let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
        Some(Self((years + months + day - 1) * DAY + hour * 3600 + minute * 60 + second))
    }

    fn parts(self) -> ((u64, u64, u64), (u64, u64, u64)) {
        let (mut days, secs) = (self.0 / DAY, self.0 % DAY);
        let mut year = 1970;
        while days >= if is_leap(year) { 366 } else { 365 } {
            days -= if is_leap(year) { 366 } else { 365 };
            year += 1;
        }
        let mut month = 1;
        while days >= days_in(year, month) {
            days -= days_in(year, month);
            month += 1;
        }
        ((year, month, days + 1), (secs / 3600, secs / 60 % 60, secs % 60))
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), (hour, minute, second)) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_people_and_file_names_want_it() {
        let stamp = Stamp::from_secs(1_795_272_781);
        assert_eq!(stamp.to_string(), "2026-11-21 14:53:01 UTC");
        assert_eq!(stamp.in_file_name(), "20261121-145301");
    }

    #[test]
    fn file_names_lead_back_over_leap_years_and_ends_of_months() {
        for secs in (0..4_102_444_800u64).step_by(40_000_003).chain([951_782_400, 951_868_799, 1_709_251_199]) {
            let stamp = Stamp::from_secs(secs);
            assert_eq!(Stamp::from_file_name(&stamp.in_file_name()), Some(stamp), "{secs}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "20261121", "20261321-000000", "20260230-000000", "2026112a-145301", "20261121-245301", "é0261121-14530"] {
            assert_eq!(Stamp::from_file_name(text), None, "{text}");
        }
    }
}
