#!/usr/bin/env python3
"""Renders the pieces that the ear learns from and keeps what it would hear of each, with the truth, as one file a piece.

usage: lessons.py FOLDER N_WILD N_BAND N_MMA [MIDI FILES, TRACKER MODULES AND FRETS-ON-FIRE FOLDERS...]

EAR_ROOT names where Debian's packages were unpacked if they are not installed; EAR_FIRST the first seed.
"""
import ctypes
import os
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np

import features
import pieces
import render


def keep(path, sound, truth, moved, weight_drums, weight_chords):
    mono = sound.mean(1) if sound.ndim == 2 else sound
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
    known = pieces.mma(rng, midi, groove, 74) if kind == "mma" else pieces.band(rng, midi, secs=74, wild=kind == "wild")
    if known:
        truth = pieces.of_midi(midi, known, softest=45 if kind == "wild" else 1)
        sound, moved = (render.perform if kind == "band" else render.produce)(midi, truth, known, rng)
        keep(target, sound, truth, moved, 1.0, 0.0 if kind == "wild" else 1.0)
    for scrap in (midi, midi.with_suffix(".mma")):
        scrap.unlink(missing_ok=True)


def found(job):
    index, source, folder = job
    source, rng = Path(source), np.random.default_rng(index)
    target = Path(folder) / f"found-{source.parent.name}-{source.stem}.npz".replace(" ", "_")
    if target.exists():
        return
    try:
        if source.is_dir():
            truth, sound = frets(source)
            moved = 0.0
            keep(Path(folder) / f"found-{source.name}.npz".replace(" ", "_"), sound, truth, moved, 0.0, 0.0)
            return
        if source.suffix != ".mid":
            truth, sound = module(source)
            if truth:
                keep(target, sound, truth, 0.0, 0.0, 0.0)
            return
        truth = pieces.of_midi(source)
        if truth["last"] - truth["first"] < 25 or len(truth["beats"]) < 32:
            return
        sound, moved = render.produce(source, truth, {}, rng, secs=90)
        keep(target, sound, truth, moved, 1.0, 0.0)
    except Exception as error:
        print(source, error, file=sys.stderr)


def module(source, secs=75):
    """A tracker's piece, whose beats are every fourth row, where that is a tempo that people count."""
    lib = ctypes.CDLL("libopenmpt.so.0")
    lib.openmpt_module_create_from_memory2.restype = ctypes.c_void_p
    data = source.read_bytes()
    handle = lib.openmpt_module_create_from_memory2(data, ctypes.c_size_t(len(data)), None, None, None, None, None, None, None)
    if not handle:
        return None, None
    handle = ctypes.c_void_p(handle)
    step = 64
    block, chunks, beats, downs, last = (ctypes.c_float * (2 * step))(), [], [], [], None
    for at in range(secs * features.RATE // step):
        got = lib.openmpt_module_read_interleaved_float_stereo(handle, features.RATE, ctypes.c_size_t(step), block)
        if not got:
            break
        here = (lib.openmpt_module_get_current_order(handle), lib.openmpt_module_get_current_row(handle))
        if here != last:
            if here[1] % 4 == 0:
                beats.append(at * step / features.RATE)
                if here[1] % 16 == 0:
                    downs.append(at * step / features.RATE)
            last = here
        chunks.append(np.frombuffer(block, np.float32, 2 * got).copy())
    lib.openmpt_module_destroy(handle)
    steps = np.diff(beats)
    if len(steps) < 60 or not 0.3 < np.median(steps) < 0.75:
        return None, None
    sound = np.concatenate(chunks).reshape(-1, 2)
    none = {"kick": [], "snare": [], "hat": []}
    truth = {"beats": np.array(beats), "downbeats": np.array(downs), "first": 0.0, "last": len(sound) / features.RATE, "drums": none}
    return truth, sound / (np.abs(sound).max() + 1e-6) * 0.9


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


def done(job):
    work, what = job
    work(what)


if __name__ == "__main__":
    folder, n_wild, n_band, n_mma, *sources = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    first = int(os.environ.get("EAR_FIRST", 0))
    rows = [[(made, (kind, first + seed, folder)) for seed in range(int(n))] for kind, n in (("wild", n_wild), ("band", n_band), ("mma", n_mma))]
    rows.append([(found, (index, source, folder)) for index, source in enumerate(sources)])
    # Some of each from the beginning, so that teaching may begin beside this.
    jobs = sorted(((at / len(row), index, job) for index, row in enumerate(rows) for at, job in enumerate(row)), key=lambda job: job[:2])
    with Pool(int(os.environ.get("EAR_POOL", 2))) as pool:
        for _ in pool.imap_unordered(done, [job for *_, job in jobs]):
            pass
