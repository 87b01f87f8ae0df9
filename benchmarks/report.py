"""Writes the page of figures out of the JSON that the other benchmarks wrote.

    python benchmarks/report.py benchmarks/results --output docs/figures.md

Every file in the folder that has a table of ours makes a section of the page; the same benchmark
may be there several times, of different machines. Pictures go to images/figures beside the page.
"""

import argparse
import json
import re
from pathlib import Path

import training_section
from dots import draw
from sections import SECTIONS, Part, Report

_IMAGES = Path("images") / "figures"
_HEAD = """# Figures

Written by `python benchmarks/report.py` from the files in `benchmarks/results`: do not edit. Each
section says where and with what it was measured; `python benchmarks/<name>.py --help` says how to
measure again. A picture has a dot for each activation and library; the table below it has the
numbers.
"""


def conditions(report: Report) -> str:
    """Where and with what something was measured, in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    parts = [report.get("device", ""), report.get("machine", "")]
    parts += [f"{report['cores']} cores"] if "cores" in report else []
    parts += [f"Python {report['python']}", versions]
    parts += [
        f"{key} {report[key]}"
        for key in ("width", "batch", "shape", "dtype", "turns")
        if key in report
    ]
    return "Measured on " + "; ".join(part for part in parts if part) + "."


def page(folder: Path, docs: Path) -> str:
    """The whole page.

    Args:
        folder: Where the files of the benchmarks are.
        docs: Where the page will be; its pictures are written there.

    Raises:
        SystemExit: If there is nothing to write it from.
    """
    parts = [_HEAD]
    reports = [(path, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    for key, (title, meaning, make) in (SECTIONS | training_section.SECTIONS).items():
        found = [(path, report) for path, report in reports if key in report]
        for path, report in found:
            head = f"## {title}" if len(found) == 1 else f"## {title}: {path.stem}"
            sections = [_section(part, path.stem, docs) for part in make(report)]
            parts.append("\n\n".join([head, meaning, conditions(report), *sections]) + "\n")
    if len(parts) == 1:
        raise SystemExit(
            f"No figures in {folder}: write some first, for example "
            f"python benchmarks/memory.py --output {folder}/memory_cpu.json"
        )
    return "\n".join(parts)


def _section(part: Part, stem: str, docs: Path) -> str:
    found = [f"### {part.title}", part.text] if part.title else []
    if part.dots:
        words = re.findall(r"\w+", part.title.lower())
        path = _IMAGES / f"{'_'.join([stem, *words])}.svg"
        draw(part.dots, docs / path)
        found.append(f"![{part.title}: {part.dots.label}]({path.as_posix()})")
    return "\n\n".join([*found, part.table])


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("benchmarks/results"))
    parser.add_argument("--output", type=Path, default=Path("docs/figures.md"))
    arguments = parser.parse_args()
    arguments.output.write_text(page(arguments.folder, arguments.output.parent))
    print(f"Wrote {arguments.output}.")


if __name__ == "__main__":
    main()
