# Two commands are enough on a fresh machine: `make demo` and `make test`. Both set up .venv when it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ORDER := examples/orders/shenzhen-berlin-usd.json

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow lint packs tests docs bench format clean

help: ## What can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Set up .venv with the package (editable) and its tools; PYTHON=python3.12 chooses the Python

$(INSTALLED): pyproject.toml
	@if [ ! -x $(BIN)/python ]; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo "$(PYTHON) is missing or older than 3.11; name a newer one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -m venv $(VENV) \
			|| { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(INSTALLED) ## One order from Shenzhen to Berlin on three days, the last with every step explained
	$(BIN)/xbcompliance quote $(ORDER) --at 2022-03-10
	$(BIN)/xbcompliance quote $(ORDER) --at 2026-06-29
	$(BIN)/xbcompliance quote $(ORDER) --at 2026-08-10 --explain

test: lint packs tests docs ## Everything that must hold before a change goes in

lint: $(INSTALLED) ## Style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

packs: $(INSTALLED) ## The law: every pack is well formed and every case beside it holds
	$(BIN)/xbcompliance packs lint
	$(BIN)/xbcompliance packs test

tests: $(INSTALLED) ## The fast tests, with the examples in docstrings, README and docs
	$(BIN)/python -m pytest

test-slow: $(INSTALLED) ## All tests, also the slow ones, with more and random examples
	$(BIN)/python -m pytest -m "" --hypothesis-profile thorough

docs: $(INSTALLED) ## The documentation, with every link checked
	$(BIN)/zensical build --clean --strict

bench: $(INSTALLED) ## Measure quotes beside code written by hand, starting, and memory; takes some minutes
	$(BIN)/python -m pytest benchmarks --benchmark-enable --benchmark-only --benchmark-quiet -q
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.memory

format: $(INSTALLED) ## Let ruff put things right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## Remove what the commands above made, .venv too
	rm -rf $(VENV) .cache .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist site
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
