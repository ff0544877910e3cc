# Everything a person or a machine does with the project. On a fresh machine, Python 3.11 or newer is enough:
# the first target builds .venv (with uv where it is installed, else with venv and pip).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
FRONTEND := $(wildcard frontend/*.* frontend/src/* frontend/styles/*)
TRANSLATIONS := $(shell find src/cadran/web -name '*.po' 2>/dev/null)
DEMO ?= demo-company

.PHONY: demo serve test heavy check audit format docs screens bench frontend clean

demo: $(READY)  ## the sample company, imported from its messy files: its scorecard, then its pages
	$(BIN)/cadran demo $(DEMO)
	$(BIN)/cadran serve --workspace $(DEMO)

serve: $(READY)  ## the pages of the company in the folder DEMO
	$(BIN)/cadran serve --workspace $(DEMO)

test: $(READY)  ## every test that is quick
	$(BIN)/pytest -m "not heavy" -n 2

heavy: $(READY)  ## thousands of broken files, killed imports, whole data sets
	$(BIN)/pytest -m heavy -n 2 --dist loadgroup

check: $(READY)  ## format, lint, types, layers, documentation, advisories
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_layers.py tests/test_docs.py
	$(BIN)/python .ci/audit.py

audit: $(READY)  ## known vulnerabilities of what is installed; fails where they cannot be looked up
	AUDIT=required $(BIN)/python .ci/audit.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## the pages made from the catalogue and the settings, and the pictures of the README
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py

screens: $(READY)  ## the pictures of the pages, with Debian's Chromium
	$(BIN)/python docs/screens.py

bench: $(READY)  ## this project and hand-written SQL on the same data, as ratios
	$(BIN)/python benchmarks/run.py

frontend: $(INSTALLED)  ## scripts, styles, font and translations of the pages, with their weight
	$(BIN)/python frontend/build.py

clean:
	rm -rf $(VENV) $(DEMO) build dist frontend/node_modules src/cadran/web/static/cadran

# What the pages are served from is built again, in seconds, when its sources change.
$(READY): $(INSTALLED) $(FRONTEND) $(TRANSLATIONS)
	@$(BIN)/python frontend/build.py --if-stale
	@touch $(READY)

# Installed again only when pyproject.toml changes.
$(INSTALLED): pyproject.toml hatch_build.py
	@if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --group dev --editable .; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" && \
		$(BIN)/python -m pip install --quiet --group dev --editable .; \
	fi
	@touch $(INSTALLED)
