#!/usr/bin/env python3
"""Renders the pieces that the ear learns from and keeps what it would hear of each, with the truth, as one file a piece.

usage: lessons.py FOLDER N_BAND N_MMA [MIDI FILES AND FRETS-ON-FIRE FOLDERS...]
"""
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np

import features
import pieces
import render


def keep(path, sound, truth, moved, weight_drums, weight_chords):
    mono = sound.mean(1)
    fast, slow = features.hear(mono)
    shift = lambda times: np.asarray(times, np.float64) + moved
    chords = np.array([(start + moved, end + moved, -1 if root is None else root, quality == "min") for start, end, root, quality in truth.get("chords", [])])
    np.savez(path, fast=fast.astype(np.float16), slow=slow.astype(np.float16), beats=shift(truth["beats"]), downbeats=shift(truth["downbeats"]),
             kick=shift(truth["drums"]["kick"]), snare=shift(truth["drums"]["snare"]), hat=shift(truth["drums"]["hat"]), chords=chords.reshape(-1, 4),
             span=np.array([truth["first"] + moved, truth["last"] + moved]), use=np.array([weight_drums, weight_chords]))


def made(job):
    kind, seed, folder = job
    rng = np.random.default_rng(seed)
    target = Path(folder) / f"{kind}-{seed}.npz"
    if target.exists():
        return
    midi = Path(folder) / f"{kind}-{seed}.mid"
    groove = None
    if kind == "mma":
        every = pieces.grooves()
        odd = [groove for groove in every if groove[2] != 4]
        groove = odd[rng.integers(len(odd))] if rng.random() < 0.12 else every[rng.integers(len(every))]
    known = pieces.band(rng, midi) if kind == "band" else pieces.mma(rng, midi, groove)
    if known:
        truth = pieces.of_midi(midi, known)
        sound, moved = render.perform(midi, truth, known, rng)
        keep(target, sound, truth, moved, 1.0, 1.0)
    for scrap in (midi, midi.with_suffix(".mma")):
        scrap.unlink(missing_ok=True)


def found(job):
    index, source, folder = job
    source, rng = Path(source), np.random.default_rng(index)
    target = Path(folder) / f"found-{source.parent.name}-{source.stem}.npz".replace(" ", "_")
    try:
        if source.is_dir():
            truth, sound = frets(source)
            moved = 0.0
            keep(Path(folder) / f"found-{source.name}.npz".replace(" ", "_"), sound, truth, moved, 0.0, 0.0)
            return
        truth = pieces.of_midi(source)
        if truth["last"] - truth["first"] < 25 or len(truth["beats"]) < 32:
            return
        sound, moved = render.perform(source, truth, {}, rng)
        sound = sound[: 120 * features.RATE]
        keep(target, sound, truth, moved, 1.0, 0.0)
    except Exception as error:
        print(source, error, file=sys.stderr)


def frets(folder):
    """A song with a tempo map: guitar and rest mixed."""
    import subprocess
    truth = pieces.of_midi(folder / "notes.mid")
    parts = []
    for name in ("song.ogg", "guitar.ogg"):
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(folder / name), "-ac", "2", "-ar", str(features.RATE), "-f", "f32le", "-"],
                             capture_output=True, check=True).stdout
        parts.append(np.frombuffer(raw, np.float32).reshape(-1, 2))
    n = max(map(len, parts))
    sound = sum(np.pad(part, ((0, n - len(part)), (0, 0))) for part in parts)
    truth["last"] = n / features.RATE
    midi_beats = truth["beats"]
    if midi_beats[-1] < n / features.RATE:
        step = midi_beats[-1] - midi_beats[-2]
        truth["beats"] = np.concatenate([midi_beats, np.arange(midi_beats[-1] + step, n / features.RATE, step)])
        down = truth["downbeats"]
        bar = down[-1] - down[-2]
        truth["downbeats"] = np.concatenate([down, np.arange(down[-1] + bar, n / features.RATE, bar)])
    return truth, sound / (np.abs(sound).max() + 1e-6)


if __name__ == "__main__":
    folder, n_band, n_mma, *sources = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with Pool(2) as pool:
        jobs = [("band", seed, folder) for seed in range(int(n_band))]
        others = [("mma", seed, folder) for seed in range(int(n_mma))]
        for _ in pool.imap_unordered(found, [(index, source, folder) for index, source in enumerate(sources)]):
            pass
        for _ in pool.imap_unordered(made, [job for pair in zip(jobs, others) for job in pair] + jobs[len(others):] + others[len(jobs):], chunksize=4):
            pass
