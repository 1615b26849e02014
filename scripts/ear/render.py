"""MIDI to sound, in as many shapes as ears meet: soundfonts, electronic drums, ducking, tone, noise, a cut beginning."""
import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import mido
import numpy as np
from scipy import fft, signal
from scipy.io import wavfile

from features import RATE

# More of what Debian ships, where ROOT is "/" or where its packages were unpacked.  What is held out is heard by no lesson.
ROOT = Path(os.environ.get("EAR_ROOT", "/"))
MORE_FONTS = ["usr/share/samples/sf_GMbank.sf2", "usr/share/sounds/sf2/OPL-3_FM_128M.sf2"]
HELD_FONT = "usr/share/sounds/sf3/MuseScore_General_Lite.sf3"
KITS, HELD_KIT = ["usr/lib/lv2/avldrums.lv2/Black_Pearl_4_LV2.sf2"], "usr/lib/lv2/avldrums.lv2/Red_Zeppelin_4_LV2.sf2"
SHOTS = ["/usr/share/lmms/samples/drums", "usr/share/sonic-pi/samples", "usr/share/hydrogen/data/drumkits"]
HELD_SHOTS = re.compile("ForzeeStereo|BJA_Pacific|VariBreaks")
KINDS = {36: r"kick|bassdrum|(^|_)bd_|bass_(hard|soft)", 38: r"snare|(^|_)sn_", 39: r"clap", 42: r"hi_?hat_?closed|hat_cl|hat.*light|cymbal_closed|^hh_",
         46: r"hi_?hat_?_?-?open|hat_op|cymbal_open", 44: r"foot|pedal", 51: r"^ride|^rd_|ride\d", 49: r"crash", 45: r"tom"}

FONTS = ["/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2"]


def flattened(midi_path, out):
    """The same notes at one tempo, in ticks of a tenth of a millisecond: fluidsynth rounds at every change of tempo."""
    from pieces import seconds
    midi = mido.MidiFile(midi_path, clip=True)
    at, track, now, last = seconds(midi), mido.MidiTrack(), 0, 0
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    for message in mido.merge_tracks(midi.tracks):
        now += message.time
        if not message.is_meta:
            tick = int(round(float(at(now)) * 10_000))
            track.append(message.copy(time=tick - last))
            last = tick
    flat = mido.MidiFile(ticks_per_beat=5_000)
    flat.tracks.append(track)
    flat.save(out)
    return out


def synth(midi, font, wet=True):
    with tempfile.NamedTemporaryFile(suffix=".wav") as out, tempfile.NamedTemporaryFile(suffix=".mid") as flat:
        midi = flattened(midi, flat.name)
        subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", str(RATE), "-R", str(int(wet)), "-C", str(int(wet)), "-O", "s16", "-o", "synth.dynamic-sample-loading=1",
                        "-F", out.name, font, str(midi)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return wavfile.read(out.name)[1].astype(np.float32) / 32768


def only(midi_path, keep, out):
    """A copy of a MIDI file with the notes of some channels."""
    midi = mido.MidiFile(midi_path, clip=True)
    for track in midi.tracks:
        for index, message in enumerate(track):
            if message.type in ("note_on", "note_off") and not keep(message.channel):
                track[index] = mido.MetaMessage("text", text="", time=message.time)
    midi.save(out)
    return out


def hits_of(midi_path):
    from pieces import seconds
    midi, now, found = mido.MidiFile(midi_path, clip=True), 0, []
    at = seconds(midi)
    for message in mido.merge_tracks(midi.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity and message.channel == 9:
            found.append((float(at(now)), message.note, message.velocity / 127))
    return found


def one_shots(rng):
    """A drum machine of our own: a sample for every kind of drum."""
    def noise(secs, low, high, decay):
        n = int(secs * RATE)
        spectrum = np.fft.rfft(rng.normal(0, 1, n))
        freqs = np.fft.rfftfreq(n, 1 / RATE)
        spectrum *= np.clip(freqs / low, 0, 1) ** 2 * (freqs < high)
        wave = np.fft.irfft(spectrum, n)
        return wave / np.abs(wave).max() * np.exp(-np.arange(n) / RATE / decay)

    def tone(secs, start, end, sweep, decay):
        t = np.arange(int(secs * RATE)) / RATE
        freq = end + (start - end) * np.exp(-t / sweep)
        return np.sin(2 * np.pi * np.cumsum(freq) / RATE) * np.exp(-t / decay)

    kick = tone(0.4, rng.uniform(100, 400), rng.uniform(42, 62), rng.uniform(0.01, 0.05), rng.uniform(0.06, 0.25))
    kick = np.tanh(kick * rng.uniform(1, 4)) * 0.8
    click = noise(0.02, 2000, 12000, 0.003) * rng.uniform(0, 0.4)
    kick[: len(click)] += click
    snare = noise(0.3, rng.uniform(500, 2500), 14000, rng.uniform(0.04, 0.15)) * 0.5
    body = tone(0.2, rng.uniform(220, 300), rng.uniform(160, 210), 0.02, rng.uniform(0.03, 0.1)) * rng.uniform(0.1, 0.6)
    snare[: len(body)] += body
    clap = noise(0.3, 800, 9000, rng.uniform(0.05, 0.12)) * 0.4
    for delay in (0.009, 0.019):
        n = int(delay * RATE)
        clap[n:] += clap[:-n] * 0.7
    hat = noise(0.1, rng.uniform(5000, 9000), 18000, rng.uniform(0.01, 0.03)) * 0.3
    opened = noise(0.4, rng.uniform(5000, 8000), 18000, rng.uniform(0.08, 0.2)) * 0.3
    ride = noise(0.5, 4000, 16000, 0.2) * 0.2
    crash = noise(1.5, 3000, 18000, 0.6) * 0.35
    tom = tone(0.4, 220, 110, 0.06, 0.15) * 0.6
    perc = tone(0.1, rng.uniform(400, 1200), rng.uniform(300, 900), 0.02, 0.03) * 0.4
    table = {35: kick, 36: kick, 38: snare, 40: snare, 37: perc, 39: clap, 42: hat, 44: hat, 46: opened, 49: crash, 57: crash, 51: ride, 53: ride,
             59: ride, 45: tom, 47: tom, 50: tom, 41: tom, 43: tom, 48: tom}
    return lambda note: table.get(note, perc)


def machine(midi_path, n, rng):
    shot, out = one_shots(rng), np.zeros(n + 2 * RATE, np.float32)
    for at, note, velocity in hits_of(midi_path):
        wave = shot(note) * velocity ** 1.5
        start = int(round(at * RATE))
        if start < n:
            out[start:start + len(wave)] += wave
    return out[:n]


def ducked(n, kicks, rng):
    gain, depth, release = np.ones(n, np.float32), rng.uniform(0.2, 0.85), rng.uniform(0.1, 0.3)
    shape = 1 - depth * np.exp(-np.arange(int(0.6 * RATE)) / RATE / release)
    for at in kicks:
        start = int(at * RATE)
        end = min(n, start + len(shape))
        if start < end:
            gain[start:end] = np.minimum(gain[start:end], shape[: end - start])
    return gain


def toned(sound, rng):
    """A smooth random tone curve, at most some 7 dB anywhere."""
    n = fft.next_fast_len(len(sound), real=True)
    freqs = np.fft.rfftfreq(n, 1 / RATE)
    knots = np.log(np.array([30, 100, 300, 1000, 3000, 8000, 18000]))
    curve = np.interp(np.log(np.maximum(freqs, 20)), knots, rng.normal(0, 3.5, len(knots)))
    gain = (10 ** (curve / 20)).astype(np.float32)
    return fft.irfft(fft.rfft(sound.T.astype(np.float32), n) * gain, n).T[: len(sound)].astype(np.float32)


def perform(midi_path, truth, known, rng, plain=False):
    """Stereo sound and how many seconds its truth has moved by (negative where the beginning was cut)."""
    font = str(rng.choice(FONTS))
    electronic = known.get("electronic") and not plain
    if electronic and rng.random() < 0.7 or not plain and rng.random() < 0.12:
        with tempfile.TemporaryDirectory() as folder:
            rest = synth(only(midi_path, lambda channel: channel != 9, Path(folder) / "rest.mid"), font)
        drums = machine(midi_path, len(rest), rng)[:, None]
        if rng.random() < 0.6:
            rest = rest * ducked(len(rest), truth["drums"]["kick"], rng)[:, None]
        loud = lambda wave: max(np.sqrt((wave ** 2).mean()), 1e-4)
        sound = rest / loud(rest) * 0.1 + drums / loud(drums) * 0.1 * 10 ** (rng.uniform(-8, 8) / 20)
    else:
        sound = synth(midi_path, font, wet=rng.random() < 0.7)
    if not plain:
        sound = toned(sound, rng)
        if rng.random() < 0.4:
            loud = np.abs(sound).max() + 1e-6
            sound = np.tanh(sound / loud * rng.uniform(1, 5))
        if rng.random() < 0.3:
            sound = sound + rng.normal(0, 10 ** rng.uniform(-4, -2), sound.shape).astype(np.float32)
    if rng.random() < 0.6:
        cut = rng.uniform(0, 12)
        sound, moved = sound[int(cut * RATE):], -int(cut * RATE) / RATE
    else:
        lead = rng.uniform(0, 2)
        sound, moved = np.concatenate([np.zeros((int(lead * RATE), 2), np.float32), sound]), int(lead * RATE) / RATE
    peak = np.abs(sound).max() + 1e-6
    return (sound / peak * rng.uniform(0.3, 0.98)).astype(np.float32), moved


@cache
def shots(held):
    """Samples of drum hits that Debian's packages bring, by the note that plays them."""
    found = {note: [] for note in KINDS}
    for folder in SHOTS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".ogg", ".flac", ".wav", ".aiff") or bool(HELD_SHOTS.search(str(path))) != held:
                continue
            note = next((note for note, words in KINDS.items() if re.search(words, path.stem, re.I)), None)
            if note:
                found[note].append(str(path))
    return found


@cache
def sample(path):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-t", "2", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"], capture_output=True).stdout
    wave = np.frombuffer(raw, np.float32)
    if not len(wave) or not np.abs(wave).max() > 1e-3:
        return np.zeros(1, np.float32)
    wave = wave / np.abs(wave).max()
    # What a file is silent for before the stick lands is not known to the truth.
    return wave[np.flatnonzero(np.abs(wave) > 0.04)[0]:][: int(1.2 * RATE)]


def sampled(midi_path, n, rng, held):
    """Drums from samples, one for each kind of drum, or a few that take turns."""
    bank = shots(held)
    takes = {note: [sample(str(path)) for path in rng.choice(paths, 1 if rng.random() < 0.7 else 2)] for note, paths in bank.items() if paths}
    gains = {36: 1.0, 38: 0.8, 39: 0.6, 42: 0.35, 46: 0.35, 44: 0.3, 51: 0.3, 49: 0.4, 45: 0.6}
    gains = {note: gain * 10 ** (rng.normal(0, 3) / 20) for note, gain in gains.items()}
    of_note = {35: 36, 40: 38, 37: 38, 57: 49, 53: 51, 59: 51, 41: 45, 43: 45, 47: 45, 48: 45, 50: 45}
    out = np.zeros(n + 2 * RATE, np.float32)
    for at, note, velocity in hits_of(midi_path):
        kind, start = of_note.get(note, note), int(round(at * RATE))
        if kind in takes and start < n:
            wave = takes[kind][int(rng.integers(len(takes[kind])))]
            wave = wave[: int(0.08 * RATE)] if kind == 42 and len(wave) > 0.3 * RATE else wave
            out[start:start + len(wave)] += wave * gains[kind] * velocity ** 1.5
    return out[:n]


def kit(midi_path, path):
    """The drum notes through a soundfont that is nothing but a drum kit."""
    with tempfile.NamedTemporaryFile(suffix=".mid") as moved:
        midi = mido.MidiFile(midi_path, clip=True)
        for track in midi.tracks:
            for index, message in enumerate(track):
                if message.type in ("note_on", "note_off") and message.channel == 9:
                    track[index] = message.copy(channel=0, note={35: 36, 40: 38}.get(message.note, message.note))
                elif not message.is_meta:
                    track[index] = mido.MetaMessage("text", text="", time=message.time)
        midi.save(moved.name)
        return synth(moved.name, str(ROOT / path), wet=False).mean(1)


def produce(midi_path, truth, known, rng, held=False, secs=62):
    """Mono sound as it leaves a studio, and how many seconds its truth has moved by: drums of another make than the rest,
    an amplifier, sidechain, room, tone, limiter, noise, and a beginning that is cut."""
    fonts = [str(ROOT / HELD_FONT)] if held else FONTS + [str(ROOT / path) for path in MORE_FONTS]
    odds = np.array([1.0] if held else [0.4, 0.25, 0.22, 0.13])
    font = str(rng.choice(fonts, p=odds))
    has_drums = any(len(times) for times in truth["drums"].values())
    with tempfile.TemporaryDirectory() as folder:
        sound = synth(only(midi_path, lambda channel: channel != 9, Path(folder) / "rest.mid"), font, wet=rng.random() < 0.5).mean(1)
        loud = lambda wave: max(float(np.sqrt((wave ** 2).mean())), 1e-4)
        if rng.random() < 0.25:
            sound = np.tanh(sound / loud(sound) * rng.uniform(0.3, 4)) * loud(sound)
        if has_drums:
            how = rng.choice(["sampled", "machine", "kit", "font"], p=[0.4, 0.1, 0.25, 0.25])
            if how == "sampled":
                drums = sampled(midi_path, len(sound), rng, held)
            elif how == "machine":
                drums = machine(midi_path, len(sound), rng)
            elif how == "kit":
                drums = kit(midi_path, HELD_KIT if held else str(rng.choice(KITS)))
            else:
                drums = synth(only(midi_path, lambda channel: channel == 9, Path(folder) / "drums.mid"), str(rng.choice(fonts, p=odds)), wet=rng.random() < 0.5).mean(1)
            n = max(len(sound), len(drums))
            sound, drums = np.pad(sound, (0, n - len(sound))), np.pad(drums, (0, n - len(drums)))
            if rng.random() < (0.6 if known.get("electronic") else 0.1):
                sound = sound * ducked(n, truth["drums"]["kick"], rng)
            sound = sound / loud(sound) * 0.1 + drums / loud(drums) * 0.1 * 10 ** (rng.normal(-1, 4.5) / 20)
    if rng.random() < 0.6:
        start, moved = int(rng.uniform(0, 12) * RATE), 0.0
        sound, moved = sound[start:], -start / RATE
    else:
        start = int(rng.uniform(0, 2) * RATE)
        sound, moved = np.pad(sound, (start, 0)), start / RATE
    sound = sound[: secs * RATE]
    if rng.random() < 0.3:
        length = int(rng.uniform(0.15, 1.2) * RATE)
        room = rng.normal(0, 1, length) * np.exp(-np.arange(length) / length * 6)
        wet = signal.oaconvolve(sound, (room / np.sqrt((room ** 2).sum())).astype(np.float32))[: len(sound)]
        sound = sound + wet * 10 ** (rng.uniform(-20, -4) / 20)
    sound = toned(sound[:, None], rng)[:, 0]
    if rng.random() < 0.6:
        # Loud records: the whole is driven into its ceiling.
        sound = np.tanh(sound / loud(sound) * 10 ** (rng.uniform(-14, 4) / 20))
    if rng.random() < 0.25:
        sound = sound + rng.normal(0, loud(sound) * 10 ** (rng.uniform(-45, -15) / 20), sound.shape).astype(np.float32)
    return sound.astype(np.float32), moved
