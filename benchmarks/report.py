"""Writes the page of figures out of the JSON that the other benchmarks wrote.

    python benchmarks/report.py benchmarks/results --output docs/figures.md

Every file in the folder that has a table of ours makes a section of the page; the same benchmark
may be there several times, of different machines.
"""

import argparse
import json
from pathlib import Path

from sections import SECTIONS, Report

_HEAD = """# Figures

Written by `python benchmarks/report.py` from the files in `benchmarks/results`: do not edit. Each
section says where and with what it was measured; `python benchmarks/<name>.py --help` says how to
measure again.
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


def page(folder: Path) -> str:
    """The whole page.

    Raises:
        SystemExit: If there is nothing to write it from.
    """
    parts = [_HEAD]
    reports = [(path, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    for key, (title, meaning, make) in SECTIONS.items():
        found = [(path, report) for path, report in reports if key in report]
        for path, report in found:
            head = f"## {title}" if len(found) == 1 else f"## {title}: {path.stem}"
            parts.append("\n\n".join([head, meaning, conditions(report), *make(report)]) + "\n")
    if len(parts) == 1:
        raise SystemExit(
            f"No figures in {folder}: write some first, for example "
            f"python benchmarks/memory.py --output {folder}/memory_cpu.json"
        )
    return "\n".join(parts)


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("benchmarks/results"))
    parser.add_argument("--output", type=Path, default=Path("docs/figures.md"))
    arguments = parser.parse_args()
    arguments.output.write_text(page(arguments.folder))
    print(f"Wrote {arguments.output}.")


if __name__ == "__main__":
    main()
