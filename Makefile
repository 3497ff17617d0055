# One door for work; `make help` lists it. Every target does its own set-up:
# a virtual environment in .venv with exactly what requirements.lock pins, by hash.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

UV_VERSION := 0.13.9
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,$(shell \
    $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(p))))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
SOURCES := agent tools evals tests benchmarks
WORKERS ?= 2
SUITE ?= questions
SEEDS ?= 1-3
SERVER ?= not said

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
	    while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(READY)  ## Create .venv with the pinned dependencies (the other targets do this themselves)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Meterline needs Python 3.11 or newer, and none was found on the PATH." >&2; exit 1; }
	@echo "Setting up $(VENV) (this once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore uv==$(UV_VERSION)
	@# Compiled now, so that the first question does not pay for it: a cold start takes half as long.
	@$(UV) --require-hashes --no-deps --compile-bytecode -r requirements.lock
	@$(UV) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q agent tools evals
	@touch $@

.PHONY: demo
demo: $(READY)  ## Build the demo company, ask a first question, say what to try next
	@echo "Building the demo company (half a minute) ..."
	@$(BIN)/meterline demo
	@echo
	@echo '$$ meterline ask "How is Lars Lindqvist doing over the last 30 days?"'
	@$(BIN)/meterline ask "How is Lars Lindqvist doing over the last 30 days?"
	@echo
	@echo "Try next:"
	@echo '  $(BIN)/meterline ask "Which accounts moved the most this month?"'
	@echo '  $(BIN)/meterline explain "Halvorsen Marine"           # what happened, why, will it last'
	@echo '  $(BIN)/meterline brief "Northgate Grocers" --out brief.html'
	@echo '  $(BIN)/meterline chat                                 # a conversation'
	@echo '  $(BIN)/meterline serve                                # the same in a browser'

.PHONY: test
test: lint  ## Lint, then the whole test suite (no key, no network)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not drill"

.PHONY: lint
lint: $(READY)  ## Formatting, style and types over everything
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/ruff format --quiet --check $(SOURCES)
	@$(BIN)/mypy --no-error-summary $(SOURCES)
	@echo "lint: clean"

.PHONY: drills
drills: $(READY)  ## The slow tests: kills, big loads, long runs
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m drill

.PHONY: bench
bench: $(READY)  ## Measure answers, load rate, memory, and what a language model costs beside two SQL agents
	@$(BIN)/python -m benchmarks

.PHONY: eval
eval: $(READY)  ## Ask a suite on several demo companies and score it (SUITE=questions or explanations, SEEDS=1-3)
	@$(BIN)/meterline eval $(SUITE) --seeds $(SEEDS)

.PHONY: record
record: $(READY)  ## Record the cassettes of the tests anew with a served model (MODEL=openai:<name>, SERVER="what serves it")
	@$(BIN)/python -m tests.agent.record "$(MODEL)" --server "$(SERVER)"

.PHONY: sayings
sayings: $(READY)  ## Learn the shipped sayings of causes anew, after a change in insight/sayings
	@$(BIN)/python -m meterline_tools.kit.teach

.PHONY: lock
lock: $(READY)  ## Pin the dependencies anew, after a change of pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url \
	    --python-version 3.11 --universal --quiet --custom-compile-command "make lock" -o requirements.lock

.PHONY: format
format: $(READY)  ## Put the code into shape
	@$(BIN)/ruff check --quiet --fix $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)
