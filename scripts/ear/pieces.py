"""Pieces of music whose beats, bars, chords and drum hits are known, as MIDI: a small band of our own, and MMA's.

`band(rng)` writes one from patterns; `mma(rng, folder)` lets Debian's Musical MIDI Accompaniment play one of its
grooves over chords drawn here; `of_midi(path)` reads the truth out of any MIDI file.  Ticks per beat are 480 throughout.
"""
import os
import re
import subprocess
from pathlib import Path

import mido
import numpy as np

TICKS = 480
NOTES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
KICKS, SNARES, HATS = {35, 36}, {37, 38, 39, 40}, {42, 44, 46}
MMA_LIB = Path("/usr/share/mma/lib")

# Drums on sixteenths of one bar of four: k(ick) s(nare) c(lap) h(at) o(pen hat) r(ide) t(om) p(ercussion).
STYLES = {
    "house": ((118, 130), {"k": "x...x...x...x...", "c": "....x.......x...", "o": "..x...x...x...x.", "h": "x.xxx.xxx.xxx.xx"}),
    "house2": ((120, 128), {"k": "x...x...x...x...", "s": "....x.......x...", "h": "..x...x...x...x.", "p": "...x..x....x..x."}),
    "techno": ((126, 142), {"k": "x...x...x...x...", "h": "..x...x...x...x.", "r": "x.x.x.x.x.x.x.x.", "c": "............x..."}),
    "trance": ((132, 145), {"k": "x...x...x...x...", "o": "..x...x...x...x.", "c": "....x.......x...", "h": "xxxxxxxxxxxxxxxx"}),
    "offonly": ((120, 140), {"k": "x...x...x...x...", "o": "..x...x...x...x."}),
    "hiphop": ((78, 104), {"k": "x..x..x...x.....", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.xx"}),
    "hiphop2": ((80, 100), {"k": "x.....xx..x..x..", "s": "....x.......x..x", "h": "x.x.x.x.x.x.x.x."}),
    "trap": ((66, 80), {"k": "x......x..x.....", "s": "....x.......x...", "h": "x.xxx.x.xxx.x.xx"}),
    "dnb": ((160, 180), {"k": "x.........x.....", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.x."}),
    "dnb2": ((165, 210), {"k": "x.x.......x.....", "s": "....x..x.x..x...", "r": "x.x.x.x.x.x.x.x."}),
    "jungle": ((155, 175), {"k": "x.x.......xx....", "s": "....x..x.x..x..x", "h": "x.x.x.x.x.x.x.x."}),
    "rock": ((84, 150), {"k": "x.......x.......", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.x."}),
    "rock2": ((90, 160), {"k": "x.....x.x.......", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.x."}),
    "rock3": ((95, 140), {"k": "x..x....x.x.....", "s": "....x.......x...", "r": "x...x...x...x..."}),
    "punk": ((160, 210), {"k": "x...x...x...x...", "s": "..x...x...x...x.", "h": "x.x.x.x.x.x.x.x."}),
    "punk2": ((165, 215), {"k": "x.......x.x.....", "s": "....x.......x...", "h": "x...x...x...x..."}),
    "metal": ((120, 200), {"k": "x.x.x.x.x.x.x.x.", "s": "....x.......x...", "r": "x...x...x...x..."}),
    "metal2": ((90, 170), {"k": "xxx.xxx.xxx.xxx.", "s": "....x.......x...", "p": "x...x...x...x..."}),
    "halftime": ((120, 170), {"k": "x.....x.........", "s": "........x.......", "h": "x...x...x...x..."}),
    "funk": ((92, 118), {"k": "x..x..x...x..x..", "s": "....x..x.x..x...", "h": "xxxxxxxxxxxxxxxx"}),
    "disco": ((110, 130), {"k": "x...x...x...x...", "s": "....x.......x...", "h": "x.xxx.xxx.xxx.xx", "o": "..x...x...x...x."}),
    "pop": ((88, 132), {"k": "x.......x.x.....", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.x."}),
    "reggae": ((70, 100), {"k": "........x.......", "s": "........x.......", "h": "..x...x...x...x."}),
    "ballad": ((58, 84), {"k": "x.........x.....", "s": "....x.......x...", "h": "x.x.x.x.x.x.x.x."}),
    "motown": ((110, 170), {"k": "x.....x.x.....x.", "s": "x...x...x...x...", "h": "x.x.x.x.x.x.x.x."}),
    "chip": ((110, 175), {"k": "x.....x.x.......", "s": "....x.......x...", "h": "x...x...x...x..."}),
    "nodrums": ((60, 130), {}),
}
# Steps a beat is cut into three: shuffle and slow twelve-eight.
SWUNG = {
    "shuffle": ((84, 150), {"k": "x.....x.....", "s": "...x.....x..", "r": "x.xx.xx.xx.x"}),
    "blues": ((60, 120), {"k": "x....xx.....", "s": "...x.....x..", "h": "x.xx.xx.xx.x"}),
    "swing": ((110, 210), {"r": "x..x.xx..x.x", "h": "...x.....x..", "k": "x..x..x..x.."}),
    "swingfast": ((150, 240), {"r": "x..x.xx..x.x", "h": "...x.....x.."}),
    "twelve": ((54, 84), {"k": "x....xx.....", "s": "...x.....x..", "h": "xxxxxxxxxxxx"}),
}
ODD = {  # beats in the bar: patterns of sixteenths
    3: [{"k": "x...........", "s": "....x...x...", "h": "x.x.x.x.x.x."}, {"k": "x...........", "s": "........x...", "r": "x...x...x..."},
        {"k": "x.....x.....", "s": "....x...x...", "h": "x...x...x..."}, {"k": "x...........", "h": "....x...x..."}],
    5: [{"k": "x.....x.....x.......", "s": "....x...........x...", "h": "x.x.x.x.x.x.x.x.x.x."},
        {"k": "x...........x.......", "s": "........x.......x...", "r": "x...x.x.x...x...x.x."}],
    6: [{"k": "x.......x.x.............", "s": "....x.......x.......x...", "h": "x.x.x.x.x.x.x.x.x.x.x.x."},
        {"k": "x...........x...........", "s": "........x...........x...", "h": "x...x...x...x...x...x..."}],
    7: [{"k": "x.......x.......x...........", "s": "....x.......x...........x...", "h": "x.x.x.x.x.x.x.x.x.x.x.x.x.x."}],
}
DRUM_NOTES = {"k": [36, 36, 35], "s": [38, 38, 40], "c": [39], "h": [42], "o": [46], "r": [51, 51, 53, 59], "t": [45, 47, 50], "p": [56, 54, 70, 62, 49]}

MAJOR = [[0, 5, 7, 0], [0, 7, 9, 5], [0, 9, 5, 7], [9, 5, 0, 7], [0, 2, 7, 0], [0, 4, 5, 7], [0, 0, 5, 7], [5, 7, 4, 9], [2, 7, 0, 9], [0, 10, 5, 0]]
MINOR = [[0, 8, 3, 10], [0, 5, 7, 0], [0, 10, 8, 7], [0, 0, 8, 10], [0, 3, 10, 5], [0, 8, 10, 0], [0, 5, 10, 3], [0, 7, 8, 5], [0, 0, 0, 0]]
# Thirds of a chord on each degree, "" major and "m" minor.
MAJOR_QUALITY = {0: "", 2: "m", 4: "m", 5: "", 7: "", 9: "m", 10: ""}
MINOR_QUALITY = {0: "m", 3: "", 5: "m", 7: "m", 8: "", 10: ""}


def progression(rng):
    """Chords of some bars as (pitch class, quality), and the key."""
    key, minor = int(rng.integers(12)), bool(rng.random() < 0.5)
    degrees = (MINOR if minor else MAJOR)[rng.integers(len(MINOR if minor else MAJOR))]
    table = MINOR_QUALITY if minor else MAJOR_QUALITY
    chords = []
    for degree in degrees:
        quality = table.get(degree, "")
        if minor and degree == 7 and rng.random() < 0.4:
            quality = ""
        if rng.random() < 0.08:
            quality = "" if quality == "m" else "m"
        chords.append(((key + degree) % 12, quality))
    return chords, (key, minor)


def tempo_curve(rng, bpm, n_beats, kind=None):
    """BPM of every beat: steady, breathing, ramping, slowing down at the end."""
    kind = kind or rng.choice(["steady"] * 11 + ["drift"] * 5 + ["ramp", "rit", "rit", "step"])
    curve = np.full(n_beats, float(bpm))
    if kind == "drift":
        walk = np.cumsum(rng.normal(0, 0.004, n_beats))
        slow = np.convolve(walk - np.linspace(0, walk[-1], n_beats), np.ones(8) / 8, "same")
        curve *= np.exp(np.clip(slow, -0.09, 0.09)) * np.exp(rng.normal(0, 0.004, n_beats))
    elif kind == "ramp":
        curve *= np.linspace(1, rng.uniform(0.75, 1.35), n_beats)
    elif kind == "rit":
        n = min(n_beats // 2, int(rng.integers(8, 24)))
        curve[-n:] *= np.linspace(1, rng.uniform(0.55, 0.8), n)
    elif kind == "step":
        curve[n_beats // 2:] *= rng.choice([0.8, 0.9, 1.1, 1.25, 1.5])
    return curve, kind


def write(path, curve, notes, programs, volumes, per_bar):
    """notes: (channel, note, velocity, start in beats, length in beats)."""
    events = [(0, mido.MetaMessage("time_signature", numerator=per_bar, denominator=4))]
    for beat, bpm in enumerate(curve):
        if beat == 0 or bpm != curve[beat - 1]:
            events.append((beat * TICKS, mido.MetaMessage("set_tempo", tempo=int(round(60e6 / bpm)))))
    for channel, program in programs.items():
        events.append((0, mido.Message("program_change", channel=channel, program=int(program))))
        events.append((0, mido.Message("control_change", channel=channel, control=7, value=int(volumes[channel]))))
    for channel, note, velocity, start, length in notes:
        at = max(0, int(round(start * TICKS)))
        until = at + max(8, int(round(length * TICKS)))
        velocity = int(np.clip(velocity, 1, 127))
        events.append((at, mido.Message("note_on", channel=channel, note=int(note), velocity=velocity)))
        events.append((until, mido.Message("note_on", channel=channel, note=int(note), velocity=0)))
    order = lambda event: (event[0], 0 if event[1].is_meta else 1 if event[1].type != "note_on" else 2 + (event[1].velocity > 0))
    events.sort(key=order)
    track, now = mido.MidiTrack(), 0
    for at, message in events:
        track.append(message.copy(time=at - now))
        now = at
    midi = mido.MidiFile(ticks_per_beat=TICKS)
    midi.tracks.append(track)
    midi.save(path)


def hits(pattern, per_bar):
    """(position in beats) of a pattern's hits."""
    step = per_bar / len(pattern)
    return [at * step for at, mark in enumerate(pattern) if mark == "x"]


def varied(rng, drums):
    """Patterns of a style with those of another beside them, and some bars of each a little different."""
    if rng.random() < 0.4:
        other = STYLES[str(rng.choice(list(STYLES)))][1]
        drums = {**{name: pattern for name, pattern in drums.items() if name in "ks"}, **{name: pattern for name, pattern in other.items() if name not in "ks"}}
    change = rng.choice([0.0, 0.02, 0.05, 0.1])

    def other_bar(name, pattern):
        # A hit on the beat is rarely left out and seldom missing where there is none.
        odds = [change * (0.3 if at % 4 == 0 else 1.0) * (0.5 if mark == "x" else 1.0) for at, mark in enumerate(pattern)]
        return "".join(("." if mark == "x" else "x") if rng.random() < odd and name in "kshp" else mark for mark, odd in zip(pattern, odds))

    bars = [drums] + [{name: other_bar(name, pattern) for name, pattern in drums.items()} for _ in range(3)]
    order = rng.permutation([0, 0, 1, 2] if rng.random() < 0.5 else [0, 1, 2, 3])
    return [bars[at] for at in order]


def off_grid(rng, n):
    """Where on the sixteenths of a bar of ours a plucked bass or a riff plays, the same in every bar."""
    weight = np.array([0.9, 0.25, 0.5, 0.3] * n)[: 4 * n] * rng.uniform(0.5, 1.3)
    return [at / 4 for at in range(4 * n) if rng.random() < weight[at]] or [0.0]


def band(rng, path, style=None, secs=75, wild=False):
    """One piece of our own; returns what of_midi() cannot know.  The wild ones vary what the others repeat."""
    odd = style is None and rng.random() < 0.2
    if odd:
        per_bar = int(rng.choice([3, 3, 3, 5, 6, 7]))
        style, bpm, drums, swung = f"odd{per_bar}", rng.uniform(80, 190), ODD[per_bar][rng.integers(len(ODD[per_bar]))], False
    else:
        style = style or str(rng.choice(list(STYLES) + list(SWUNG)))
        swung = style in SWUNG
        (low, high), drums = (SWUNG if swung else STYLES)[style]
        per_bar, bpm = 4, rng.uniform(low, high)
    if rng.random() < 0.5:
        bpm = round(bpm)
    n_bars = max(8, int(secs * bpm / 60 / per_bar))
    n_beats = n_bars * per_bar
    electronic = style.rstrip("2") in {"house", "techno", "trance", "offonly", "dnb", "jungle", "hiphop", "trap"}
    curve, kind = tempo_curve(rng, bpm, n_beats, "steady" if electronic and rng.random() < 0.9 else None)
    human = 0.0 if electronic else float(rng.choice([0.0, 0.004, 0.008])) * bpm / 60
    swing = 0.0 if swung or rng.random() < 0.7 else rng.uniform(0.05, 0.33) / 4

    def felt(beat):
        part = (beat * 4) % 2
        return beat + (swing if abs(part - 1) < 1e-6 else 0.0) + rng.normal(0, human) * 0.5

    notes, chords = [], []
    base, key = progression(rng)
    other, _ = progression(rng)
    other = [((root - other[0][0] + key[0]) % 12, quality) for root, quality in other]
    pick = {name: int(rng.choice(DRUM_NOTES[name])) for name in DRUM_NOTES}
    bars_per_chord = int(rng.choice([1, 1, 1, 2, 4])) if rng.random() < 0.85 else 0
    phrase = int(rng.choice([4, 8, 8, 16]))
    bass_style = rng.choice(["root", "eighths", "offbeat", "kick", "octave", "walk", "none"], p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1])
    if style in ("swing", "swingfast", "shuffle") and rng.random() < 0.6:
        bass_style = "walk"
    comp_style = rng.choice(["pad", "offbeat", "eighths", "arp", "stabs", "strum"])
    lead = rng.random() < 0.6
    levels = {name: rng.uniform(60, 120) for name in "kschortp"}
    present = {"drums": True, "bass": True, "comp": True, "lead": lead}
    scale = [0, 3, 5, 7, 10] if key[1] else [0, 2, 4, 7, 9]
    melody = int(rng.integers(5))
    skip_kick_bar = int(rng.integers(3, 9))
    bars_of_drums, plucked, riff, half_time = [drums], [], [], False
    if wild:
        if not swung and not odd and drums:
            bars_of_drums = varied(rng, drums)
        plucked, riff = off_grid(rng, per_bar), off_grid(rng, per_bar)
        bass_style = rng.choice([bass_style, "plucked"], p=[0.6, 0.4])
        comp_style = rng.choice([comp_style, "riff"], p=[0.65, 0.35])
        ghosts = rng.random() < 0.25
    for bar in range(n_bars):
        at = bar * per_bar
        if bar % phrase == 0:
            weights = rng.random(4)
            intro = bar == 0
            present = {"drums": weights[0] < (0.6 if intro else 0.85), "bass": weights[1] < (0.6 if intro else 0.85),
                       "comp": weights[2] < 0.85, "lead": lead and weights[3] < 0.6}
            if not any(present.values()):
                present["drums"] = True
            quiet = {name: rng.random() < 0.2 for name in drums}
            if wild:
                quiet = {name: rng.random() < 0.1 for names in bars_of_drums for name in names}
                half_time = rng.random() < 0.12
            section = other if rng.random() < 0.35 else base
            if drums and present["drums"] and bar and rng.random() < 0.6:
                notes.append((9, 49 if rng.random() < 0.7 else 57, 105, at, 1))
        # Two chords a bar where bars_per_chord is 0.
        spans = [(0, per_bar)] if bars_per_chord else [(0, per_bar - per_bar // 2), (per_bar - per_bar // 2, per_bar)]
        for part, (start, end) in enumerate(spans):
            index = (bar // bars_per_chord) if bars_per_chord else 2 * bar + part
            root, quality = section[index % len(section)]
            sounding = present["comp"] or present["lead"] and present["bass"]
            chords.append((at + start, at + end, root if sounding else None, "min" if quality else "maj"))
            third = 3 if quality else 4
            length = end - start
            if present["bass"] and bass_style != "none":
                low = 36 + (root - 36) % 12 - (12 if (root - 36) % 12 > 7 else 0)
                if bass_style == "root":
                    plan = [(0, 0, length * 0.9)]
                elif bass_style == "eighths":
                    plan = [(b / 2, 0, 0.45) for b in range(2 * length)]
                elif bass_style == "offbeat":
                    plan = [(b + 0.5, 0, 0.4) for b in range(length)]
                elif bass_style == "octave":
                    plan = [(b / 2, 12 * (b % 2), 0.4) for b in range(2 * length)]
                elif bass_style == "walk":
                    plan = [(b, [0, third, 7, 9, 7, third][b % 6] if b else 0, 0.9) for b in range(length)]
                elif bass_style == "plucked":
                    plan = [(b - start, int(rng.choice([0, 0, 0, 7, 12])) if b else 0, 0.22) for b in plucked if start <= b < end]
                else:
                    plan = [(b - start, 0, 0.4) for b in hits(drums.get("k", "x..."), per_bar) if start <= b < end]
                for b, step, keep in plan:
                    notes.append((1, low + step, rng.uniform(85, 110), felt(at + start + b), keep))
            if present["comp"]:
                tones = [root, root + third, root + 7] + ([root + 10] if rng.random() < 0.15 else [])
                voicing = sorted(55 + (tone - 55) % 12 for tone in tones)
                if comp_style == "pad":
                    plan = [(0, length * 0.98)]
                elif comp_style == "offbeat":
                    plan = [(b + 0.5, 0.3) for b in range(length)]
                elif comp_style == "eighths":
                    plan = [(b / 2, 0.4) for b in range(2 * length)]
                elif comp_style == "stabs":
                    plan = [(b, 0.3) for b in (0, 0.75, 1.5, 2.5, 3.25) if b < length]
                elif comp_style == "riff":
                    plan = []
                    low = 40 + (root - 40) % 12
                    for b in riff:
                        if start <= b < end:
                            for tone in (low, low + 7, low + 12):
                                notes.append((2, tone, rng.uniform(75, 110), felt(at + b), 0.24 if rng.random() < 0.7 else 0.9))
                elif comp_style == "strum":
                    plan = [(b, 0.9) for b in range(length)]
                else:
                    plan = []
                    for b in range(4 * length):
                        notes.append((2, voicing[b % len(voicing)] + 12 * (b % 8 > 4), rng.uniform(60, 95), felt(at + start + b / 4), 0.3))
                for b, keep in plan:
                    for tone in voicing:
                        notes.append((2, tone, rng.uniform(60, 95), felt(at + start + b), keep))
            if present["lead"]:
                b = 0.0
                while b < length - 1e-6:
                    keep = float(rng.choice([0.5, 0.5, 1, 1, 0.25, 1.5]))
                    melody = int(np.clip(melody + rng.integers(-2, 3), 0, 9))
                    if rng.random() < 0.8:
                        tone = key[0] + scale[melody % 5] + 12 * (melody // 5)
                        if abs(b % 1) < 1e-6 and rng.random() < 0.6:
                            tone = root + int(rng.choice([0, third, 7]))
                        notes.append((3, 67 + (tone - 67) % 12 + 12 * (melody // 7), rng.uniform(70, 110), felt(at + start + b), keep * 0.9))
                    b += keep
        if present["drums"]:
            fill = bar % phrase == phrase - 1 and rng.random() < 0.5
            for name, pattern in bars_of_drums[bar % len(bars_of_drums)].items():
                if quiet.get(name) or name == "k" and bar % skip_kick_bar == skip_kick_bar - 1 and rng.random() < 0.2:
                    continue
                for b in hits(pattern, per_bar):
                    if half_time and name == "s":
                        if abs(b - per_bar / 2) > 0.01 and b != 1:
                            continue
                        b = per_bar / 2
                    if fill and b >= per_bar - 1.01 and name in "sh":
                        continue
                    accent = 1.0 if abs(b % 1) < 1e-6 or name in "ksc" else 0.75
                    notes.append((9, pick[name], levels[name] * accent * rng.uniform(0.9, 1.05), felt(at + b), 0.2))
            if wild and ghosts:
                for b in np.arange(0.25, per_bar, 0.5):
                    if rng.random() < 0.3:
                        notes.append((9, pick["s"], rng.uniform(15, 40), felt(at + b), 0.2))
            if fill:
                for b in np.arange(per_bar - 1, per_bar, 0.25):
                    notes.append((9, int(rng.choice([38, 45, 47, 50])), rng.uniform(70, 115), felt(at + b), 0.2))
    end = n_beats
    chords = merged(chords)
    programs = {1: rng.choice([32, 33, 33, 34, 35, 36, 38, 38, 39, 39, 87, 58]),
                2: rng.choice([0, 0, 1, 4, 5, 16, 18, 24, 25, 26, 27, 28, 29, 30, 30, 48, 50, 51, 62, 81, 88, 89, 90, 91, 11, 46]),
                3: rng.choice([0, 11, 22, 26, 27, 29, 30, 40, 52, 53, 54, 56, 60, 65, 66, 68, 71, 73, 75, 80, 80, 81, 81, 84, 87]),
                9: rng.choice([0, 0, 0, 8, 16, 24, 25, 25, 26, 32, 40])}
    if wild and comp_style == "riff":
        programs[2] = rng.choice([29, 30, 30, 30, 28, 27, 81])
    volumes = {1: rng.uniform(80, 125), 2: rng.uniform(55, 115), 3: rng.uniform(60, 115), 9: rng.uniform(75, 127)}
    write(path, curve, notes, programs, volumes, per_bar)
    return {"style": style, "per_bar": per_bar, "n_beats": end, "chords": chords, "tempo": kind, "bpm": float(bpm), "electronic": bool(electronic)}


def merged(chords):
    """Neighbours that are the same chord, joined."""
    joined = []
    for start, end, root, quality in chords:
        if joined and joined[-1][1] == start and joined[-1][2:] == (root, quality if root is not None else joined[-1][3]):
            joined[-1] = (joined[-1][0], end, root, joined[-1][3])
        else:
            joined.append((start, end, root, quality))
    return joined


def grooves():
    """(name, beats in the bar) of every groove MMA has in four, three or five."""
    found = []
    for path in sorted(MMA_LIB.glob("*/*.mma")):
        text = path.read_text(errors="replace")
        times = {int(n) for n in re.findall(r"^\s*Time\s+(\d+)\s*$", text, re.M | re.I)} or {4}
        signature = re.search(r"^\s*TimeSig\s+(\d+)[ /]+(\d+)", text, re.M | re.I)
        if len(times) != 1 or not times & {3, 4, 5} or signature and signature[2] != "4":
            continue
        names = [name for name in re.findall(r"^\s*DefGroove\s+(\S+)", text, re.M | re.I)]
        plain = [name for name in names if not re.search(r"intro|end|fill|walk|sus", name, re.I)]
        if plain and "metronome" not in path.name and path.name != "none.mma":
            found.append((f"{path.parent.name}:{path.stem}", plain, times.pop()))
    return found


def mma(rng, path, groove=None, secs=75):
    """One piece played by MMA; None where it would not."""
    folder, names, per_bar = groove or (lambda all: all[rng.integers(len(all))])(grooves())
    stem = folder.split(":")[1].lower()
    low, high = (60, 95) if re.search("ballad|slow|hymn|lullaby|68|128", stem) else (140, 230) if re.search("fast|bebop|quick|polka|punk", stem) \
        else (150, 180) if "dnb" in stem else (80, 104) if "hip" in stem or "trip" in stem else (118, 142) if re.search("house|techno|trance|dance|rave", stem) else (85, 180)
    bpm = rng.uniform(low, high)
    bpm = round(bpm) if rng.random() < 0.5 else bpm
    n_bars = max(8, int(secs * bpm / 60 / per_bar))
    lines = [f"Tempo {bpm:.3f}", f"Groove {rng.choice(names)}"]
    base, _ = progression(rng)
    other, _ = progression(rng)
    chords, section = [], base
    per_chord = int(rng.choice([1, 1, 2]))
    for bar in range(n_bars):
        if bar % 8 == 0:
            section = other if rng.random() < 0.3 else base
            if bar and rng.random() < 0.3:
                lines.append(f"Groove {rng.choice(names)}")
        root, quality = section[(bar // per_chord) % len(section)]
        # Sevenths colour a chord without changing its root or third.
        colour = "7" if quality and rng.random() < 0.15 else str(rng.choice(["", "", "", "", "7", "M7"])) if not quality else ""
        lines.append(f"{bar + 1} {NOTES[root]}{quality}{colour}")
        chords.append((bar * per_bar, (bar + 1) * per_bar, root, "min" if quality else "maj"))
    source = Path(path).with_suffix(".mma")
    source.write_text("\n".join(lines) + "\n")
    done = subprocess.run(["mma", "-f", str(path), str(source)], capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    if done.returncode or not Path(path).exists():
        return None
    curve, kind = tempo_curve(rng, bpm, n_bars * per_bar)
    rewrite(path, curve, rng)
    return {"style": f"mma:{stem}", "per_bar": per_bar, "n_beats": n_bars * per_bar, "chords": merged(chords), "tempo": kind, "bpm": float(bpm), "electronic": False}


def rewrite(path, curve, rng):
    """MMA's file with our tempo and, now and then, other instruments; its own ticks per beat are kept."""
    midi = mido.MidiFile(path)
    ticks = midi.ticks_per_beat
    for track in midi.tracks:
        kept, carry = mido.MidiTrack(), 0
        for message in track:
            if message.type == "set_tempo":
                carry += message.time
                continue
            kept.append(message.copy(time=message.time + carry))
            carry = 0
        track[:] = kept
    tempo, now = mido.MidiTrack(), 0
    for beat, bpm in enumerate(curve):
        if beat == 0 or bpm != curve[beat - 1]:
            tempo.append(mido.MetaMessage("set_tempo", tempo=int(round(60e6 / bpm)), time=beat * ticks - now))
            now = beat * ticks
    midi.tracks.insert(0, tempo)
    midi.save(path)


def seconds(midi):
    """A function from ticks to seconds."""
    changes, now = [], 0
    for message in mido.merge_tracks(midi.tracks):
        now += message.time
        if message.type == "set_tempo":
            changes.append((now, message.tempo))
    if not changes or changes[0][0] > 0:
        changes.insert(0, (0, 500_000))
    ticks = np.array([tick for tick, _ in changes], float)
    per_tick = np.array([tempo for _, tempo in changes], float) / 1e6 / midi.ticks_per_beat
    starts = np.concatenate([[0], np.cumsum(np.diff(ticks) * per_tick[:-1])])

    def at(tick):
        tick = np.asarray(tick, float)
        index = np.clip(np.searchsorted(ticks, tick, "right") - 1, 0, None)
        return starts[index] + (tick - ticks[index]) * per_tick[index]

    return at


def of_midi(path, known=None, softest=1):
    """Beats, first beats of bars and drum hits (but the softest) of a MIDI file in seconds."""
    midi = mido.MidiFile(path, clip=True)
    at, ticks = seconds(midi), midi.ticks_per_beat
    drums, signatures, last, first, now = {"kick": [], "snare": [], "hat": []}, [], 0, None, 0
    for message in mido.merge_tracks(midi.tracks):
        now += message.time
        if message.type == "time_signature":
            signatures.append((now, message.numerator, message.denominator))
        elif message.type == "note_on" and message.velocity > 0:
            last, first = now, now if first is None else first
            if message.channel == 9:
                for name, notes in (("kick", KICKS), ("snare", SNARES), ("hat", HATS)):
                    if message.note in notes and message.velocity >= softest:
                        drums[name].append(float(at(now)))
    if known:
        n_beats, per_bar = known["n_beats"], known["per_bar"]
        beats = np.arange(n_beats + 1) * ticks
        downs = beats[::per_bar]
    else:
        signatures = signatures if signatures and signatures[0][0] == 0 else [(0, 4, 4)] + signatures
        beats, downs = [], []
        for (start, num, den), end in zip(signatures, [s[0] for s in signatures[1:]] + [last + ticks]):
            # Six, nine and twelve eighths are counted in threes.
            compound = den == 8 and num in (6, 9, 12)
            step = ticks * 4 // den * (3 if compound else 1)
            count = num // 3 if compound else num
            for index, tick in enumerate(range(start, end, step)):
                beats.append(tick)
                if index % count == 0:
                    downs.append(tick)
        beats, downs = np.array(beats), np.array(downs)
    truth = {"beats": at(beats), "downbeats": at(downs), "drums": {name: np.unique(np.array(times)) for name, times in drums.items()},
             "first": float(at(first or 0)), "last": float(at(last))}
    if known:
        truth["chords"] = [(float(at(start * ticks)), float(at(end * ticks)), root, quality) for start, end, root, quality in known["chords"]]
    return truth
