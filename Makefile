# make demo    install harness into .venv and run the first experiment
# make test    install the test dependencies too; check the code, then run every test
# make lint    only check the code
# make bench   measure
# make clean   remove what make made (your runs stay)
#
# Any Python from 3.11 does; choose one with  make PYTHON=/path/to/python ...

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint bench clean
.DELETE_ON_ERROR:

demo: .venv/installed
	$(BIN)/harness run backlog-overflow

test: lint
	$(BIN)/python -m pytest

lint: .venv/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-test
	set -e; for file in bench/bench_*.py; do $(BIN)/python "$$file"; done

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The stamps are empty files: older than pyproject.toml, the installation is made again.
.venv/installed: pyproject.toml $(BIN)/python
	$(PIP) --editable .
	@touch $@

.venv/installed-test: pyproject.toml $(BIN)/python
	$(PIP) --editable '.[test]'
	@touch $@ .venv/installed

# Missing, too, when the Python it was made with is gone.
$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
		echo "harness needs Python 3.11 or newer, and finds none (python3.13, python3.12, python3.11, python3)." >&2; \
		echo "  Debian, Ubuntu:  sudo apt-get install python3 python3-venv" >&2; \
		echo "  one elsewhere:   make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
		"$(PYTHON)" -c 'import sys; print("%s cannot make a virtual environment.\n  Debian, Ubuntu:  sudo apt-get install python%d.%d-venv" % ((sys.executable,) + sys.version_info[:2]))' >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
