# Motcua's commands. `make run` and `make test` are all a newcomer types; `make help` lists the others.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:
.PHONY: help run test test-quick lint interop bench bench-scale bench-storm bench-micro bench-timing bench-validation docs catalogs wheel clean \
	_run-environment _test-environment _packages

# The first Python that is new enough and can make environments; where there is none, the one that says so itself. The
# distribution's own comes first: it is built with profile-guided optimisation, which answers a tenth faster.
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

help:  ## this list
	@awk 'BEGIN {FS = ":.*## "} /^## / {printf "\n%s\n", substr($$0, 4)} \
		/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Try it

run: _run-environment  ## everything, seeded, on this machine: http://localhost:8000
	@exec $(BIN)/python -m wsgi demo

## Work on it

test: _packages _test-environment  ## every test; installs what it needs, starts its own services
	@status=0; \
	$(PYTEST) -n $(WORKERS) --dist worksteal -m "not browser and not journey and not interop" || status=1; \
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "(browser or journey) and not interop" || status=1; \
	exit $$status

test-quick: _test-environment  ## the tests that need nothing but Python
	@$(PYTEST) -n $(WORKERS) -m "not browser and not journey and not interop and not postgresql and not redis"

lint: _test-environment  ## ruff, mypy, the walls between parts, fresh words and pages
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/python -m tools.catalogs check
	@$(BIN)/python -m tools.documents check

interop: _packages _test-environment  ## relying parties written by others, against a started provider
	@$(PYTEST) -m interop tests/interop

catalogs: _test-environment  ## collect, update and compile the words of every page
	@$(BIN)/python -m tools.catalogs update

docs: _test-environment  ## the parts of docs/ that are written from the code
	@$(BIN)/python -m tools.documents

wheel: _test-environment  ## a wheel in dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

## Measure it

bench: _test-environment  ## load on a started provider, beside its peers
	@$(BIN)/python -m bench

bench-scale: _test-environment  ## what requests cost as accounts grow to ten million; needs 30 GiB of disk for a while
	@$(BIN)/python -m bench.scale

bench-storm: _test-environment  ## tokens while a crowd signs in with passwords
	@$(BIN)/python -m bench.storm

bench-micro: _test-environment  ## the parts of a token request by themselves
	@$(PYTEST) -q -p no:cacheprovider -o addopts= --benchmark-only --benchmark-columns=median,min,max,rounds bench/micro.py

bench-timing: _test-environment  ## whether answers betray what they know by their time
	@$(BIN)/python -m bench.timing

bench-validation: _test-environment  ## what a verdict on a signed document costs, beside its peers
	@$(BIN)/python -m bench.validation

## Tidy up

clean:  ## remove what was built, and the environment; your data in var/ stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache \
		.hypothesis .benchmarks .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find templates -name '*.mo' -delete

_run-environment:
	@$(PYTHON) tools/environment.py run

_test-environment:
	@$(PYTHON) tools/environment.py test

_packages:
	@$(PYTHON) tests/support/packages.py
