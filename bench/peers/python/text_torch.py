"""Trains the network gpt on a text as nnbench train text does, with PyTorch, and prints the losses.

usage: text_torch.py FILE [epochs] [seed]

The same network, passages, optimizer and schedule as
nnbench train text FILE --epochs N --seed S: passages of 128 characters that begin at random within
their place, batches of 16, AdamW at 3e-3 along half a cosine wave to a twentieth, gradients clipped
to a norm of 1, the last tenth of the text held out. What is drawn at random differs.
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

LENGTH, WIDTH, HEADS, BLOCKS, BATCH, RATE = 128, 64, 4, 2, 16, 3e-3


class GPT(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embed, self.place = nn.Embedding(symbols, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList([nn.ModuleDict({
            "n1": nn.LayerNorm(WIDTH), "qkv": nn.Linear(WIDTH, 3 * WIDTH),
            "out": nn.Linear(WIDTH, WIDTH), "n2": nn.LayerNorm(WIDTH),
            "up": nn.Linear(WIDTH, 4 * WIDTH), "down": nn.Linear(4 * WIDTH, WIDTH),
        }) for _ in range(BLOCKS)])
        self.norm, self.last = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, symbols)

    def forward(self, i):
        x = self.embed(i) + self.place(torch.arange(i.shape[1]))
        n, t, d = x.shape
        for b in self.blocks:
            q, k, v = b.qkv(b.n1(x)).view(n, t, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + b.out(y.transpose(1, 2).reshape(n, t, d))
            x = x + b.down(F.gelu(b.up(b.n2(x))))
        return self.last(self.norm(x))


def passages(text, starts):
    x = torch.stack([text[s:s + LENGTH] for s in starts])
    y = torch.stack([text[s + 1:s + 1 + LENGTH] for s in starts])
    return x, y


def loss_of(model, x, y):
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())


def main():
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    torch.manual_seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    raw = open(sys.argv[1], encoding="utf-8", newline="").read()
    number = {c: i for i, c in enumerate(sorted(set(raw)))}
    text = torch.tensor([number[c] for c in raw])
    kept = len(text) - int(0.1 * len(text))
    train, held = text[:kept], text[kept:]
    model = GPT(len(number))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    count = (len(train) - 1) // LENGTH
    began = time.time()
    for epoch in range(epochs):
        wave = math.cos(math.pi / 2 * epoch / max(1, epochs - 1)) ** 2
        for group in optimizer.param_groups:
            group["lr"] = RATE * (0.05 + 0.95 * wave)
        total = 0.0
        for at in torch.randperm(count).split(BATCH):
            starts = at * LENGTH + torch.randint(0, LENGTH, at.shape)
            loss = loss_of(model, *passages(train, starts.clamp(max=len(train) - 1 - LENGTH)))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(at)
        with torch.no_grad():
            starts = torch.arange((len(held) - 1) // LENGTH) * LENGTH
            losses = [loss_of(model, *passages(held, s)) * len(s) for s in starts.split(250)]
        print(f"epoch {epoch} train {total / count:.4f} held out {sum(losses) / len(starts):.4f} "
              f"after {time.time() - began:.0f} s", flush=True)


main()
