# Keyless Perimeter. `make synth` and `make test` set up whatever they need.
ENVIRONMENT ?= example
PYTHON ?= python3
export ENVIRONMENT
export PIPENV_VENV_IN_PROJECT = 1
export PIPENV_IGNORE_VIRTUALENVS = 1
export PIPENV_VERBOSITY = -1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
PIPENV = .tools/pipenv/bin/pipenv
.SHELLFLAGS = -ec
.DELETE_ON_ERROR:
.PHONY: synth test setup snapshots lock-packages clean

synth: .venv/.packages
	@.venv/bin/python main.py
	@.venv/bin/python -m review

test: .venv/.dev-packages
	@.venv/bin/python -m pytest $(TESTS)

setup: .venv/.dev-packages

.tools/pipenv/.ready: setup/pipenv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "python 3.11 or newer is needed, got: $$($(PYTHON) --version 2>/dev/null || echo no program $(PYTHON)); name another one with make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "installing pipenv into .tools (once, a few seconds)"
	@rm -rf .tools/pipenv
	@$(PYTHON) -m venv .tools/pipenv || { echo "python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }
	@.tools/pipenv/bin/python -m pip install --quiet --require-hashes --requirement setup/pipenv.txt
	@touch $@

.venv/bin/python: | .tools/pipenv/.ready
	@$(PYTHON) -m venv .venv

.venv/.packages: Pipfile.lock | .venv/bin/python
	@echo "installing the locked packages into .venv (once, a minute or two)"
	@$(PIPENV) verify >/dev/null && $(PIPENV) sync --quiet --extra-pip-args=--no-compile
	@touch $@

.venv/.dev-packages: Pipfile.lock | .venv/bin/python
	@echo "installing the locked packages and the test tools into .venv (once, a minute or two)"
	@$(PIPENV) verify >/dev/null && $(PIPENV) sync --dev --quiet --extra-pip-args=--no-compile
	@touch .venv/.packages $@

lock-packages: .tools/pipenv/.ready
	@$(PIPENV) lock
	@$(PYTHON) setup/strip_lock.py Pipfile.lock
	@npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean:
	rm -rf .venv .tools .cache cdktf.out node_modules

snapshots: .venv/.dev-packages
	@RENEW_SNAPSHOTS=1 .venv/bin/python -m pytest tests/stacks/test_environments.py
