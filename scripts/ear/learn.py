#!/usr/bin/env python3
"""Teaches a net of the ear.  usage: learn.py rhythm|harmony LESSONS OUT.bin STEPS SECONDS

It ends after so many steps or seconds, whichever comes first; how fast it learns follows whichever is nearer to its end.
"""
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import nets

SECS = 20


def load(folder, need, known=()):
    lessons = []
    for path in sorted(Path(folder).glob("*.npz")):
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


def rhythm_sample(lesson, rng):
    factor = float(np.exp(rng.normal(0, 0.07))) if rng.random() < 0.6 else 1.0
    span = SECS * factor
    total = len(lesson["slow"]) / 10
    start = np.floor(rng.uniform(0, max(0.1, total - span - 0.5)) * 10) / 10
    first = int(round(start * 50))
    gain = np.exp(rng.normal(0, 0.5))
    # Lessons have a hundred frames a second; the net hears every second one.
    fast = louder(lesson["fast"][2 * first:2 * (first + int(span * 50) + 3):2], gain)
    slow = louder(lesson["slow"][first // 5:first // 5 + int(span * 10) + 3], gain)
    n = SECS * 50
    fast, slow = stretched(fast, factor, n), stretched(slow, factor, n // 5)
    shift = int(rng.integers(-2, 3))
    fast = np.roll(fast, shift, 1)
    slow = np.roll(slow, 3 * int(rng.integers(-4, 5)), 1)
    if rng.random() < 0.3:
        at, width = int(rng.integers(78)), int(rng.integers(4, 20))
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


def main(kind, folder, out, steps, secs):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    lessons = load(folder, kind)
    held = [lesson for index, lesson in enumerate(lessons) if index % 20 == 7]
    lessons = [lesson for index, lesson in enumerate(lessons) if index % 20 != 7]
    print(len(lessons), "lessons,", sum(len(lesson["slow"]) for lesson in lessons) / 36_000, "hours", flush=True)
    net = nets.Rhythm() if kind == "rhythm" else nets.Harmony()
    if Path(out + ".pt").exists():
        net.load_state_dict(torch.load(out + ".pt"))  # goes on where it ended
    print(sum(p.numel() for p in net.parameters()), "numbers", flush=True)
    steps = int(steps)
    best = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    began, sums, secs = time.time(), [], float(secs)
    batch = 16 if kind == "rhythm" else 24

    def loss_of(batch_of, gen):
        if kind == "rhythm":
            parts = [torch.tensor(np.stack(column)) for column in zip(*[rhythm_sample(lesson, gen) for lesson in batch_of])]
            fast, slow, beats, heard, hits, use = parts
            said, struck = net(fast, slow)
            weight = torch.tensor([4.0, 8.0])[None, :, None]
            beat_loss = F.binary_cross_entropy_with_logits(said, beats, pos_weight=weight, reduction="none") * (0.1 + 0.9 * heard[:, None])
            drum_loss = F.binary_cross_entropy_with_logits(struck, hits, pos_weight=torch.tensor([3.0, 3.0, 3.0])[None, :, None], reduction="none")
            return beat_loss.mean() + 0.5 * (drum_loss.mean((1, 2)) * use).mean()
        slow, target = (torch.tensor(np.stack(column)) for column in zip(*[harmony_sample(lesson, gen) for lesson in batch_of]))
        return F.cross_entropy(net(slow), target)

    def weigh():
        # Real recordings are few and count more.
        weights = np.array([len(lesson["slow"]) ** 0.5 * (6 if lesson["use"].sum() == 0 else 1) for lesson in lessons])
        return weights / weights.sum()

    weights = weigh()
    done = 0
    for step in range(steps):
        if step % 100 == 99 and done < 0.8:
            # Lessons may still be rendered beside this.
            lessons += load(folder, kind, {lesson["name"] for lesson in lessons + held})
            weights = weigh()
        done = max(step / steps, (time.time() - began) / secs)
        for group in best.param_groups:
            group["lr"] = 4e-3 * min(1, (step + 1) / 40) * (0.5 + 0.5 * np.cos(np.pi * min(done, 1))) + 1e-5
        chosen = [lessons[index] for index in rng.choice(len(lessons), batch, p=weights)]
        loss = loss_of(chosen, rng)
        best.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        best.step()
        sums.append(loss.item())
        if step % 50 == 49 or step == steps - 1 or done >= 1:
            net.eval()
            with torch.no_grad():
                test = np.mean([loss_of(held, np.random.default_rng(seed)).item() for seed in range(2)])
            net.train()
            print(step + 1, len(lessons), f"{np.mean(sums):.4f} held {test:.4f} {time.time() - began:.0f} s", flush=True)
            sums = []
            torch.save(net.state_dict(), out + ".pt")
            nets.write(net, out, b"EARR" if kind == "rhythm" else b"EARH")
            if done >= 1:
                break


if __name__ == "__main__":
    main(*sys.argv[1:])
