# Targets only call scripts; `make demo` and `make test` need nothing but python3 (>= 3.11) with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-long check bench test-clients docs clean

demo: $(VENV)/.core
	@$(BIN)/anyvenue demo

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 tests

test-long: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 -m 'long and not clients' tests

check: $(VENV)/.dev
	@sh scripts/check.sh $(BIN)

bench: $(VENV)/.dev
	@sh scripts/bench.sh $(BIN)

test-clients: $(VENV)/.dev
	@sh scripts/test-clients.sh $(BIN)

docs: $(VENV)/.docs
	@$(BIN)/mkdocs build --strict --quiet

$(VENV)/.core: pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(PYTHON) $(VENV) . $@

$(VENV)/.dev: pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(PYTHON) $(VENV) .[dev] $@

$(VENV)/.docs: pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(PYTHON) $(VENV) .[docs] $@

clean:
	@rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf bench/.peers-venv bench/.data src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
