# Every target sets up .venv by itself from the hashed requirements; the second time that costs nothing.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
FLASK  := $(BIN)/flask --app app
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'

# A stamp is newer than the file it was installed from, or the packages are installed again.
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev

# Clients of other people, which judge the sandbox: apart from our own packages, and without Node those of Node are left out.
OUTSIDERS := .outsiders
FOREIGN   := tests/outsiders
PEOPLE    := $(OUTSIDERS)/python/.installed $(if $(shell command -v npm),$(OUTSIDERS)/node/.installed)

.DEFAULT_GOAL := help
.PHONY: help demo run sandbox test test-slow test-pairs sweep plans mutate fidelity lint types bench bench-peers pictures lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUNTIME)  ## synchronise a local Zoho CRM and Xero, then serve them (ONCE=1: stop after the report)
	$(FLASK) demo $(if $(ONCE),--once)

run: $(RUNTIME)  ## serve with the settings of the environment or .env
	$(FLASK) run

sandbox: $(RUNTIME)  ## serve a local Zoho CRM on port 8001 and a local Xero on port 8002
	$(FLASK) sandbox --zoho-port 8001 --xero-port 8002

test: $(DEV) $(PEOPLE)  ## everything but the slow tests (PYTEST='-k name' adds options, CHROMIUM=/path is the browser)
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n 3 --dist worksteal -m 'not slow' --durations=10 --durations-min=1 -rs $(PYTEST)

test-slow: $(DEV) $(PEOPLE)  ## the slow tests: 40,000 stories, full mutation lists, every break of a run
	$(BIN)/pytest -n 2 --dist worksteal -m slow --durations=10 --durations-min=1 -rs $(PYTEST)
	$(BIN)/python -m tests.system.sweep

plans: $(DEV)  ## how PostgreSQL answers every question beside 5,000 connections; writes docs/plans.md
	$(BIN)/python -m tests.contract.plans_page

# Faults, isolation and everything that synchronises; what needs neither database nor queue of its own is left to test.
PAIRED := $(addprefix tests/system/,$(notdir $(wildcard $(addprefix tests/system/test_,*_live.py *faults*.py kill.py neighbours.py jobs_*.py performing*.py preparing.py signals.py serving_cron.py serving_ends.py day.py clocks.py people_between.py mailing.py pairs.py))))

test-pairs: $(DEV)  ## sync, fault and isolation tests on PostgreSQL, by threads and by Procrastinate, and a sample of the sweep
	$(BIN)/pytest -n 2 --dist worksteal --memory=postgres -rs $(PAIRED) $(PYTEST)
	$(BIN)/pytest -n 2 --dist worksteal --memory=postgres --queue=procrastinate -m queued -rs $(PAIRED) $(PYTEST)
	$(BIN)/python -m tests.system.sweep --database postgres --sample 30

sweep: $(DEV)  ## break every call of a run, cut and killed, before and after its effect; writes docs/reliability.md
	$(BIN)/python -m tests.system.sweep

mutate: $(DEV)  ## remove one rule of the engine, then of the sandbox, at a time and see that a test notices
	$(BIN)/python -m tests.sim.mutate
	$(BIN)/python -m tests.fidelity.removing

fidelity: $(DEV)  ## write docs/sandbox.md: what the sandbox does as the services do, and who says so
	$(BIN)/python -m tests.fidelity

lint: $(DEV)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)  ## mypy --strict
	$(BIN)/mypy

openapi: $(RUNTIME)  ## write docs/openapi.json, the description of the panels' API
	$(FLASK) spec --output docs/openapi.json --indent 2 > /dev/null

bench: $(DEV)  ## calls over the floor, speed and memory, as ratios measured in one run
	$(BIN)/python -m bench

bench-peers: $(DEV)  ## the same work by what a user would pick instead, side by side (BENCH=--quick: small numbers)
	$(BIN)/python -m bench.peers $(BENCH)

pictures: $(DEV)  ## draw the pictures of docs/user-guide.md anew
	$(BIN)/python -m tests.browser.pictures

lock: $(DEV)  ## write requirements*.txt anew from requirements*.in
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) $(FOREIGN)/requirements.in -o $(FOREIGN)/requirements.txt
	for each in bench/peers/*/requirements.in; do $(LOCK) $$each -o $${each%.in}.txt || exit 1; done
	cd $(FOREIGN) && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:  ## remove .venv and caches; the instance folder with its data stays
	rm -rf $(VENV) $(OUTSIDERS) .peers .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing the packages of $< (under a minute) ..."
	@$(PIP) -r $<
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "Installing the packages of $< ..."
	@$(PIP) -r $<
	@touch $@

$(OUTSIDERS)/python/.installed: $(FOREIGN)/requirements.txt | $(BIN)/python
	@echo "Installing the clients that judge the sandbox (Python) ..."
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes -r $<
	@touch $@

$(OUTSIDERS)/node/.installed: $(FOREIGN)/package-lock.json $(FOREIGN)/package.json
	@echo "Installing the clients that judge the sandbox (Node) ..."
	@mkdir -p $(@D)
	@cp $^ $(@D)/
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
