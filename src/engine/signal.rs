//! Signals: fields over heads × channels at one instant, and how sizes that differ are brought together.
//!
//! A signal lies in a slot of `n * c` numbers, channel by channel: all lanes of channel 0, then all of channel 1.
//! `n` is 1 (the same for every head) or the number of items of the selection it came from; `c` is 1, 2 (uv), 3 (RGB),
//! 4 (RGBA) or 12 (pitch classes).  Size 1 broadcasts; two other sizes that differ wrap by modulo.

/// Where a signal lies and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    pub at: u32,
    pub n: u32,
    pub c: u32,
    /// In the plan's constants rather than in the arena that every evaluation fills.
    pub constant: bool,
}

impl Slot {
    pub fn len(&self) -> usize {
        (self.n * self.c) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the instants of a time context lie: one, or one per lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSlot {
    pub at: u32,
    pub n: u32,
}

/// The time context that every graph starts in: the frame's own instant.
pub const NOW: TimeSlot = TimeSlot { at: 0, n: 1 };

/// A signal to read.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<'a> {
    pub data: &'a [f32],
    pub n: usize,
    pub c: usize,
}

impl<'a> Lanes<'a> {
    /// All lanes of a channel; channels wrap.
    #[inline]
    pub fn plane(&self, channel: usize) -> &'a [f32] {
        let at = (channel % self.c) * self.n;
        &self.data[at..at + self.n]
    }

    /// One number; lanes and channels wrap.
    #[inline]
    pub fn get(&self, lane: usize, channel: usize) -> f32 {
        let lane = if lane < self.n { lane } else { lane % self.n };
        self.data[(channel % self.c) * self.n + lane]
    }
}

/// The size that two signals have together: 1 gives way, else the larger counts.
pub fn broadcast(a: u32, b: u32) -> u32 {
    if a == 1 {
        b
    } else if b == 1 {
        a
    } else {
        a.max(b)
    }
}

/// `out[lane] = f(a[lane])` for one channel.
#[inline]
pub fn map1(a: &[f32], out: &mut [f32], f: impl Fn(f32) -> f32) {
    if a.len() == 1 {
        out.fill(f(a[0]));
    } else if a.len() == out.len() {
        for (out, &a) in out.iter_mut().zip(a) {
            *out = f(a);
        }
    } else {
        for (lane, out) in out.iter_mut().enumerate() {
            *out = f(a[lane % a.len()]);
        }
    }
}

/// `out[lane] = f(a[lane], b[lane])` for one channel.
#[inline]
pub fn map2(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    let n = out.len();
    if b.len() == 1 {
        let b = b[0];
        map1(a, out, |a| f(a, b));
    } else if a.len() == 1 {
        let a = a[0];
        map1(b, out, |b| f(a, b));
    } else if a.len() == n && b.len() == n {
        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *out = f(a, b);
        }
    } else {
        for (lane, out) in out.iter_mut().enumerate() {
            *out = f(a[lane % a.len()], b[lane % b.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_one_broadcasts_and_other_sizes_wrap() {
        let mut out = [0.0; 4];
        map2(&[1.0], &[1.0, 2.0, 3.0, 4.0], &mut out, |a, b| a + b);
        assert_eq!(out, [2.0, 3.0, 4.0, 5.0]);
        map2(&[10.0, 20.0], &[1.0, 2.0, 3.0, 4.0], &mut out, |a, b| a + b);
        assert_eq!(out, [11.0, 22.0, 13.0, 24.0]);
        assert_eq!((broadcast(1, 5), broadcast(5, 1), broadcast(2, 5)), (5, 5, 5));
    }
}
