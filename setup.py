"""Build script: metadata lives in setup.cfg, but for where the configs are."""

from setuptools import find_packages, setup

CONFIGS = {"trax_activations.configs": "configs"}

setup(packages=[*find_packages(include=["trax_activations*"]), *CONFIGS], package_dir=CONFIGS)
