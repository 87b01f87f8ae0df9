"""Type checkers know what the package offers: they accept right calls, and refuse wrong ones."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
USERS = ROOT / "tests" / "typed"


def run(*command, **environment):
    """What a program prints, run from the root of the repository."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
    ).stdout


def by_mypy(tmp_path):
    """Errors by file and line, found as by a user who has installed the package: in his files."""
    strict = ("--strict", "--config-file=", "--follow-imports=silent", "--hide-error-context")
    printed = run("mypy", *strict, f"{USERS}", MYPYPATH=f"{ROOT}")
    found = re.findall(r"^(.*):(\d+): error: (.*)$", printed, re.MULTILINE)
    return {(pathlib.Path(file).name, int(line)): message for file, line, message in found}


def by_pyright(tmp_path):
    """The same; line numbers of its output begin at 0."""
    settings = {"include": [f"{USERS}"], "extraPaths": [f"{ROOT}"], "typeCheckingMode": "standard"}
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps(settings))
    flags = ("--outputjson", "--pythonpath", sys.executable)
    found = json.loads(run("basedpyright", "--project", f"{config}", *flags))
    return {
        (pathlib.Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"]
        for each in found["generalDiagnostics"]
        if each["severity"] == "error"
    }


@pytest.mark.parametrize("check", [by_mypy, by_pyright])
def test_right_calls_are_accepted_and_each_wrong_one_is_refused(check, tmp_path):
    errors = check(tmp_path)
    lines = (USERS / "refused.py").read_text().splitlines()
    wrong = {("refused.py", n) for n, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert len(wrong) > 30
    assert {where: text for where, text in errors.items() if where not in wrong} == {}
    assert sorted(wrong - set(errors)) == []
