# The commands of the project. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

PORT ?= 5700
# The real public files (docs/workload.md says which). The demo is asked for them; the tests take
# them where they lie beside the checkout, and say so where they do not.
DATA_DIR ?=
export CARDIOLOGY_DATA_DIR ?= $(or $(DATA_DIR),$(abspath $(wildcard ../shared/data)))

.PHONY: help setup demo test lint unit torture molecule e2e audit bench sanity policy down lock

help:  ## list the commands
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1\t/p' Makefile | expand -t 18

setup:  ## install everything into .venv (and Debian packages, as root)
	@tools/setup.sh

demo: setup  ## build an environment on the local cloud and train a model [DATA_DIR=...]
	@tools/demo.sh --port $(PORT) $(if $(DATA_DIR),--data-dir "$(DATA_DIR)")

down:  ## remove the local cloud that the demo left up
	@if [ -x .venv/bin/localcloud ]; then localcloud down --port $(PORT); else echo "nothing is set up here"; fi

test: lint unit molecule e2e  ## prove everything: lint, unit, Molecule, end to end

lint: setup  ## ruff, mypy, ansible-lint (production)
	ruff check .
	ruff format --check .
	mypy
	ansible-lint --offline

unit: setup  ## pure and fast, with a sample of the torture
	pytest tests/unit tests/torture -n 2 --dist loadfile

torture: setup  ## throttle, fail, reset, lose the reply and kill at every call in turn (70 min)
	TORTURE=all pytest tests/torture -n 2
	MUTATIONS=all pytest tests/unit/plugins/module_utils/estate/test_mutation.py

molecule: setup  ## the host roles, each on a machine of its own
	tools/molecule.sh

e2e: setup  ## the real playbooks on a local cloud of their own
	pytest tests/e2e -n 2 --dist loadfile

bench: setup  ## how fast: ours, a plain playbook, bare boto3 side by side [WRITE=1: into docs/performance.md]
	python tests/bench/bench.py $(if $(WRITE),--write)

audit: setup  ## graded by others: Prowler, parliament, cloudsplaining, detect-secrets, IAM
	tools/audit.sh

policy: setup  ## write docs/deployer-policy.json: what the person who deploys must be allowed
	tools/deployer_policy.py > docs/deployer-policy.json

sanity: setup  ## ansible-test sanity on a true copy of the collection
	tools/sanity.sh

lock: setup  ## pin the newest versions
	tools/lock.sh
