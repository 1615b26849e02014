//! What of a sound may be a voice: in the middle of the stereo, in a voice's range, and unlike what the music repeats.
//!
//! For every window the windows that sound most like it are looked for, some seconds around; what most of them have is the
//! accompaniment, which comes again, and what only this one has may be sung (REPET-SIM; Rafii, Pardo 2012).  A soloist is
//! taken for a voice by that, and a choir on the sides is not.

use realfft::num_complex::Complex;

/// A voice's range.
const RANGE_HZ: (f32, f32) = (150.0, 7_000.0);
/// Bands by which windows are compared.
const N_BANDS: usize = 64;
/// Windows that are asked what repeats, and how far from each other and from their own they must be.
const N_ALIKE: usize = 13;
const APART: usize = 20;
/// Below this likeness of left and right nothing is in the middle, above that all is.
const MIDDLE: (f32, f32) = (0.75, 0.97);

/// The share of a voice in each bin of each window.  `loud` are the magnitudes of both sides together.
pub(super) fn shares(spectra: &[[Vec<Complex<f32>>; 2]], loud: &[Vec<f32>], bin_hz: f32) -> Vec<Vec<f32>> {
    let n_bins = loud.first().map_or(0, Vec::len);
    let (first, last) = ((RANGE_HZ.0 / bin_hz) as usize, ((RANGE_HZ.1 / bin_hz) as usize).min(n_bins));
    let sketches: Vec<[f32; N_BANDS]> = loud.iter().map(|row| sketch(row, first, last)).collect();
    let mut around = [0.0_f32; N_ALIKE];
    (0..loud.len())
        .map(|at| {
            let alike = alike(&sketches, at);
            let mut row = vec![0.0; n_bins];
            if alike.len() < N_ALIKE {
                return row;
            }
            for bin in first..last {
                around.iter_mut().zip(&alike).for_each(|(slot, other)| *slot = loud[*other][bin]);
                around.sort_unstable_by(f32::total_cmp);
                let here = loud[at][bin];
                let repeated = around[N_ALIKE / 2].min(here);
                let new = here - repeated;
                let share = new * new / (new * new + repeated * repeated + 1e-12);
                row[bin] = share * middle(spectra, at, bin);
            }
            row
        })
        .collect()
}

/// How alike left and right are, around a bin: `0.0..=1.0`.
fn middle(spectra: &[[Vec<Complex<f32>>; 2]], at: usize, bin: usize) -> f32 {
    let (mut both, mut all) = (0.0, 1e-12);
    for window in &spectra[at.saturating_sub(1)..(at + 2).min(spectra.len())] {
        let (left, right) = (window[0][bin], window[1][bin]);
        both += (left * right.conj()).re;
        all += 0.5 * (left.norm_sqr() + right.norm_sqr());
    }
    ((both / all - MIDDLE.0) / (MIDDLE.1 - MIDDLE.0)).clamp(0.0, 1.0)
}

/// A window in few bands of one length, so that likeness is a product.
fn sketch(row: &[f32], first: usize, last: usize) -> [f32; N_BANDS] {
    let ratio = (last.max(first + 2) as f32 / first.max(1) as f32).ln();
    let edge = |band: usize| (first.max(1) as f32 * (ratio * band as f32 / N_BANDS as f32).exp()) as usize;
    let mut bands: [f32; N_BANDS] = std::array::from_fn(|band| {
        let from = edge(band);
        let inside = row.get(from..edge(band + 1).max(from + 1)).unwrap_or_default();
        inside.iter().sum::<f32>().sqrt()
    });
    let length = bands.iter().map(|band| band * band).sum::<f32>().sqrt().max(1e-9);
    bands.iter_mut().for_each(|band| *band /= length);
    bands
}

/// The windows most like one, the likest first.
fn alike(sketches: &[[f32; N_BANDS]], at: usize) -> Vec<usize> {
    let likeness = |other: &[f32; N_BANDS]| other.iter().zip(&sketches[at]).map(|(a, b)| a * b).sum::<f32>();
    let mut others: Vec<(f32, usize)> = sketches
        .iter()
        .enumerate()
        .filter(|(other, _)| other.abs_diff(at) >= APART)
        .map(|(other, sketch)| (likeness(sketch), other))
        .collect();
    others.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut found: Vec<usize> = Vec::with_capacity(N_ALIKE);
    for (_, other) in others {
        if found.len() == N_ALIKE {
            break;
        }
        if found.iter().all(|taken| taken.abs_diff(other) >= APART / 2) {
            found.push(other);
        }
    }
    found
}
