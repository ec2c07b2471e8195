# make run       serve the sample documents on 127.0.0.1:8000 (PORT=9000 for another port)
# make test      the whole proof: format, lint, types, import contracts, tests, eval gate; CHROMIUM= names a browser
# make baseline  accept the answers as they are: what the eval gate compares with
# make audit     look the pinned dependencies up among known advisories; part of make test
# make lock      renew constraints.txt after a change of dependencies
# make clean     remove what the others made, collections included

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
TEST_DATA := build/test-data
BASELINE := eval/baselines/seeds.json
NPM := $(shell command -v npm)
export HF_HUB_OFFLINE := 1

.PHONY: run test audit baseline lock clean

run: $(VENV)/.run
	@$(BIN)/pincite index seeds
	@echo
	@echo "Ask on the page at http://127.0.0.1:$(PORT)/, or in another terminal:"
	@echo "  curl -s --get http://127.0.0.1:$(PORT)/v1/ask --data-urlencode \"q=What did ZTE's ban cause?\""
	@echo
	@exec env PINCITE_EXAMPLES=eval/sets/seeds.yaml $(BIN)/pincite serve --host 127.0.0.1 --port $(PORT)

test: $(VENV)/.dev $(if $(NPM),node_modules/.dev)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(if $(NPM),node_modules/.bin/tsc,@echo "types of api/static SKIPPED, nothing was checked: npm is not installed")
	$(BIN)/python .ci/audit.py
	rm -rf $(TEST_DATA)
	PINCITE_DATA_DIR=$(TEST_DATA) $(BIN)/pincite index seeds
	PINCITE_DATA_DIR=$(TEST_DATA) $(BIN)/pincite eval gate --baseline $(BASELINE) --out build/eval
	$(BIN)/pytest

audit: $(VENV)/.dev
	$(BIN)/python .ci/audit.py

baseline: $(VENV)/.dev
	PINCITE_DATA_DIR=$(TEST_DATA) $(BIN)/pincite index seeds
	PINCITE_DATA_DIR=$(TEST_DATA) $(BIN)/pincite eval run --brief --out $(BASELINE)

lock: $(VENV)/.dev
	$(BIN)/pip install --quiet -c constraints.txt pip-tools
	$(BIN)/pip-compile --quiet --upgrade --all-extras --strip-extras --allow-unsafe --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file constraints.txt pyproject.toml
	sed -i 's/+cpu$$//' constraints.txt  # a CPU build and a CUDA build of torch are one version

clean:
	rm -rf $(VENV) node_modules build dist var

# Stamps: what is installed is installed again only when the pins or the dependencies change.
$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[index,formats]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[index,formats,eval,bench,otel,dev]'
	@touch $@ $(VENV)/.run

# TypeScript checks the types of the scripts, axe-core tests how accessible the pages are; nothing of them is shipped.
node_modules/.dev: package.json
	npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Pincite needs Python 3.11 or newer; say which with make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
