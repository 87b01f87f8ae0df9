"""The models of peers_training.py in PyTorch."""

from collections.abc import Callable
from typing import Any

from training_models import (
    CLASSES,
    CONV,
    D_FF,
    D_MODEL,
    EPSILON,
    HEADS,
    LAYERS,
    LENGTH,
    LM,
    RATE,
    VOCABULARY,
    WIDTHS,
    batches,
    positions,
)

Made = tuple[Callable[[int], None], int]


def torch(name: str, compiled: bool = False) -> Made:
    """PyTorch, eager."""
    import torch as th
    from torch import nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.LayerNorm(D_MODEL), nn.LayerNorm(D_MODEL)
            self.qkv, self.out = nn.Linear(D_MODEL, 3 * D_MODEL), nn.Linear(D_MODEL, D_MODEL)
            self.wide, self.narrow = nn.Linear(D_MODEL, D_FF), nn.Linear(D_FF, D_MODEL)

        def forward(self, x: Any) -> Any:
            qkv = self.qkv(self.first(x)).view(len(x), LENGTH, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
            mixed = nn.functional.scaled_dot_product_attention(*qkv, is_causal=True)
            x = x + self.out(mixed.transpose(1, 2).reshape(x.shape))
            return x + self.narrow(nn.functional.relu(self.wide(self.second(x))))

    class Language(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(VOCABULARY, D_MODEL)
            self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)), nn.LayerNorm(D_MODEL))
            self.scores = nn.Linear(D_MODEL, VOCABULARY)
            self.positions = nn.Parameter(th.from_numpy(positions()))

        def forward(self, x: Any) -> Any:
            x = nn.functional.pad(x, (1, 0))[:, :-1]
            return self.scores(self.blocks(self.embed(x) + self.positions)).transpose(1, 2)

    if name == LM:
        network: Any = Language()
    elif name == CONV:
        network = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(7 * 7 * 64, 128),
            nn.ReLU(),
            nn.Linear(128, CLASSES),
        )
    else:
        width = WIDTHS[name]
        hidden = [nn.Linear(784, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
        network = nn.Sequential(*hidden, nn.Linear(width, CLASSES))
    adam = th.optim.Adam(network.parameters(), RATE, eps=EPSILON)
    stream, loss = batches(name), nn.CrossEntropyLoss()
    run = th.compile(network) if compiled else network

    def steps(n: int) -> None:
        for _ in range(n):
            x, y = map(th.from_numpy, next(stream))
            x = x.permute(0, 3, 1, 2) if name == CONV else x
            adam.zero_grad()
            loss(run(x), y.long()).backward()
            adam.step()

    return steps, sum(parameter.numel() for parameter in network.parameters())


def torch_compiled(name: str) -> Made:
    """PyTorch, its network by torch.compile."""
    return torch(name, compiled=True)
