# Everything a newcomer or a build server needs; `make help` lists it.
# Paths are relative on purpose: the checkout may lie in a folder with spaces in its name.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN ?= runs/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast check format docs build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## make .venv with everything pregrasp needs

$(STAMP): pyproject.toml constraints.txt scripts/setup
	@bash scripts/setup $(VENV)
	@touch $(STAMP)

demo: setup ## teach, collect, train and grasp in the simulated cell (at most 15 minutes)
	@$(BIN)/pregrasp demo --out $(RUN)

test: setup ## run every test, on all cores (11 minutes on two)
	@$(BIN)/python -m pytest -n logical --dist loadfile

test-fast: setup ## run the tests that take less than a second each
	@$(BIN)/python -m pytest -m "not slow"

check: setup ## lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## build the documentation into site/, without the network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html"

build: setup ## make the sdist and the wheel, and try both in empty environments
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	bash scripts/smoke dist/*.whl
	bash scripts/smoke dist/*.tar.gz

clean: ## remove what the targets above made
	rm -rf $(VENV) dist build site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
