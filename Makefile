# Needs make, a C compiler and Python 3.11 or newer. Everything else goes into .venv.
# Another interpreter: make test PYTHON=/path/to/python3.12
# Another one beside it: make test-fast PYTHON=/path/to/python3.13 VENV=.venv-3.13

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCKS := requirements-build.lock requirements.lock

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

# The first interpreter that is new enough; failing that, any, so that preflight.py can say what is missing.
PYTHON ?= $(shell \
	for name in python3 python3.13 python3.12 python3.11; do \
		$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; \
	done; echo python3)

# durable-rules 2.0.28 is compiled without optimisation unless told otherwise, which halves its speed, and it
# calls a C function that Python 3.13 no longer has, under its newer name. A wheel of it that pip has kept from
# another build would have neither flag, so none is used.
DURABLE_FLAGS := -O2 -fwrapv -DPyEval_CallObject=PyObject_CallObject
DURABLE_LOCK := $(VENV)/durable.lock

# Every rulebook and every shared terminology is checked.
RULEBOOKS := $(patsubst rules/%/rulebook.yaml,%,$(wildcard rules/*/rulebook.yaml))
SHARED := $(patsubst %/shared.yaml,%,$(wildcard rules/shared/*/shared.yaml))
EACH = $(addprefix --rulebook ,$(1))

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check docs screenshots audit lock bench planted clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: $(STAMP)  ## Evaluate an example record
	@$(BIN)/cds evaluate rules/mianserin/examples/elderly-overdue-count.json

# The processes of the tests share what Python compiles, even where the environment says not to write it.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

test: $(STAMP)  ## Run the tests on all cores; with CI=1 those that take long, too
	@$(PYTEST) -n auto --dist worksteal

# Collecting the tests that schemathesis generates would take several seconds. What is listed at the end may be
# a slow test that is not marked.
test-fast: $(STAMP)  ## Run all but the slow tests
	@$(PYTEST) -n auto --dist worksteal -m "not slow and not ci" --durations 5 --durations-min 3 \
		-p no:schemathesis --ignore tests/api/test_openapi.py

check: $(STAMP)  ## Check style, types, imports, every rulebook, generated files and the lock
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cds rules check $(SHARED) $(RULEBOOKS)
	$(BIN)/cds rules schema --check
	$(BIN)/cds rules docs --check $(call EACH,$(RULEBOOKS))
	$(BIN)/cds rules lock --check $(call EACH,$(SHARED) $(RULEBOOKS))
	@for book in $(RULEBOOKS); do \
		$(BIN)/cds rules approve --check --rulebook $$book && \
		$(BIN)/cds audit --check --rulebook $$book || exit 1; \
	done
	$(BIN)/python tools/check_lock.py

docs: $(STAMP)  ## Build the documentation into build/site; a broken link is an error
	@$(BIN)/python -m tools.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The documentation is in build/site/index.html."

screenshots: $(STAMP)  ## Take the pictures of the workbench in docs/assets; needs Debian's chromium
	@$(BIN)/python -m tools.screenshots

# It asks PyPI for what is known of each pinned version, and fails as well where it is not told.
audit: $(STAMP)  ## Look the pinned dependencies up among known vulnerabilities; needs the network
	@for lock in $(LOCKS); do \
		$(BIN)/uv tool run --quiet pip-audit@2.10.1 --strict --disable-pip --require-hashes --requirement $$lock \
			|| exit 1; \
	done

bench: $(STAMP)  ## Measure how fast records are evaluated
	@$(BIN)/python -m tests.benchmarks

planted: $(STAMP)  ## Count how many of the planted mistakes are reported; takes some minutes
	@$(BIN)/python -m tests.planted

# Pins stay as they are where they still fit; make lock UPGRADE=--upgrade takes the newest of everything.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command "make lock" $(UPGRADE)

lock: $(STAMP)  ## Pin the dependencies of pyproject.toml anew; requirements-run.lock has no extras
	$(COMPILE) --group build --output-file requirements-build.lock
	$(COMPILE) pyproject.toml --extra all --group dev --group docs --output-file requirements.lock
	$(COMPILE) pyproject.toml --constraint requirements.lock --output-file requirements-run.lock
	$(BIN)/python tools/check_lock.py

clean:  ## Remove the environment and everything generated
	rm -rf $(VENV) .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

# The build tools come first, pinned like the rest: durable-rules has no wheels and is compiled with them.
$(STAMP): pyproject.toml $(LOCKS) | $(BIN)/python
	@echo "Installing the pinned dependencies into $(VENV)"
	@$(PIP) install --require-hashes --requirement requirements-build.lock
	@awk '/^durable-rules/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > $(DURABLE_LOCK)
	@CPPFLAGS="$(DURABLE_FLAGS) $$CPPFLAGS" $(PIP) install --no-cache-dir --no-build-isolation --no-deps \
		--require-hashes --requirement $(DURABLE_LOCK)
	@$(PIP) install --no-build-isolation --require-hashes --requirement requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "Python 3.11 or newer is needed: $(PYTHON) was not found (Debian: apt-get install python3)" >&2; exit 1; }
	@"$(PYTHON)" tools/preflight.py
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
