"""Runs code in a process of its own, with or without TensorFlow and what comes with it."""

import json
import os
import subprocess
import sys
import textwrap

HEAVY = ("tensorflow", "keras", "tensorflow_datasets", "tensorflow_text", "gym", "t5")
# Makes a process one in which TensorFlow & co. are not installed.
HIDE = f"""
    import sys
    class Hide:
        def find_spec(self, name, path, target=None):
            if name.partition(".")[0] in {HEAVY}:
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    sys.meta_path.insert(0, Hide())
"""


def run(code, *, hide=False, flags=()):
    """Runs code in a fresh process: the JSON that it prints last, and stderr."""
    loaded = f"loaded = lambda: [name for name in {HEAVY} if name in sys.modules]"
    parts = [HIDE if hide else "import sys", loaded, code]
    done = subprocess.run(
        [sys.executable, *flags, "-c", "\n".join(map(textwrap.dedent, parts))],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr
