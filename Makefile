# Two commands are all the set-up a machine needs: `make app` and `make test`.
# Needed beforehand: make and Python 3.11 or newer.

# Tried in this order; `make app PYTHON=/path/to/python` names another.
PYTHON ?= python3.13 python3.12 python3.11 python3
PY := .venv/bin/python
JAVASCRIPT := 'ganlab/**/*.js' 'tests/**/*.mjs'
PIP := $(PY) -m pip --disable-pip-version-check -q
FAILED = { echo "Not installed, see the lines above; once they are mended (is the network up?), call make again." >&2; exit 1; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app test test-slow check format bench browser clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

app: .venv/.installed ## install what is needed and open the app on http://127.0.0.1:8501
	$(PY) -m streamlit run app.py

test: .venv/.installed-dev browser ## install what is needed and run the fast tests (ARGS="-k name" for some)
	$(PY) -m pytest $(ARGS)

test-slow: .venv/.installed-dev browser ## the slow tests, which `make test` leaves out
	$(PY) -m pytest -m slow $(ARGS)

check: .venv/.installed-dev ## lint, format and types, nothing is changed
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/basedpyright
	.venv/bin/oxlint
	.venv/bin/oxfmt --check $(JAVASCRIPT)

format: .venv/.installed-dev ## mend what the linters and formatters can mend
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	.venv/bin/oxfmt $(JAVASCRIPT)

bench: .venv/.installed-dev browser ## measure this machine, about twenty minutes (ARGS=engine for that part alone)
	$(PY) -m benchmarks $(ARGS)

browser: ## a Chromium for the browser tests, where it can be installed
	@sh tests/install-browser.sh

clean: ## remove the environment and all caches; runs and data stay
	rm -rf .venv .pytest_cache .ruff_cache build dist ganlab.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written after the last step has succeeded, so its age says whether there is anything to do.

.venv/.installed: requirements.txt pyproject.toml | .venv/bin/pip
	@echo "Installing (once, a few minutes: torch is large) …"
	@$(PIP) install -r requirements.txt || $(FAILED)
	@$(PIP) install --no-deps -e . || $(FAILED)
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing what the tests need …"
	@$(PIP) install -r requirements-dev.txt || $(FAILED)
	@touch $@

# pip is the last thing that venv puts in place.
.venv/bin/pip:
	@for python in $(PYTHON); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    found=$$python; \
	    "$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	    echo "Creating .venv with $$python …"; \
	    exec "$$python" -m venv .venv; \
	done; \
	if [ -n "$$found" ]; then \
	    echo "$$found has no venv module: install it (Debian, Ubuntu: apt install python3-venv) and call make again." >&2; \
	else \
	    echo "No Python 3.11 or newer among: $(PYTHON). Install one or name it: make PYTHON=/path/to/python" >&2; \
	fi; \
	exit 1
