"""The two nets of the ear, and how they are written down for `src/analysis/ear`."""
import struct

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HITS = 48, 32
N_FAST, N_SLOW = 78, 216
N_WIDE = 8


class Rhythm(nn.Module):
    """Beats and first beats, kick, snare and hat, all at 50 a second.

    A hit is told by what sounds around it and by where in the bar it falls: the last layers of the drums hear both.
    """

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(N_FAST, WIDTH, 5, padding=2)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.strike = nn.Conv1d(WIDTH, HITS, 3, padding=1)
        self.decay = nn.ModuleList(nn.Conv1d(HITS, HITS, 3, padding=2 ** at, dilation=2 ** at) for at in range(3))
        self.tone = nn.Conv1d(N_SLOW, 16, 1)
        self.joined = nn.Conv1d(WIDTH + 16, WIDTH, 1)
        self.wide = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 5, padding=2 * 2 ** at, dilation=2 ** at) for at in range(N_WIDE))
        self.back = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 1) for _ in range(N_WIDE))
        self.beats = nn.Conv1d(WIDTH, 2, 1)
        self.both = nn.Conv1d(HITS + WIDTH, HITS, 1)
        self.hits = nn.Conv1d(HITS, 3, 3, padding=1)
        self.drop = nn.Dropout(0.05)

    def forward(self, fast, slow):
        x = F.relu(self.second(F.relu(self.first(fast))))
        hits = F.relu(self.strike(x))
        for decay in self.decay:
            hits = hits + F.relu(decay(hits))
        tone = F.relu(self.tone(slow)).repeat_interleave(5, dim=2)
        n = min(x.shape[2], tone.shape[2])
        x = F.relu(self.joined(torch.cat([x[:, :, :n], tone[:, :, :n]], 1)))
        for wide, back in zip(self.wide, self.back):
            x = x + back(self.drop(F.relu(wide(x))))
        x = F.relu(x)
        hits = F.relu(self.both(torch.cat([hits[:, :, :n], x], 1)))
        return self.beats(x), self.hits(hits)

    def layers(self):
        return [self.first, self.second, self.strike, *self.decay, self.tone, self.joined,
                *[layer for pair in zip(self.wide, self.back) for layer in pair], self.beats, self.both, self.hits]


class Harmony(nn.Module):
    """Chords at 10 a second: none, twelve major, twelve minor."""

    def __init__(self):
        super().__init__()
        # One filter bank slides over pitch, so that what is learnt in C is known in all keys.
        self.slide = nn.Conv1d(1, 8, 9, stride=3, padding=4)
        self.mix = nn.Conv1d(8 * 72, 96, 1)
        self.wide = nn.ModuleList(nn.Conv1d(96, 96, 3, padding=2 ** at, dilation=2 ** at) for at in range(4))
        self.chords = nn.Conv1d(96, 25, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, slow):
        batch, bins, n = slow.shape
        x = slow - slow.mean(1, keepdim=True)
        x = F.relu(self.slide(x.permute(0, 2, 1).reshape(batch * n, 1, bins)))
        x = x.reshape(batch, n, 8 * 72).permute(0, 2, 1)
        x = F.relu(self.mix(self.drop(x)))
        for wide in self.wide:
            x = x + F.relu(wide(self.drop(x)))
        return self.chords(x)

    def layers(self):
        return [self.slide, self.mix, *self.wide, self.chords]


def write(net, path, magic):
    """Magic, count of numbers, then weights (output, tap, input) and biases of each layer as half floats."""
    numbers = []
    for layer in net.layers():
        numbers.append(layer.weight.detach().permute(0, 2, 1).reshape(-1).numpy())
        numbers.append(layer.bias.detach().numpy())
    flat = np.concatenate(numbers).astype("<f2")
    with open(path, "wb") as out:
        out.write(magic + struct.pack("<I", len(flat)) + flat.tobytes())
    return len(flat)
