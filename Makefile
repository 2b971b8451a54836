# Each line of this file is one command that can be typed by hand; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
ENV := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test check bench bench-nlu prove scenarios

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ENV) ## make .venv with the askproai command, from the pinned and hashed lock

demo: $(ENV) ## start everything, let callers phone in, show what came of each call
	$(BIN)/askproai demo

up: $(ENV) ## start everything and keep it running until Ctrl-C
	$(BIN)/askproai up

down: $(ENV) ## stop what runs in the background
	$(BIN)/askproai down

test: $(ENV) ## run all tests, on real servers that they start themselves
	$(BIN)/askproai get-temporal
	$(BIN)/python -m pytest

check: $(ENV) ## lint, format, doors between the rooms, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy .

bench: $(ENV) ## measure ours, the bare engine and the alternatives side by side
	$(BIN)/python -m benchmarks

bench-nlu: $(ENV) ## score ours and public readers of dates on the evaluation data
	$(BIN)/python -m benchmarks.nlu_table

prove: $(ENV) ## run the tests that kill, race and flood, each with its control twin
	$(BIN)/askproai get-temporal
	$(BIN)/python -m pytest -m proof

scenarios: $(ENV) ## play every scenario five times under every fault: what was told against what is true
	$(BIN)/askproai get-temporal
	$(BIN)/python -m sandbox.conversations

$(ENV): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip sync --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $(ENV)
