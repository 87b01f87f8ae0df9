"""One report of the same comparison in several tasks: ranks over all, then each task."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from trax_activations.experiments import figures, words, writers
from trax_activations.experiments.blocks import Block, Heading, Picture, Sentences, Table
from trax_activations.experiments.ranking import Ranking, Scores, improvements, ranking
from trax_activations.experiments.report import Report, write_files

__all__ = ["JointReport"]


@dataclasses.dataclass(frozen=True)
class JointReport:
    """The report of a comparison in several tasks.

    Attributes:
        reports: That of each task.
    """

    reports: Mapping[str, Report]

    @property
    def labels(self) -> set[str]:
        """All activations that were compared."""
        return {label for report in self.reports.values() for label in report.labels}

    @property
    def baseline(self) -> str:
        """What the others are compared with."""
        return next(iter(self.reports.values())).baseline

    @property
    def scores(self) -> Scores:
        """The final metric by task, activation and seed; none where no run was finished."""
        found: dict[str, dict[str, Mapping[int, float]]] = {}
        for task, report in self.reports.items():
            own = {row.label: row.values for row in report.rows}
            found[task] = {label: own.get(label, {}) for label in report.labels}
        return found

    @functools.cached_property
    def ranking(self) -> Ranking | None:
        """Ranks over the tasks; ``None`` of a single activation."""
        several = len(self.labels) > 1
        return ranking(self.scores, self._directions) if several else None

    def text(self) -> str:
        """Ranks and what follows from them, and the conclusions of each task."""
        lines = [writers.as_text(self._ranks), ""] if self.ranking else []
        lines += words.ranked(self.ranking) if self.ranking else []
        for task, report in self.reports.items():
            lines += ["", f"{task}:", *report.conclusions()]
        return "\n".join(lines).strip()

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Writes the CSV, Markdown (with its pictures) and HTML file; returns their paths."""
        title = f"{len(self.labels)} activations compared in {len(self.reports)} tasks"
        records = [
            {"task": task, **record}
            for task, report in self.reports.items()
            for record in report.records()
        ]
        return write_files(folder, title, [*self._blocks()], records)

    @property
    def _directions(self) -> dict[str, bool]:
        return {
            task: words.higher_is_better(report.metric) for task, report in self.reports.items()
        }

    def _blocks(self) -> Iterator[Block]:
        if found := self.ranking:
            yield Sentences(tuple(words.ranked(found)))
            yield Heading("All tasks")
            yield self._ranks
            yield Sentences((words.HOW_RANKED,))
            yield Picture(
                "ranks",
                figures.critical_differences(found),
                "Critical-difference diagram of the mean ranks",
                "Bars join activations that Nemenyi's test cannot tell apart by their mean ranks.",
            )
        for task, report in self.reports.items():
            yield Heading(task)
            for block in report.blocks():
                if isinstance(block, Heading):
                    yield dataclasses.replace(block, level=block.level + 1)
                elif isinstance(block, Picture):
                    yield dataclasses.replace(block, name=f"{task}_{block.name}")
                else:
                    yield block

    @functools.cached_property
    def _ranks(self) -> Table:
        found = self.ranking
        assert found is not None
        better = improvements(self.scores, self.baseline, self._directions)
        means = found.means
        lines = []
        for index, label in enumerate(found.labels):
            places = (f"{rank:g}" for rank in found.by_task[:, index])
            improved = words.within(*better[label], digits=2) if label in better else ""
            lines.append((label, f"{means[label]:.2f}", *places, improved))
        head = ("activation", "mean rank", *(f"rank in {task}" for task in found.tasks))
        marked = frozenset([found.labels.index(self.baseline)])
        return Table(
            (*head, "probability of improvement"),
            tuple(lines),
            "l" + "r" * len(lines[0][1:]),
            marked,
        )
