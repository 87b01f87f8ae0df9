# On a machine that has only Python and make: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN ?= runs/demo

# Setuptools warns of every editable installation.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Trax requires TensorFlow, and runs without it.
TRAX := --no-deps 'trax>=1.4.1'

.PHONY: demo quick check test matrix docs faces lint clean
.DEFAULT_GOAL := test

# Without TensorFlow. The pip that Python 3.10 brings searches for versions without end.
$(VENV)/.light: setup.cfg setup.py pyproject.toml
	@echo "Making $(VENV) and installing (10 to 30 seconds, 0.8 GB)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@$(PIP) --no-compile --editable '.[examples]'
	@$(PIP) --no-compile $(TRAX)
	@touch $@

# With TensorFlow, and what the tests and the documentation need; compiled, since the tests start many
# processes, each of which would compile JAX for itself where Python may not write bytecode.
$(VENV)/.full: $(VENV)/.light
	@echo "Installing TensorFlow and what the tests need (1 to 3 minutes, 3.5 GB)"
	@$(PIP) --editable '.[test,trax]'
	@$(BIN)/python -m compileall -qq -j 2 $(VENV)/lib
	@touch $@

demo: $(VENV)/.light
	@$(BIN)/trax-activations train --config_file=digits_mlp.gin --output_dir=$(RUN)

# The functional core with the settings that it has by default, which needs neither Trax nor
# TensorFlow; `make quick NAME=gelu`: everything that concerns one activation.
CORE := trax_activations/functional trax_activations/registry.py
ifdef NAME
quick: CONCERNED = $(shell grep -l "^def $(NAME)\b" trax_activations/functional/*.py tests/references/*.py)
quick: $(VENV)/.lint
	@$(BIN)/ruff check $(CONCERNED)
	@$(BIN)/ruff format --check $(CONCERNED)
	@$(BIN)/python -m pytest --activation $(NAME) $$(grep -l mark.quick tests/test_*.py) $(CORE)
else
quick: $(VENV)/.full
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not thorough" $$(grep -l mark.quick tests/test_*.py) $(CORE)
endif

# What every change must pass before it is shown.
check: lint quick

test: $(VENV)/.full
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

# Each Python from 3.10 on that is found, with the oldest and the newest JAX, with and without
# TensorFlow, and the wheel: see noxfile.py.
matrix: $(VENV)/.light
	@$(PIP) nox
	@$(BIN)/nox --reuse-existing-virtualenvs

# The documentation, in site/: `python3 -m http.server --directory site` shows it.
docs: $(VENV)/.full
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documentation is in site/index.html"

# The typed faces, from the registry: after a change of names or arguments.
faces: $(VENV)/.full
	@$(BIN)/python -m trax_activations.layers._face

$(VENV)/.lint: $(VENV)/.full
	@$(PIP) --editable '.[lint]'
	@touch $@

lint: $(VENV)/.lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) .nox runs site build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
