//! A convolution over time, on frames that lie one after the other.
//!
//! Weights are read as half floats in the order output, tap, input, and kept in blocks of [`BLOCK`] outputs, so that the
//! compiler makes vectors of the innermost loop.

const BLOCK: usize = 16;
/// Frames whose sums are kept in registers at once.
const AT_ONCE: usize = 2;

/// Numbers of a net, handed out layer by layer.
pub(super) struct Weights {
    numbers: Vec<f32>,
    next: usize,
}

impl Weights {
    /// `None` unless the file is what its magic and length say.
    pub(super) fn read(bytes: &[u8], magic: &[u8; 4]) -> Option<Self> {
        let body = bytes.strip_prefix(magic)?;
        let n = u32::from_le_bytes(body.get(..4)?.try_into().ok()?) as usize;
        let halves = body.get(4..)?;
        (halves.len() == 2 * n).then(|| Self {
            numbers: halves.chunks_exact(2).map(|pair| from_half(u16::from_le_bytes([pair[0], pair[1]]))).collect(),
            next: 0,
        })
    }

    fn take(&mut self, n: usize) -> Option<&[f32]> {
        let taken = self.numbers.get(self.next..self.next + n)?;
        self.next += n;
        Some(taken)
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.next == self.numbers.len()
    }

    pub(super) fn layer(&mut self, n_in: usize, n_out: usize, n_taps: usize, dilation: usize) -> Option<Layer> {
        let plain = self.take(n_out * n_taps * n_in)?.to_vec();
        let n_blocks = n_out.div_ceil(BLOCK);
        let mut weights = vec![[0.0; BLOCK]; n_blocks * n_taps * n_in];
        for (index, value) in plain.into_iter().enumerate() {
            let (out, rest) = (index / (n_taps * n_in), index % (n_taps * n_in));
            weights[out / BLOCK * n_taps * n_in + rest][out % BLOCK] = value;
        }
        let mut biases = vec![[0.0; BLOCK]; n_blocks];
        for (out, bias) in self.take(n_out)?.iter().enumerate() {
            biases[out / BLOCK][out % BLOCK] = *bias;
        }
        Some(Layer { n_in, n_out, n_taps, dilation, weights, biases })
    }
}

/// IEEE 754 binary16.
fn from_half(half: u16) -> f32 {
    let (sign, exponent, fraction) = (u32::from(half >> 15) << 31, u32::from(half >> 10) & 31, u32::from(half & 0x3ff));
    let magnitude = match exponent {
        0 => f32::from(fraction as u16) * 2_f32.powi(-24),
        31 => f32::NAN,
        _ => f32::from_bits(((exponent + 112) << 23) | (fraction << 13)),
    };
    f32::from_bits(magnitude.to_bits() | sign)
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Activation {
    None,
    Rectified,
}

pub(super) struct Layer {
    n_in: usize,
    n_out: usize,
    n_taps: usize,
    dilation: usize,
    weights: Vec<[f32; BLOCK]>,
    biases: Vec<[f32; BLOCK]>,
}

impl Layer {
    /// As many frames out as in; beyond the ends there are zeros.
    pub(super) fn run(&self, input: &[f32], activation: Activation) -> Vec<f32> {
        let n_frames = input.len() / self.n_in;
        self.convolve(input, n_frames, (self.n_taps - 1) / 2 * self.dilation, activation)
    }

    fn convolve(&self, input: &[f32], n_frames: usize, before: usize, activation: Activation) -> Vec<f32> {
        let (n_in, n_out) = (self.n_in, self.n_out);
        let mut padded = vec![0.0; before * n_in];
        padded.extend_from_slice(input);
        padded.resize((n_frames + AT_ONCE + (self.n_taps + 1) * self.dilation + before) * n_in, 0.0);
        let mut output = vec![0.0; n_frames * n_out];
        let n_weights = self.n_taps * n_in;
        for first in (0..n_frames).step_by(AT_ONCE) {
            for (block, bias) in self.biases.iter().enumerate() {
                let mut sums = [*bias; AT_ONCE];
                let weights = &self.weights[block * n_weights..(block + 1) * n_weights];
                for tap in 0..self.n_taps {
                    let from = |frame: usize| (first + frame + tap * self.dilation) * n_in;
                    let rows: [&[f32]; AT_ONCE] = std::array::from_fn(|frame| &padded[from(frame)..from(frame) + n_in]);
                    add(&mut sums, &weights[tap * n_in..(tap + 1) * n_in], rows);
                }
                for (frame, sums) in sums.iter().enumerate().take(n_frames - first) {
                    let at = (first + frame) * n_out + block * BLOCK;
                    let width = BLOCK.min(n_out - block * BLOCK);
                    for (slot, sum) in output[at..at + width].iter_mut().zip(sums) {
                        *slot = if activation == Activation::Rectified { sum.max(0.0) } else { *sum };
                    }
                }
            }
        }
        output
    }
}

#[inline]
fn add(sums: &mut [[f32; BLOCK]; AT_ONCE], weights: &[[f32; BLOCK]], rows: [&[f32]; AT_ONCE]) {
    let [first, second] = rows;
    let mut local = *sums;
    for ((weights, a), b) in weights.iter().zip(first).zip(second) {
        for out in 0..BLOCK {
            local[0][out] += weights[out] * a;
            local[1][out] += weights[out] * b;
        }
    }
    *sums = local;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read_as_they_are_written() {
        for (half, value) in [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65_504.0), (0, 0.0)]
        {
            assert_eq!(from_half(half), value);
        }
    }

    #[test]
    fn a_layer_is_the_sum_it_stands_for() {
        let (n_in, n_out, n_taps, dilation) = (3, 18, 5, 2);
        let numbers: Vec<f32> = (0..n_out * n_taps * n_in + n_out).map(|n| ((n * 37 % 101) as f32 - 50.0) / 64.0).collect();
        let mut weights = Weights { numbers: numbers.clone(), next: 0 };
        let layer = weights.layer(n_in, n_out, n_taps, dilation).unwrap();
        assert!(weights.is_used_up());
        let input: Vec<f32> = (0..7 * n_in).map(|n| ((n * 13 % 29) as f32 - 14.0) / 8.0).collect();
        let output = layer.run(&input, Activation::None);
        for frame in 0..7_isize {
            for out in 0..n_out {
                let mut sum = numbers[n_out * n_taps * n_in + out];
                for tap in 0..n_taps {
                    let at = frame + (tap as isize - 2) * dilation as isize;
                    for channel in (0..n_in).filter(|_| (0..7).contains(&at)) {
                        sum += numbers[(out * n_taps + tap) * n_in + channel] * input[at as usize * n_in + channel];
                    }
                }
                assert!((output[frame as usize * n_out + out] - sum).abs() < 1e-4, "frame {frame} output {out}");
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_short_or_another_is_refused() {
        assert!(Weights::read(b"EARR\x02\0\0\0\0\x3c\0\x3c", b"EARR").is_some());
        assert!(Weights::read(b"EARR\x02\0\0\0\0\x3c\0", b"EARR").is_none());
        assert!(Weights::read(b"EARH\x00\0\0\0", b"EARR").is_none() && Weights::read(b"EA", b"EARR").is_none());
    }
}
