"""``python -m trax_activations``."""

import sys

from trax_activations.cli import main

sys.exit(main())
