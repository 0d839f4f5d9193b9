# Every target makes its own .venv first: Python 3.11+ and make are all a new machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPTH ?= 1000

.DEFAULT_GOAL := help
.PHONY: help demo test test-deep check types-pyright format constraints clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(VENV)/.base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("agentkit needs Python 3.11 or newer; set PYTHON=python3.11 (or newer)" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing agentkit and what it needs into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt 'pip>=25.1'
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[documents]'
	@touch $@

$(VENV)/.test: $(VENV)/.base
	@$(BIN)/python -m pip install -q -c constraints.txt --group test
	@touch $@

$(VENV)/.check: $(VENV)/.test
	@$(BIN)/python -m pip install -q -c constraints.txt --group check
	@touch $@

demo: $(VENV)/.base  ## review a bundled contract without any server and say where the report is
	@$(BIN)/python -m examples.legal_review review --offline --out build/demo

test: $(VENV)/.test  ## run every test of the default suite (under 5 minutes on 2 cores)
	@AGENTKIT_TEST_CASES=$(DEPTH) $(BIN)/python -m pytest

test-deep: $(VENV)/.test  ## run the property tests with 100,000 cases each
	@AGENTKIT_TEST_CASES=100000 $(BIN)/python -m pytest tests/properties

check: $(VENV)/.check  ## ruff, import-linter, mypy strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

types-pyright: $(VENV)/.check  ## pyright strict (fetches node once where there is none)
	@$(BIN)/pyright

format: $(VENV)/.check  ## let ruff format and mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

constraints: $(VENV)/.check  ## pin what is installed now into constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(agentkit|pip|setuptools)' > constraints.txt

clean:  ## remove what the targets made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache
