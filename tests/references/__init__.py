"""What every function must compute: float64 NumPy, straight from the papers.

One module per family, named as it. A public function is the reference of the activation of its
name, ``reference(x, **values)``, with the parameters and hyperparameters by name and, for random
functions, the key. ``SETTINGS`` has the values to try besides the defaults.
"""

import importlib
import inspect
import pkgutil

REFERENCES = {}
SETTINGS = {}

for _found in pkgutil.iter_modules(__path__, f"{__name__}."):
    _module = importlib.import_module(_found.name)
    SETTINGS.update(getattr(_module, "SETTINGS", {}))
    REFERENCES.update(
        (name, function)
        for name, function in inspect.getmembers(_module, inspect.isfunction)
        if function.__module__ == _module.__name__ and not name.startswith("_")
    )
