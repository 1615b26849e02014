//! When layers begin and end.  Between two such moments the set of active layers stays the same, and so does where
//! an idle head rests.

use super::program::Layer;

#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    /// Starts and ends, rising, each once.  Segment i lies before `moments[i]`.
    moments: Vec<f64>,
    /// Layers with movement or colour by their end, latest first in time when walked backwards.
    pub(super) by_end: Vec<u32>,
    /// Layers by their start.
    pub(super) by_start: Vec<u32>,
    /// For each segment, where in `active` its layers lie.
    spans: Vec<(u32, u32)>,
    active: Vec<u32>,
}

impl Timeline {
    pub(super) fn new(layers: &[Layer]) -> Self {
        let mut moments: Vec<f64> = layers.iter().flat_map(|layer| [layer.start, layer.end]).collect();
        moments.sort_by(f64::total_cmp);
        moments.dedup();
        let mut by_end: Vec<u32> = (0..layers.len() as u32).collect();
        let mut by_start = by_end.clone();
        // Among those that end together the upper one counts, so it comes last; the reverse for starts.
        by_end.sort_by(|&a, &b| layers[a as usize].end.total_cmp(&layers[b as usize].end).then(a.cmp(&b)));
        by_start.sort_by(|&a, &b| layers[a as usize].start.total_cmp(&layers[b as usize].start).then(b.cmp(&a)));
        let mut timeline = Self { moments, by_end, by_start, ..Self::default() };
        timeline.fill(layers);
        timeline
    }

    fn fill(&mut self, layers: &[Layer]) {
        let mut current: Vec<u32> = Vec::new();
        let (mut starts, mut ends) = (self.by_start.iter().peekable(), self.by_end.iter().peekable());
        self.spans.push((0, 0));
        for &moment in &self.moments {
            while ends.peek().is_some_and(|&&layer| layers[layer as usize].end <= moment) {
                let Some(&ended) = ends.next() else { break };
                if let Ok(at) = current.binary_search(&ended) {
                    current.remove(at);
                }
            }
            while starts.peek().is_some_and(|&&layer| layers[layer as usize].start <= moment) {
                let Some(&begun) = starts.next() else { break };
                if let Err(at) = current.binary_search(&begun) {
                    current.insert(at, begun);
                }
            }
            let from = self.active.len() as u32;
            self.active.extend_from_slice(&current);
            self.spans.push((from, self.active.len() as u32));
        }
    }

    /// The segment an instant lies in.
    pub(super) fn segment(&self, secs: f64) -> usize {
        self.moments.partition_point(|&moment| moment <= secs)
    }

    /// Active layers of a segment, bottom to top.
    pub(super) fn active(&self, segment: usize) -> &[u32] {
        let (from, to) = self.spans[segment];
        &self.active[from as usize..to as usize]
    }

    /// The segment's beginning and end.
    pub(super) fn bounds(&self, segment: usize) -> (f64, f64) {
        let before = segment.checked_sub(1).and_then(|at| self.moments.get(at)).copied().unwrap_or(f64::NEG_INFINITY);
        (before, self.moments.get(segment).copied().unwrap_or(f64::INFINITY))
    }

    /// Moments inside `(from, to]`.
    pub(super) fn moments_in(&self, from: f64, to: f64) -> &[f64] {
        let (a, b) = (self.moments.partition_point(|&moment| moment <= from), self.moments.partition_point(|&moment| moment <= to));
        &self.moments[a..b.max(a)]
    }
}
