"""Simulates races of `compare --race`, of which it is known who is worse: how often is it wrong?

All activations are alike: whoever leaves leaves wrongly. Then one is behind the others: how often
does it leave? Of 20,000 races each, by several distributions of the values over seeds.

    python benchmarks/race.py --output race.json
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import peers

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import races

COUNTS, SEEDS, BEHIND = (5, 20), (5, 10), (2, 4, 8)


def rates(n_races: int, count: int, n_seeds: int) -> dict[str, dict[str, float]]:
    """By distribution: of races in which somebody left wrongly; of those that left that should."""
    rng = np.random.default_rng(0)
    found = {}
    for draw in races.DRAWS:
        row = {"error": 0.0, **{f"{behind} sd behind": 0.0 for behind in BEHIND}}
        deviation = np.std(races.DRAWS[draw](rng, 100_000))
        for part in range(0, n_races, 1000):
            size = min(1000, n_races - part)
            alike = races.simulate(draw, rng, size, np.zeros(count), n_seeds)
            row["error"] += alike.any(axis=1).sum() / n_races
            for behind in BEHIND:
                truth = np.r_[-behind * deviation, np.zeros(count - 1)]
                gone = races.simulate(draw, rng, size, truth, n_seeds)
                row[f"{behind} sd behind"] += gone[:, 0].sum() / n_races
        found[draw] = {name: round(float(rate), 4) for name, rate in row.items()}
    return found


def main() -> None:
    """Prints the rates, and writes them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=20_000, help="number of races")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    found = {}
    for count in COUNTS:
        for n_seeds in SEEDS:
            found[f"{count} activations, {n_seeds} seeds"] = row = rates(
                arguments.races, count, n_seeds
            )
            print(f"{count} activations, {n_seeds} seeds: {row}", flush=True)
    if arguments.output:
        report = {**peers.conditions(), "races": arguments.races, "wrongly_left": found}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
