# Each target does its own set-up in .venv. Needed: Python 3.11 or newer, cargo, a C compiler.

PYTHON ?= python3
VENV := .venv
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

# What maturin tells pyo3; a cargo that says otherwise makes both rebuild it each time.
AS_MATURIN = PYO3_BUILD_EXTENSION_MODULE=1 PYO3_CONFIG_FILE="$$(ls -t $(CURDIR)/target/maturin/pyo3-config-* | head -n 1)"

# The contracts' compiler and the wallets of the tests; without npm they are left out.
NODE_FOLDERS := $(if $(shell command -v npm),$(patsubst %/package-lock.json,%,$(wildcard contracts/package-lock.json tests/clients/package-lock.json)))
NODE_MODULES := $(NODE_FOLDERS:%=%/node_modules/.package-lock.json)
FORGE := node_modules/@foundry-rs/forge-linux-amd64/bin/forge

.PHONY: help setup devnet test check bench gate soak soak-honest soak-contracts mutants prove wheel format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(VENV)/.installed $(VENV)/.built ## make .venv with the package and its tools

# A missing tool is one line with its fix, before anything is made.
define NEED_TOOLS
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3.'; exit 1; }
	@rustc --version 2>/dev/null | grep -qE ' (1\.(9[5-9]|[1-9][0-9]{2})|[2-9])\.' && command -v cargo >/dev/null || { \
		echo 'Rust 1.95 or newer is needed to build the native core: install it from https://rustup.rs.'; exit 1; }
	@command -v cc >/dev/null || { \
		echo 'A C compiler is needed to build the curve library: on Debian, apt install build-essential.'; exit 1; }
endef

$(VENV)/bin/python:
	$(NEED_TOOLS)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'Python cannot make a virtual environment: on Debian, apt install python3-venv.'; exit 1; }

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(NEED_TOOLS)
	$(BIN)/python -m pip install --quiet 'maturin>=1.16,<2'
	PIP_QUIET=1 $(BIN)/maturin develop --quiet --extras dev,reference
	@touch $@ $(VENV)/.built

$(VENV)/.built: $(shell find rust Cargo.toml Cargo.lock -type f) | $(VENV)/.installed
	$(NEED_TOOLS)
	$(BIN)/maturin develop --quiet --skip-install
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

devnet: setup ## a rollup with its L1 on this machine, packets reaching finality
	$(BIN)/corollup devnet

test: setup $(NODE_MODULES) ## every test
	cargo test --workspace --exclude corollup-py --quiet
	$(BIN)/python -m pytest -q
ifneq ($(NODE_FOLDERS),)
	cd contracts && npm run --silent build && $(FORGE) test
endif

check: setup $(NODE_MODULES) ## formats, lints, types, layers, stubs
	cargo fmt --all --check
	$(AS_MATURIN) cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest corollup._core --mypy-config-file pyproject.toml
	$(BIN)/lint-imports
ifneq ($(NODE_FOLDERS),)
	cd contracts && $(FORGE) fmt --check src harness test && $(FORGE) lint src && npm run --silent check
else ifeq ($(CI),true)
	@echo 'Node 20 and npm are needed to check the contracts.'; exit 1
else
	@echo 'Without npm the contracts are not checked.'
endif

format: setup ## mend what the formatters can mend
	cargo fmt --all
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup ## measure; writes benches/results, PARTS="goals python rust replay state" some of them
	$(BIN)/maturin develop --quiet --extras bench --release
	@rm -f $(VENV)/.built
	$(BIN)/python -m benches.measure $(PARTS)

gate: setup ## fail where a figure is worse than the committed one
	$(BIN)/maturin develop --quiet --skip-install --release
	@rm -f $(VENV)/.built
	$(BIN)/python -m benches.gate

soak: setup ## crashes of the store, then random packets from the last seed on; COUNT=100000
	$(BIN)/maturin develop --quiet --skip-install --release
	@rm -f $(VENV)/.built
	COROLLUP_CRASH_ROUNDS=200 cargo test -p corollup-core --test crash --quiet
	$(BIN)/python -m benches.soak $(COUNT)

soak-honest: setup ## random troubles of honest nodes from the last seed on; COUNT=10000
	$(BIN)/maturin develop --quiet --skip-install --release
	@rm -f $(VENV)/.built
	$(BIN)/python -m benches.honest $(COUNT)

soak-contracts: setup $(NODE_MODULES) ## random calls of the contracts from the last seed on; COUNT=1000000
	cd contracts && npm run --silent build
	$(BIN)/python -m benches.soak_contracts $(COUNT)

mutants: $(NODE_MODULES) ## planted bugs, each found by the random calls
	cd contracts && node tools/mutants.mjs

prove: $(NODE_MODULES) ## arithmetic of the contracts for all inputs, by halmos in .venv-halmos
	@test -x .venv-halmos/bin/halmos || { $(PYTHON) -m venv .venv-halmos && .venv-halmos/bin/pip install --quiet halmos==0.3.3; }
	cd contracts && PATH="$$PWD/$(dir $(FORGE)):$$PATH" FOUNDRY_PROFILE=halmos ../.venv-halmos/bin/halmos --forge-build-out out/halmos --contract ArithmeticProofs

wheel: setup ## the wheel for this machine, in dist
	rm -rf dist
	$(BIN)/maturin build --quiet --release --out dist

clean: ## remove what the other targets made
	rm -rf $(VENV) dist target
