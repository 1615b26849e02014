#!/usr/bin/env python3
"""Teaches a net of the ear.  usage: learn.py rhythm|harmony LESSONS[,LESSONS...] OUT.bin STEPS SECONDS

It ends after so many steps or seconds, whichever comes first; how fast it learns follows whichever is nearer to its end.
"""
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from scipy.signal import lfilter
from torch.nn import functional as F

import nets
from features import low_centres

SECS = 20


def load(folder, need, known=()):
    lessons = []
    for path in sorted(path for part in folder.split(",") for path in Path(part).glob("*.npz")):
        if path.stem in known:
            continue
        try:
            data = dict(np.load(path))
        except (EOFError, OSError, ValueError):
            continue  # still being written
        if need == "harmony" and not data["use"][1]:
            continue
        if len(data["slow"]) > SECS * 10 + 40 and len(data["beats"]) > 16:
            data["name"] = path.stem
            lessons.append(data)
    return lessons


def louder(x, gain):
    return np.log1p(np.expm1(x.astype(np.float32)) * gain)


def marks(times, start, n, fps, spread):
    target = np.zeros(n, np.float32)
    frames = (np.asarray(times) - start) * fps
    for frame in frames[(frames > -2) & (frames < n + 1)]:
        for at in range(int(np.floor(frame)) - 1, int(np.floor(frame)) + 3):
            if 0 <= at < n:
                target[at] = max(target[at], float(np.clip(1 - (abs(at - frame) - 0.5) * spread, 0, 1)))
    return target


def stretched(x, factor, n):
    """Frames read `factor` times as fast."""
    at = np.clip(np.arange(n) * factor, 0, len(x) - 1.001)
    low = at.astype(int)
    part = (at - low)[:, None].astype(np.float32)
    return x[low] * (1 - part) + x[low + 1] * part


N_BANDS = 78
# Where the bands of both spectrograms lie, in octaves above 27.5 Hz.
FAST_AT, SLOW_AT = np.log2(low_centres() / 27.5), 1 + np.arange(216) / 36


def disguised(fast, slow, rng):
    """The same music through other ears: another tone, a room, noise, a limiter.  Magnitudes in, magnitudes out."""
    knots = np.arange(0, 10.5, 1.5)
    curve = rng.normal(0, rng.choice([0, 3, 6]), len(knots)) + rng.normal(0, 4)
    if rng.random() < 0.15:
        curve -= 12 * np.maximum(0, knots - rng.uniform(5, 9)) if rng.random() < 0.5 else 12 * np.maximum(0, rng.uniform(0.5, 2.5) - knots)
    fast = fast * (10 ** (np.interp(FAST_AT, knots, curve) / 20)).astype(np.float32)
    slow = slow * (10 ** (np.interp(SLOW_AT, knots, curve) / 20)).astype(np.float32)
    if rng.random() < 0.2:
        keep = rng.uniform(0.4, 0.85)
        fast = fast + rng.uniform(0.05, 0.4) * lfilter([1.0 - keep], [1.0, -keep], fast, axis=0).astype(np.float32)
    if rng.random() < 0.3:
        # A crowd, a voice, a bad cable: noise of one tone that swells.
        level = 10 ** (rng.uniform(-32, -8) / 20)
        hiss = np.interp(FAST_AT, knots, rng.normal(0, 8, len(knots)))
        swell = np.exp(np.interp(np.arange(len(fast)) / 99, np.arange(len(fast) // 99 + 2), rng.normal(0, 0.5, len(fast) // 99 + 2)))
        shape = (10 ** (hiss / 20))[None] * swell[:, None] * level * fast.mean()
        fast = np.hypot(fast, shape * rng.rayleigh(0.8, fast.shape)).astype(np.float32)
        slow = np.hypot(slow, level * slow.mean() * 10 ** (np.interp(SLOW_AT, knots, np.interp(knots, FAST_AT, hiss)) / 20)).astype(np.float32)
    if rng.random() < 0.3:
        loud = lfilter([0.3], [1, -0.7], np.sqrt((fast ** 2).sum(1)) + 1e-4)
        fast = fast * ((loud / loud.mean()) ** -rng.uniform(0.2, 0.7))[:, None].astype(np.float32)
    return fast, slow


def rhythm_sample(lesson, rng):
    factor = float(np.exp(rng.normal(0, 0.09))) if rng.random() < 0.6 else 1.0
    span = SECS * factor
    total = len(lesson["slow"]) / 10
    start = np.floor(rng.uniform(0, max(0.1, total - span - 0.5)) * 10) / 10
    first = int(round(start * 50))
    # Lessons have a hundred frames a second; the net hears every second one.
    fast = np.expm1(lesson["fast"][2 * first:2 * (first + int(span * 50) + 3):2].astype(np.float32))
    slow = np.expm1(lesson["slow"][first // 5:first // 5 + int(span * 10) + 3].astype(np.float32))
    if rng.random() < 0.75:
        fast, slow = disguised(fast, slow, rng)
    fast, slow = np.log1p(fast), np.log1p(slow)
    n = SECS * 50
    fast, slow = stretched(fast, factor, n), stretched(slow, factor, n // 5)
    shift = int(rng.integers(-2, 3))
    fast = np.roll(fast, shift, 1)
    slow = np.roll(slow, 3 * int(rng.integers(-4, 5)), 1)
    if rng.random() < 0.2:
        at, width = int(rng.integers(N_BANDS)), int(rng.integers(4, 20))
        fast[:, at:at + width] *= 0.3
    moved = lambda name: (lesson[name] - start) / factor
    beats, downs = marks(moved("beats"), 0, n, 50, 1.0), marks(moved("downbeats"), 0, n, 50, 1.0)
    hits = np.stack([marks(moved(name), 0, n, 50, 1.2) for name in ("kick", "snare", "hat")])
    # Where nothing plays nobody can know the beat.
    at = start + np.arange(n) / 50 * factor
    heard = ((at > lesson["span"][0] - 0.1) & (at < lesson["span"][1] + 0.5)).astype(np.float32)
    return fast.T.astype(np.float32), slow.T.astype(np.float32), np.stack([beats, downs]), heard, hits, np.float32(lesson["use"][0])


def harmony_sample(lesson, rng):
    n = SECS * 10
    start = int(rng.integers(0, max(1, len(lesson["slow"]) - n)))
    slow = louder(lesson["slow"][start:start + n], np.exp(rng.normal(0, 0.5)))
    slow = np.pad(slow, ((0, n - len(slow)), (0, 0)))
    by = int(rng.integers(-5, 7))
    detune = rng.normal(0, 0.35)
    at = np.clip(np.arange(216) - 3 * by - detune, 0, 214.999)
    low = at.astype(int)
    slow = slow[:, low] * (1 - (at - low)) + slow[:, low + 1] * (at - low)
    slow += rng.normal(0, 0.15, 216)
    target = np.zeros(n, np.int64)
    times = (start + np.arange(n)) / 10
    for begin, end, root, minor in lesson["chords"]:
        inside = (times >= begin) & (times < end)
        target[inside] = 0 if root < 0 else 1 + (int(root) + by) % 12 + (12 if minor else 0)
    silent = (times < lesson["span"][0]) | (times > lesson["span"][1])
    target[silent] = 0
    return slow.T.astype(np.float32), target


def grown(net, known):
    """Takes over what a net learnt, a narrower one of the same make too: what it knows stays, what is new adds to it."""
    narrow = known["first.bias"].shape[0] if "first.bias" in known else None
    with torch.no_grad():
        for name, weight in net.state_dict().items():
            old = known.get(name)
            if old is None or old.dim() != weight.dim() or any(a > b for a, b in zip(old.shape, weight.shape)):
                continue
            if old.shape == weight.shape:
                weight.copy_(old)
                continue
            if weight.dim() == 1:
                weight[: len(old)] = old
                continue
            weight[: old.shape[0]] = 0
            if name == "joined.weight":
                # Behind the sound's channels there are those of the tone.
                weight[: old.shape[0], :narrow] = old[:, :narrow]
                weight[: old.shape[0], nets.WIDTH:] = old[:, narrow:]
            else:
                weight[: old.shape[0], : old.shape[1]] = old


def main(kind, folder, out, steps, secs):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    lessons = load(folder, kind)
    is_held = lambda lesson: zlib.crc32(lesson["name"].encode()) % 16 == 7
    held, lessons = [lesson for lesson in lessons if is_held(lesson)], [lesson for lesson in lessons if not is_held(lesson)]
    print(len(lessons), "lessons,", sum(len(lesson["slow"]) for lesson in lessons) / 36_000, "hours", flush=True)
    net = nets.Rhythm() if kind == "rhythm" else nets.Harmony()
    if Path(out + ".pt").exists():
        grown(net, torch.load(out + ".pt"))  # goes on where it ended
    print(sum(p.numel() for p in net.parameters()), "numbers", flush=True)
    steps = int(steps)
    best = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    began, sums, secs = time.time(), [], float(secs)
    batch = 12 if kind == "rhythm" else 24
    # What is kept is a running mean of the net.
    mean = torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda mean, new, n: mean + (new - mean) * max(0.006, 1 / (n / 8 + 1)))

    def loss_of(batch_of, gen):
        if kind == "rhythm":
            parts = [torch.tensor(np.stack(column)) for column in zip(*[rhythm_sample(lesson, gen) for lesson in batch_of])]
            fast, slow, beats, heard, hits, use = parts
            with torch.autocast("cpu", torch.bfloat16):
                said, struck = net(fast, slow)
            said, struck = said.float(), struck.float()
            weight = torch.tensor([4.0, 8.0])[None, :, None]
            beat_loss = F.binary_cross_entropy_with_logits(said, beats, pos_weight=weight, reduction="none") * (0.1 + 0.9 * heard[:, None])
            drum_loss = F.binary_cross_entropy_with_logits(struck, hits, pos_weight=torch.full((1, 3, 1), 1.5), reduction="none")
            return beat_loss.mean() + (drum_loss.mean((1, 2)) * use).mean()
        slow, target = (torch.tensor(np.stack(column)) for column in zip(*[harmony_sample(lesson, gen) for lesson in batch_of]))
        return F.cross_entropy(net(slow), target)

    def weigh():
        # Real recordings are few and count more.
        worth = lambda lesson: 1 if lesson["use"].any() or lesson["name"].count("-") > 1 else 5
        weights = np.array([len(lesson["slow"]) ** 0.5 * worth(lesson) for lesson in lessons])
        return weights / weights.sum()

    weights = weigh()
    done = 0
    for step in range(steps):
        if step % 100 == 99 and done < 0.8:
            # Lessons may still be rendered beside this.
            new = load(folder, kind, {lesson["name"] for lesson in lessons + held})
            lessons += [lesson for lesson in new if not is_held(lesson)]
            held += [lesson for lesson in new if is_held(lesson)]
            weights = weigh()
        done = max(step / steps, (time.time() - began) / secs)
        for group in best.param_groups:
            group["lr"] = (4e-3 if kind == "harmony" else 2.5e-3) * min(1, (step + 1) / 40) * (0.5 + 0.5 * np.cos(np.pi * min(done, 1))) + 1e-5
        chosen = [lessons[index] for index in rng.choice(len(lessons), batch, p=weights)]
        loss = loss_of(chosen, rng)
        best.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        best.step()
        mean.update_parameters(net)
        sums.append(loss.item())
        if step % 150 == 149 or step == steps - 1 or done >= 1:
            taught, net = net, mean.module
            net.eval()
            with torch.no_grad():
                test = np.mean([loss_of(held, np.random.default_rng(seed)).item() for seed in range(2)])
            print(step + 1, len(lessons), f"{np.mean(sums):.4f} held {test:.4f} {time.time() - began:.0f} s", flush=True)
            sums = []
            torch.save(net.state_dict(), out + ".pt")
            nets.write(net, out, b"EARR" if kind == "rhythm" else b"EARH")
            net = taught
            if done >= 1:
                break


if __name__ == "__main__":
    main(*sys.argv[1:])
