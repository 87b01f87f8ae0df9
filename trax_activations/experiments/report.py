"""The report of a comparison: tables, pictures and sentences, in four files."""

import csv
import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from trax_activations.experiments import figures, words, writers
from trax_activations.experiments.blocks import Block, Heading, Picture, Sentences, Table
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.race import Exit, Race
from trax_activations.experiments.statistics import Row, mean_and_deviation, rows

__all__ = ["Report", "write_files"]


@dataclasses.dataclass(frozen=True)
class Report:
    """The report of a comparison.

    Attributes:
        outcomes: One for each run.
        baseline: Label of the activation that the others are compared with.
        metric: The metric by which they are.
        asked: What was compared, in words, by what it is.
        left_out: Why activations were not compared, by label.
        race: The race that left out others on the way, if there was one.
    """

    outcomes: Sequence[Outcome]
    baseline: str
    metric: str
    asked: Mapping[str, str] = dataclasses.field(default_factory=dict)
    left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)
    race: Race | None = None

    @functools.cached_property
    def rows(self) -> list[Row]:
        """The final table, the best first."""
        higher = words.higher_is_better(self.metric)
        left = [each.against_baseline for each in self.exits]
        return rows(self.outcomes, self.baseline, self.metric, higher, left)

    @property
    def exits(self) -> list[Exit]:
        """Who has left the race."""
        return self.race.exits if self.race else []

    @property
    def labels(self) -> list[str]:
        """All activations that were compared, also those that have left."""
        labels = [x.label for x in self.outcomes] + [x.label for x in self.exits]
        return list(dict.fromkeys(labels))

    @property
    def finished(self) -> list[Outcome]:
        """Outcomes of finished runs."""
        return [outcome for outcome in self.outcomes if not outcome.reason]

    @property
    def unusable(self) -> dict[str, str]:
        """Activations of which no run was finished, and why."""
        usable = {outcome.label for outcome in self.finished}
        return {x.label: x.reason for x in self.outcomes if x.label not in usable}

    def text(self) -> str:
        """The final table and what follows from it, for the terminal."""
        return "\n".join([writers.as_text(self._final(brief=True)), "", *self.conclusions()])

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Writes the CSV, Markdown (with its pictures) and HTML file; returns their paths."""
        title = f"{len(self.labels)} activations compared"
        return write_files(folder, title, [*self.blocks()], self.records())

    def conclusions(self) -> list[str]:
        """What follows from the final table, in sentences."""
        said = words.conclusions(self.rows, self.metric, self.baseline)
        if self.race:
            by_step = {
                step: [each.label for each in self.exits if each.steps == step]
                for step in self.race.looks
            }
            said += words.raced(by_step, self.race.saved)
        return said

    def blocks(self) -> Iterator[Block]:
        """The elements of the report."""
        yield Sentences(tuple(self.conclusions()))
        if self.rows:
            yield Heading("Result")
            yield self._final()
            yield Sentences((words.HOW_TESTED,))
            yield Picture(
                "endings",
                figures.endings(self.rows, self.metric),
                f"Dot plot of the final {self.metric} of every run, by activation",
                "A stroke is a run; a marker their mean, with a standard deviation each way. Blue "
                "triangles that point up are better, orange ones that point down worse than the "
                "baseline, the diamond, beyond noise; grey discs are within noise.",
            )
            yield Heading("Robust statistics")
            yield self._robust()
            yield Sentences((words.HOW_ESTIMATED,))
            yield Heading("Curves")
            losses = [name for name in self.finished[0].held_out if name == "loss"]
            metrics = list(dict.fromkeys([self.metric, *losses]))
            yield Picture(
                "curves",
                figures.curves(self.finished, self.rows, metrics),
                f"Curves of {self.metric} and loss on training and evaluation data",
                "Mean over the seeds, with a standard deviation each way. Both data are evaluated "
                "in the same way, without noise. The first fifth of the steps may lie outside.",
                figures.chosen_curves(self.finished, self.rows, metrics),
            )
        learned = self._learned()
        if learned.rows:
            yield Heading("Learned parameters")
            yield learned
            yield Sentences(
                ("At the end of training: of all channels of a layer, averaged over the seeds.",)
            )
        if self.rows:
            yield Heading("Cost")
            yield self._cost()
            yield Sentences((words.HOW_MEASURED,))
        failed = [outcome for outcome in self.outcomes if outcome.reason]
        if failed:
            yield Heading("Failed")
            yield Table(
                ("activation", "seed", "why"),
                tuple((x.label, str(x.seed), x.reason) for x in failed),
                "lrl",
            )
        if self.race:
            yield Heading("Race")
            if self.exits:
                yield self._left()
            yield Sentences((words.HOW_RACED,))
        if self.left_out:
            yield Heading("Left out")
            yield Table(("activation", "why"), tuple(self.left_out.items()), "ll")
        yield Heading("What was compared")
        yield Table(("", ""), tuple(item for item in self.asked.items() if item[1]), "ll")
        yield Sentences((words.same_start(self.finished),) if self.finished else ())
        layers = {x.label: "; ".join(x.layers) for x in self.finished}
        yield Table(("activation", "as trained"), tuple(layers.items()), "ll")

    def _final(self, brief: bool = False) -> Table:
        head = ["activation", f"eval {self.metric}", "difference", "p", "verdict"]
        lines = [
            [
                row.label,
                words.spread(row.mean, row.deviation),
                "" if row.is_baseline else words.signed(row.difference, row.interval),
                "" if math.isnan(row.probability) else words.probability(row.probability),
                row.verdict,
            ]
            for row in self.rows
        ]
        if not brief:
            others = [("train", self.metric)]
            others += [(part, "loss") for part in ("held_out", "train") if self.metric != "loss"]
            for part, metric in others:
                if any(metric in getattr(x, part) for x in self.finished):
                    head.append(f"{'train' if part == 'train' else 'eval'} {metric}")
                    for line in lines:
                        last = [x.last(part, metric) for x in self._of(line[0])]
                        line.append(words.spread(*mean_and_deviation(last)))
        marked = frozenset(i for i, row in enumerate(self.rows) if row.is_baseline)
        align = "lrrrl".ljust(len(head), "r")
        return Table(tuple(head), tuple(map(tuple, lines)), align, marked)

    def _robust(self) -> Table:
        lines = [
            (
                row.label,
                words.within(*row.typical),
                "" if math.isnan(row.effect) else words.signed(row.effect, math.nan, digits=2),
                "" if math.isnan(row.improvement) else f"{row.improvement:.2f}",
            )
            for row in self.rows
        ]
        head = ("activation", f"interquartile mean of eval {self.metric}", "effect size")
        return Table((*head, "probability of improvement"), tuple(lines), "lrrr")

    def _of(self, label: str) -> list[Outcome]:
        return [outcome for outcome in self.finished if outcome.label == label]

    def _cost(self) -> Table:
        lines = []
        for row in self.rows:
            own = self._of(row.label)
            lines.append(
                (
                    row.label,
                    str(len(own)),
                    words.spread(*mean_and_deviation([x.seconds for x in own]), digits=1),
                    f"{max(x.step_bytes for x in own) / 1e6:.2f}",
                    f"{max(x.peak_bytes for x in own) / 1e6:.0f}",
                    f"{own[0].n_weights:,}",
                    f"{own[0].n_learned:,}",
                )
            )
        head = ("activation", "runs", "time [s]", "step [MB]", "process [MB]", "weights")
        return Table((*head, "of these learned by activations"), tuple(lines), "lrrrrrr")

    def _learned(self) -> Table:
        lines = []
        for row in self.rows:
            own = [x.learned for x in self._of(row.label)]
            for path in own[0]:
                cells = []
                for name in ("min", "median", "max"):
                    values = [learned[path][name] for learned in own if path in learned]
                    cells.append(words.spread(*mean_and_deviation(values), digits=3))
                lines.append((row.label, path, *cells))
        head = ("activation", "parameter", "least", "median", "greatest")
        return Table(head, tuple(lines), "llrrr")

    def _left(self) -> Table:
        lines = (
            (
                each.label,
                f"{each.steps:,}",
                str(each.n_pairs),
                words.spread(each.means[0], math.nan),
                each.than,
                words.spread(each.means[1], math.nan),
                words.probability(each.probability),
            )
            for each in self.exits
        )
        head = ("activation", "left at step", "seeds", f"eval {self.metric} there", "worse than")
        return Table((*head, f"with {self.metric}", "p"), tuple(lines), "lrrrlrr")

    def records(self) -> list[dict[str, object]]:
        """The rows of the CSV file."""
        metrics = sorted({name for outcome in self.finished for name in outcome.held_out})
        columns = {
            f"{'eval' if part == 'held_out' else part}_{name}": (part, name)
            for part in ("held_out", "train")
            for name in metrics
        }
        costs = ("steps", "seconds", "step_bytes", "peak_bytes", "n_weights", "n_learned")
        found: list[dict[str, object]] = []
        gone = [(found, "left") for each in self.exits for found in each.outcomes]
        stayed = [(found, "failed" if found.reason else "finished") for found in self.outcomes]
        for outcome, status in (*stayed, *gone):
            values = {column: outcome.last(*of) for column, of in columns.items()}
            found.append(
                {
                    "activation": outcome.label,
                    "seed": outcome.seed,
                    "status": status,
                    **{
                        column: "" if math.isnan(value) else repr(value)
                        for column, value in values.items()
                    },
                    **{name: getattr(outcome, name) for name in costs},
                    "reason": outcome.reason,
                }
            )
        return found


def write_files(
    folder: Path, title: str, blocks: Sequence[Block], records: Sequence[Mapping[str, object]]
) -> tuple[Path, ...]:
    """Writes a report: results.csv, report.md with its pictures, report.html; returns the paths."""
    table, markdown, page = (folder / name for name in ("results.csv", "report.md", "report.html"))
    for block in blocks:
        if isinstance(block, Picture):
            block.figure.savefig(folder / f"{block.name}.png")
    columns = list(dict.fromkeys(column for record in records for column in record))
    with open(table, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(records)
    markdown.write_text(writers.as_markdown(title, blocks))
    page.write_text(writers.as_html(title, blocks))
    return table, markdown, page
