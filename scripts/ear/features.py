"""What the ear hears: the two spectrograms that `src/analysis/ear` computes the same way.

fast: 100 frames a second (of which the net hears every second one), 2048 samples, 12 bands an octave from 27.5 Hz (as many as differ), ln(1 + 1000 x).
slow: 10 frames a second, 16384 samples, 36 bands an octave over six octaves from 55 Hz, ln(1 + 1000 x).
Sound is brought to one level first: the loud seconds (95 %) have a root mean square of 0.15.
"""
import numpy as np
from scipy import fft

RATE = 44_100
FAST = (2048, 441)
SLOW = (16384, 4410)


def low_centres():
    """27.5 Hz up in semitones, none nearer to the one before than a bin, up to 16 kHz."""
    centres, step = [], RATE / FAST[0]
    for index in range(12 * 10):
        centre = 27.5 * 2 ** (index / 12)
        if centre > 16_000:
            break
        if not centres or centre - centres[-1] >= step * 0.999:
            centres.append(centre)
    return np.array(centres)




def triangles(n, centres, width):
    bins = np.arange(n // 2 + 1) * RATE / n
    reach = np.maximum(centres * width, RATE / n)[:, None]
    return np.clip(1 - np.abs(bins[None] - centres[:, None]) / reach, 0, 1).astype(np.float32)


FAST_BANK = triangles(FAST[0], low_centres(), 2 ** (1 / 12) - 1)
SLOW_BANK = triangles(SLOW[0], 55 * 2 ** (np.arange(216) / 36), 2 ** (1 / 36) - 1)


def level(mono):
    """What to multiply by."""
    n = len(mono) // RATE
    seconds = mono[: n * RATE].reshape(n, RATE) if n else mono[None]
    loud = np.percentile(np.sqrt((seconds ** 2).mean(1)), 95, method="nearest")
    return 0.15 / max(loud, 1e-5)


def spectrogram(mono, shape, weights):
    n, hop = shape
    rows_used = np.flatnonzero(weights.any(0))[-1] + 1
    weights = np.ascontiguousarray(weights[:, :rows_used])
    window = ((1 - np.cos(2 * np.pi * np.arange(n) / n)) * 2 / n).astype(np.float32)
    n_frames = len(mono) // hop + 1
    padded = np.pad(mono, (n // 2, n))
    out = np.empty((n_frames, len(weights)), np.float32)
    for start in range(0, n_frames, 512):
        rows = min(512, n_frames - start)
        frames = np.lib.stride_tricks.as_strided(padded[start * hop:], (rows, n), (hop * 4, 4)) * window
        out[start:start + rows] = np.abs(fft.rfft(frames, axis=1)[:, :rows_used]) @ weights.T
    return np.log1p(1000 * out)


def hear(mono):
    mono = (mono * level(mono)).astype(np.float32)
    return spectrogram(mono, FAST, FAST_BANK), spectrogram(mono, SLOW, SLOW_BANK)
