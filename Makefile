# On a machine that has only Python and make: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN ?= runs/demo

.PHONY: demo test docs lint clean
.DEFAULT_GOAL := test

$(VENV)/.installed: setup.cfg setup.py pyproject.toml
	@echo "Making $(VENV) and installing (Trax brings TensorFlow: 1 to 3 minutes, 3 GB)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/trax-activations train --config_file=configs/digits_mlp.gin --output_dir=$(RUN)

test: $(VENV)/.installed
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# The documentation, in site/: `python3 -m http.server --directory site` shows it.
docs: $(VENV)/.installed
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documentation is in site/index.html"

lint: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) runs site build *.egg-info .pytest_cache .mypy_cache .ruff_cache
