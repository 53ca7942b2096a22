# `make` alone prints this help. `make run` and `make test` work on a fresh checkout.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench demo docs clients peers test-models engines matrix packages lock clean

help: ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements.lock pyproject.toml deploy/find-python
	@python="$$(deploy/find-python)" && { [ -x $(BIN)/python ] || "$$python" -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.runtime ## the environment in .venv/, from the lock file

run: setup ## start the proxy on 127.0.0.1:8080
	$(BIN)/penstock run

demo: setup ## see allow, redact, redirect and block happen, on loopback only
	$(BIN)/penstock demo --once

packages: ## what the tests need besides Python: servers, browsers, tesseract, clients for Node.js
	@deploy/test-packages

test: $(VENV)/.dev packages ## the whole test suite
	$(BIN)/python -m pytest -q $(PYTEST_ARGS)

check: $(VENV)/.dev packages ## format, lint, types, import contracts, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# a test that fails is run once more and then named as RERUN: real clients and servers share the machine
	$(BIN)/python -m pytest -q --cov --cov-report=term --reruns 1 -rfER $(PYTEST_ARGS)

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev packages ## measure, as ratios within one run
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.names
	$(BIN)/python -m benchmarks.fingerprints
	@$(MAKE) --no-print-directory peers || echo "the peers' scanners are left out: they cannot be fetched"
	$(BIN)/python -m benchmarks.detection

peers: $(VENV)/.dev ## the peers' own scanners, in an environment of theirs, for `make bench`
	@[ -x .venv-peers/bin/python ] || $(BIN)/python -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet detect-secrets credsweeper magika pygments

docs: setup ## write the pages that repeat what the code says
	$(BIN)/python -m docs.generate

clients: $(VENV)/.dev ## let independent clients use the proxy and read our answers, in a venv of theirs
	@[ -x .venv-clients/bin/python ] || $(BIN)/python -m venv .venv-clients
	.venv-clients/bin/python -m pip install --quiet g4f gemini_webapi litellm \
	  claude-webapi hugchat pycharacterai sydney-py
	PENSTOCK_CLIENTS=$(CURDIR)/.venv-clients/bin/python $(BIN)/python -m pytest -q tests/clients tests/e2e/test_litellm.py

test-models: $(VENV)/.dev ## let a real model server, built once in ten minutes, answer prompts of every dialect
	server="$$(deploy/test-models $(BIN)/python)" && \
	  PENSTOCK_MODEL_SERVER="$$server" $(BIN)/python -m pytest -q tests/models

engines: $(VENV)/.dev ## let a transformer and a GLiNER model find names instead of ours (6 GB of libraries in a venv of theirs)
	[ -x .venv-engines/bin/python ] || $(BIN)/python -m venv .venv-engines
	.venv-engines/bin/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	.venv-engines/bin/python -m pip install --quiet --editable . 'presidio-analyzer[transformers,gliner]'
	.venv-engines/bin/python -m pytest -q tests/engines

matrix: $(VENV)/.dev packages clients ## run the tests that show what works, and write docs/support-matrix.md
	server="$$(deploy/test-models $(BIN)/python)" && PENSTOCK_MODEL_SERVER="$$server" \
	  PENSTOCK_CLIENTS=$(CURDIR)/.venv-clients/bin/python $(BIN)/python -m tests.matrix

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --group dev -c requirements.lock pyproject.toml \
	  -o requirements-dev.lock

clean: ## remove the environment and caches
	rm -rf $(VENV) .venv-clients .venv-peers .venv-engines .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
