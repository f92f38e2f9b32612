# Two commands on a bare machine: `make demo` and `make test`.
# It needs Python 3.11 or newer, Go, git and make; everything else comes with `make setup`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-review demo-revoke test test-long bench lint fix lock clean
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# Each worker has a sandbox of its own. Three keep two processors at work: they wait for engines and
# for windows a third of the time.
WORKERS ?= 3
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist worksteal

help: ## List the commands.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## Install the locked dependencies and find or build the Pulumi CLI.
	@tools/setup

demo: setup ## Tell the whole story on this machine: no account, no cloud.
	@$(BIN)/python tools/demo.py

demo-review: setup ## Show what reviewers of three pull requests see.
	@$(BIN)/python tools/demo_review.py

demo-revoke: setup ## Kill a leaked key, with a system down, and see it proven dead.
	@$(BIN)/python -m tools.demo_revoke

test: lint ## Lint, types, unit, property and end-to-end tests.
	$(PYTEST)

test-long: lint ## The same with the big counts.
	KEYLIFE_LONG=1 $(PYTEST) -o timeout=7200

bench: setup ## Measure keylife beside its peers; NAMES="loading pack" for some.
	@$(BIN)/python -m benchmarks $(NAMES)

lint: setup ## Formatting, lint, types, and the one direction of imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup ## Mend what lint can mend by itself.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Resolve pyproject.toml anew into requirements.lock, with hashes.
	@tools/lock

clean: ## Stop the sandbox and delete everything that setup made.
	@if [ -e .sandbox/sandbox.json ]; then $(BIN)/keylife sandbox down; fi
	chmod -R u+w .cache 2>/dev/null || true
	rm -rf .venv .cache .sandbox .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
