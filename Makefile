# The commands of the project. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

PORT ?= 5700
# The demo's hosts: podman containers, or none, in which case this machine trains.
HOSTS ?= podman
# The directory of the real public files, listed in docs/workload.md. Without it, the demo uses
# synthetic data; the tests look next to the checkout and skip those that need the files.
DATA_DIR ?=
export CARDIOLOGY_DATA_DIR ?= $(or $(DATA_DIR),$(abspath $(wildcard ../shared/data)))

.PHONY: help setup demo test lint unit torture molecule e2e audit bench sanity peers generate policy down lock

help:  ## list the commands
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1\t/p' Makefile | expand -t 18

setup:  ## install everything into .venv (and Debian packages, as root)
	@tools/setup.sh

demo:  ## build an environment on the local cloud and train a model [HOSTS=none] [DATA_DIR=...]
	@tools/demo.sh --check --hosts $(HOSTS)
	@HOSTS=$(HOSTS) tools/setup.sh
	@tools/demo.sh --port $(PORT) --hosts $(HOSTS) $(if $(DATA_DIR),--data-dir "$(DATA_DIR)")

down:  ## stop and remove the local cloud of the demo [PORT=...]
	@if [ -x .venv/bin/localcloud ]; then localcloud down --port $(PORT); else echo "nothing is installed here: make setup"; fi

test: lint unit molecule e2e  ## run all the tests: lint, unit, Molecule, end to end

lint: setup  ## ruff, mypy, ansible-lint (production)
	ruff check .
	ruff format --check .
	mypy
	mypy $(wildcard roles/*/files/*.py)
	ansible-lint --offline

unit: setup  ## fast tests without hosts, with a sample of the torture tests
	pytest tests/unit tests/torture -n 2 --dist loadfile

torture: setup  ## inject a fault at every AWS call in turn (70 min)
	TORTURE=all pytest tests/torture -n 2
	MUTATIONS=all pytest tests/unit/plugins/module_utils/estate/engine/test_mutation.py

molecule: setup  ## test the host roles, each on its own machine
	tools/molecule.sh

e2e: setup  ## run the playbooks on a separate local cloud
	pytest tests/e2e -n 2 --dist loadfile

bench: setup  ## measure speed against amazon.aws modules and plain boto3 [WRITE=1: update docs/performance.md]
	python tests/bench/bench.py $(if $(WRITE),--write)

audit: setup  ## run Prowler, parliament, cloudsplaining, detect-secrets and two IAM simulators
	tools/audit.sh

peers: setup  ## run moto's own tests against the local cloud and against plain moto
	tools/audit.sh install peers
	python tests/peers/compare.py

generate: setup  ## write the argument specs, defaults and comments that follow from the table of inputs
	tools/inputs.py
	tools/role_readmes.py

policy: setup  ## write the IAM policies in docs: of whoever deploys, and the boundary of roles
	tools/deployer_policy.py > docs/deployer-policy.json
	tools/deployer_policy.py --print-boundary > docs/boundary-policy.json

sanity: setup  ## run ansible-test sanity, galaxy-importer and antsibull-docs on the collection
	tools/sanity.sh

lock: setup  ## lock the dependencies, with hashes [UPGRADE=1: at their newest versions]
	tools/lock.sh $(if $(UPGRADE),--upgrade)
