# The two commands a newcomer needs are `make run` and `make test`.
# Each sets up what it needs in .venv, as an ordinary user.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop
BENCH_READY := $(VENV)/.ready-to-measure

.PHONY: setup run test test-asterisk lint types bench lock clean

setup: $(RUN_READY)  ## all that an installed service needs
	@# Asterisk's user may not write compiled files, and without them every call starts slower.
	-@/usr/bin/python3 -m compileall -q ivr_service/__init__.py ivr_service/agi

run: setup  ## start the service with everything embedded
	$(BIN)/ivr-service run

test: $(DEV_READY)  ## every test that needs no root
	$(BIN)/ivr-service prompts build
	$(BIN)/pytest -n 2 -m "not asterisk"

test-asterisk: $(DEV_READY)  ## real calls through Asterisk 22 and 16 (root, for the package tools)
	tests/asterisk/fetch-asterisk
	$(BIN)/pytest -n 4 -m asterisk tests/asterisk

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_READY)
	$(BIN)/mypy

bench: $(BENCH_READY)  ## every figure beside its peer; `python -m bench NAME` for some
	$(BIN)/python -m bench

lock: $(DEV_READY)  ## pin the newest versions again, with hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 bench/requirements.in -o bench/requirements.txt

clean:
	rm -rf $(VENV) var build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ivr-service needs Python 3.11 or later, and $(PYTHON) is not that. Name another: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(RUN_READY): requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

$(BENCH_READY): bench/requirements.txt $(DEV_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	touch $@
