//! Shares of values.

/// The value below which a share of the values lies; 0 for none.
pub(in super::super) fn percentile(values: &[f32], share: f64) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = (share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_what_they_say() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];
        assert_eq!([0.0, 0.5, 1.0].map(|share| percentile(&values, share)), [1.0, 3.0, 5.0]);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
