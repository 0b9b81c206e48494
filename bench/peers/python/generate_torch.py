#!/usr/bin/env python3
"""Times a symbol of the network gpt from the keys and values of those before it, with PyTorch on one thread: the best of some passages, in
microseconds. `go test ./nn/experiment -run '^$' -bench Generate` times the same with simdnn.
"""

import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, LENGTH, SYMBOLS = 64, 4, 128, 65


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.project, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.keys, self.values = (torch.zeros(1, HEADS, LENGTH, WIDTH // HEADS) for _ in range(2))

    def forward(self, x, t):
        q, k, v = (y.view(1, 1, HEADS, -1).transpose(1, 2) for y in self.project(self.norm1(x)).split(WIDTH, -1))
        self.keys[:, :, t:t + 1], self.values[:, :, t:t + 1] = k, v
        y = F.scaled_dot_product_attention(q, self.keys[:, :, :t + 1], self.values[:, :, :t + 1])
        x = x + self.out(y.transpose(1, 2).reshape(1, 1, WIDTH))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.symbols, self.places = nn.Embedding(SYMBOLS, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.norm, self.scores = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, SYMBOLS)

    def forward(self, symbol, t):
        x = self.symbols(symbol) + self.places.weight[t]
        for block in self.blocks:
            x = block(x, t)
        return self.scores(self.norm(x))


def main():
    torch.set_num_threads(1)
    model, symbol, best = GPT().eval(), torch.zeros(1, 1, dtype=torch.long), float("inf")
    with torch.inference_mode():
        for _ in range(30):
            start = time.perf_counter()
            for t in range(LENGTH):
                model(symbol, t)
            best = min(best, (time.perf_counter() - start) / LENGTH)
    print(f"{best * 1e6:.1f}")


main()
