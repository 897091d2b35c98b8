# Keyless Perimeter. Each target sets up what it needs. ./keyperim has the same verbs with options: docs/reference/commands.md.
#: synth          synthesize ENVIRONMENT into cdktf.out, and print its review
#: review         print the review of what was synthesized; BASE=main compares with that commit
#: lint           check rules that hold whatever changes, in what was synthesized
#: plan           show what would change
#: deploy         plan, show, ask and apply, one stack after the other
#: destroy        destroy both stacks, Google's first
#: lock           lock the providers' versions
#: adopt          print an import for each resource that exists and is in no state
#: undelete       print the commands that bring a deleted pool, provider and role back
#: smoke          ask Gemini from an instance: INSTANCE=i-... PROMPT='why?' JSON=1 EXPECT_DENIED=1 WORKLOAD=app
#: update         renew the client on an instance: INSTANCE=i-...
#: wheel          build the packages keyless-client and keyless-constructs, into dist
#: lambda         build zips for AWS Lambda, into dist: WORKLOAD=app RUNTIME=python3.13 ARCHITECTURE=arm64
#: demo           deploy both stacks on loopback; SIMULATE=1 without Terraform
#: setup          install the locked packages and the test tools
#: test           run every test
#: test-fast      run the tests of settings, synthesis, policy and review
#: check          check types, imports, style and format
#: format         rewrite the code in its format
#: soak           run the tests that take an hour
#: snapshots      renew tests/snapshots; ENVIRONMENT=prod makes the one of your own environment
#: bench          measure, and write docs/benchmarks.md
#: lock-packages  lock the newest packages that both Pipfiles and package.json allow, and those of the tools
#: update-packages  lock-packages, then run every test
#: release        make a release: VERSION=1.2.3
#: clean          remove everything that set-up and synthesis wrote
#: help           print this list
ENVIRONMENT ?= example
PYTHON ?= python3
export ENVIRONMENT
export PIPENV_VENV_IN_PROJECT = 1
export PIPENV_IGNORE_VIRTUALENVS = 1
export PIPENV_VERBOSITY = -1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# ENGINE=cdktn synthesizes with cdktf's successor, whose packages are in .venv-cdktn: docs/decisions/033-cdktn.md.
SUCCESSOR = $(if $(filter cdktn,$(ENGINE)),.venv-cdktn/.packages)
PACKAGES = $(or $(SUCCESSOR),.venv/.packages)
.SHELLFLAGS = -ec
.DELETE_ON_ERROR:
.PHONY: help demo synth review plan deploy destroy lock undelete adopt smoke update wheel lambda test test-fast soak setup snapshots lock-packages update-packages release clean bench lint check format

synth lint: $(PACKAGES)
	@./keyperim $@

# What is wider (4) or undecided (5) was compared.
review: $(PACKAGES)
	@[ -z "$$GIVEN_BASE" ] || { code=0; ./keyperim diff --base="$$GIVEN_BASE" || code=$$?; case $$code in 0|4|5) exit 0 ;; *) exit 2 ;; esac; }
	@[ -n "$$GIVEN_BASE" ] || ./keyperim review

help:
	@sed -n 's/^#: //p' Makefile

# Terraform itself on saved plans, guarded: docs/decisions/002-guarded-deploy.md.
# Each one synthesizes into a private folder; cdktf.out is not read. A plan that is wider (4) or undecided (5) was made.
deploy destroy lock undelete adopt: $(PACKAGES)
	@./keyperim $@

plan: $(PACKAGES)
	@./keyperim plan || case $$? in 4|5) ;; *) exit 2;; esac

# The client on an instance, through Systems Manager: make smoke INSTANCE=i-... PROMPT='why?' JSON=1 EXPECT_DENIED=1; where
# there are several workloads also WORKLOAD=app. What is given on make's command line is text: neither make nor the shell
# expands it. What the environment has under these names, as REGION=eu-west-1, was not said to make, and is not taken.
GIVEN = BASE VERSION RUNTIME ARCHITECTURE INSTANCE WORKLOAD DOCUMENT REGION PROMPT JSON EXPECT_DENIED NO_EGRESS
on_command_line = $(filter command,$(origin $1))
$(foreach name,$(GIVEN),$(eval export GIVEN_$(name) := $$(if $$(call on_command_line,$(name)),$$(value $(name)))))
$(foreach name,$(GIVEN),$(if $(call on_command_line,$(name)),$(eval override $(name) := $$(value $(name)))))
# A typing error in a name would be passed over, and another environment be planned or deployed.
NAMES = ENVIRONMENT ENGINE PYTHON SIMULATE TESTS AUTO_APPROVE CDKTF_OUTDIR TERRAFORM_PROVIDER_MIRROR $(GIVEN)
WORDS := $(foreach word,$(MAKEOVERRIDES),$(firstword $(subst =, ,$(subst :,,$(word)))))
OTHERS := $(filter-out $(NAMES),$(foreach word,$(WORDS),$(if $(call on_command_line,$(word)),$(word))))
CORRECTION := $(if $(OTHERS),$(shell $(PYTHON) -m setup.misspelled $(OTHERS) -- $(NAMES)))
$(if $(CORRECTION),$(error $(CORRECTION)))
smoke update: $(PACKAGES)
	@./keyperim $@ --instance="$$GIVEN_INSTANCE" --workload="$$GIVEN_WORKLOAD" --document="$$GIVEN_DOCUMENT" --region="$$GIVEN_REGION" --prompt="$$GIVEN_PROMPT" --json="$$GIVEN_JSON" --expect-denied="$$GIVEN_EXPECT_DENIED" --no-egress="$$GIVEN_NO_EGRESS"

# The client as the package keyless-client (docs/decisions/022-wheel-and-zips.md), and the constructs as keyless-constructs
# (docs/decisions/051-constructs-wheel.md).
wheel: .tools/build/.ready
	@rm -rf dist/keyless_*
	@for package in client constructs; do (cd packaging/$$package && ../../.tools/build/bin/python -m hatchling build --target wheel --directory ../../dist >/dev/null) || exit 1; done
	@ls dist/keyless_*.whl

# Zips for AWS Lambda: make lambda WORKLOAD=summaries RUNTIME=python3.13 ARCHITECTURE=arm64. Without words all six.
lambda: wheel .venv/.packages
	@.venv/bin/python -m setup.index .venv/bin/python -m setup.lambda_zips --wheel dist/keyless_client-*.whl --workload="$$GIVEN_WORKLOAD" --runtime="$$GIVEN_RUNTIME" --architecture="$$GIVEN_ARCHITECTURE"

# Bytecode is kept, whatever the caller's variables say: hundreds of programs are started, and each would compile itself.
PYTEST = PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest --dist loadgroup --no-loadscope-reorder
test: .venv/.dev-packages .venv-cdktn/.packages node_modules/.ready .tools/build/.ready
	@$(PYTEST) -n 3 $(TESTS)

# What needs neither Terraform nor the local cloud.
test-fast: .venv/.dev-packages
	@$(PYTEST) -n 2 tests/constructs_lib tests/policy tests/review tests/stacks

# What tests/test_architecture.py asserts: one list of checked folders, there.
check: .venv/.dev-packages
	@$(PYTEST) tests/test_architecture.py

format: .venv/.dev-packages
	@.venv/bin/python -m ruff check -q --fix .
	@.venv/bin/python -m ruff format -q .

# Both stacks deployed on loopback, and who gets in; then three teams in a shared perimeter: about six minutes. SIMULATE=1 leaves Terraform out.
demo: .venv/.dev-packages
	@./keyperim demo $(if $(filter-out 0 false no,$(SIMULATE)),--simulate)

# Every mode, fault and caller that takes too long for `make test`, with the real providers: an hour or more. It needs google 6.50.0 and a 7 from 7.45 on in the mirrors. Renews docs/verification.md and docs/faults.md.
soak: .venv/.dev-packages .venv-cdktn/.packages node_modules/.ready .tools/build/.ready
	@SOAK=1 $(PYTEST) -n 2 $(or $(TESTS),tests/access/test_kinds.py tests/client/test_secrets.py tests/delivery tests/deploy/test_mutation.py tests/e2e tests/faults tests/localcloud tests/packaging tests/review/test_whole.py tests/setup tests/slim_bindings tests/soak tests/terraform tests/upgrade/test_page.py)

# The last line fails if ENGINE is misspelled, or if its packages cannot be used.
setup: .venv/.dev-packages $(SUCCESSOR)
	@setup/engine.sh -c ''

.venv/bin/python .venv-cdktn/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "python 3.11 or newer is needed, got: $$($(PYTHON) --version 2>/dev/null || echo no program $(PYTHON)); name another one with make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv $(@:/bin/python=) || { rm -f $@; echo "python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }

# From the machine's own index: docs/how-to/mirrors.md.
.venv/.packages: Pipfile Pipfile.lock | .venv/bin/python
	@echo "installing the locked packages into .venv (once, half a minute)" >&2
	@.venv/bin/python -m setup.install Pipfile.lock
	@touch $@

.venv/.dev-packages: Pipfile Pipfile.lock | .venv/bin/python
	@echo "installing the locked packages and the test tools into .venv (once, a minute)" >&2
	@.venv/bin/python -m setup.install Pipfile.lock --dev
	@touch .venv/.packages $@

.venv-cdktn/.packages: setup/cdktn/Pipfile setup/cdktn/Pipfile.lock | .venv-cdktn/bin/python
	@echo "installing cdktn's locked packages into .venv-cdktn (once, half a minute)" >&2
	@.venv-cdktn/bin/python -m setup.install setup/cdktn/Pipfile.lock
	@touch $@

# The command lines of both engines. Without them everything works but `cdktf`, `cdktn` and their tests.
node_modules/.ready: package-lock.json
	@command -v npm >/dev/null || { echo "npm is not on PATH: the cdktf and cdktn command lines are not installed, and their tests are skipped"; exit 0; }; \
	echo "installing the cdktf and cdktn command lines into node_modules (once, half a minute)"; \
	if $(PYTHON) -m setup.index npm ci --no-audit --no-fund --loglevel=error; then touch $@; else \
	rm -rf node_modules; echo "npm could not install the cdktf and cdktn command lines: their tests are skipped" >&2; fi

# What a tool needs, from setup/<tool>.txt, in a separate environment: build makes the wheel, pipenv locks.
.tools/%/.ready: setup/%.txt | .venv/bin/python
	@echo "installing what setup/$*.txt names into .tools (once, a few seconds)" >&2
	@rm -rf .tools/$*
	@.venv/bin/python -m venv .tools/$*
	@.tools/$*/bin/python -m setup.install setup/$*.txt
	@touch $@

lock-packages: .tools/pipenv/.ready
	@.venv/bin/python -m setup.index .tools/pipenv/bin/pipenv lock
	@PIPENV_PIPFILE=setup/cdktn/Pipfile PIPENV_IGNORE_VIRTUALENVS=0 VIRTUAL_ENV=$(CURDIR)/.tools/pipenv .venv/bin/python -m setup.index .tools/pipenv/bin/pipenv lock
	@.venv/bin/python -m setup.index npm update --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved
	@.venv/bin/python -m setup.strip_lock Pipfile.lock setup/cdktn/Pipfile.lock package-lock.json
	@.venv/bin/python -m setup.index .tools/pipenv/bin/python -m setup.client_requirements Pipfile.lock client/requirements.txt
	@.venv/bin/python -m setup.index .tools/pipenv/bin/python -m setup.tool_requirements

# What does not pass stays in the folder, to be read or undone: git checkout -- Pipfile.lock package-lock.json client setup.
update-packages: lock-packages
	@$(MAKE) test

# CHANGELOG.md, the version and tests/upgrade/VERSION: CONTRIBUTING.md. A minute for each environment.
release: .venv/.dev-packages
	@.venv/bin/python -m tests.upgrade.release "$$GIVEN_VERSION"

clean:
	@[ ! -d .runs ] || $(PYTHON) -m deploy.active_runs >&2 || { echo "nothing was removed: end the run first" >&2; exit 2; }
	@[ ! -d .cache ] || chmod -R u+w .cache # the providers are read-only
	rm -rf .venv .venv-cdktn .tools .cache cdktf.out dist node_modules
	@if find .runs -name errored.tfstate 2>/dev/null | grep .; then echo "not removed: a state that was not saved, see docs/runbooks/deploy.md#when-an-apply-fails" >&2; else rm -rf .runs; fi

# ENVIRONMENT=prod on the command line: only the files of that environment, which need not be one of the kit's.
OWN = $(filter command,$(origin ENVIRONMENT))
snapshots: .venv/.dev-packages
	@$(if $(OWN),[ -f "environments/$$ENVIRONMENT.toml" ] || { echo "ENVIRONMENT is '$$ENVIRONMENT'; there is no environments/$$ENVIRONMENT.toml" >&2; exit 2; })
	@RENEW_SNAPSHOTS=$(if $(OWN),"$$ENVIRONMENT",1) .venv/bin/python -m pytest -q tests/stacks/test_environments.py
	@$(if $(OWN),ls "tests/snapshots/$$ENVIRONMENT".*)

# Ratios against a bare cdktf app, ordinary imports and TypeScript; writes docs/benchmarks.md. Ten minutes.
bench: .venv/.dev-packages .venv-cdktn/.packages
	@.venv/bin/python -m bench
