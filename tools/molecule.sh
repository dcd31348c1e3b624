#!/bin/bash
# Test every host role on a real machine: create, converge, idempotence, break something, converge,
# verify, destroy. The first command removes what an interrupted run left behind.
#   tools/molecule.sh              all scenarios, on one machine
#   tools/molecule.sh -s pytorch   one scenario, on a machine of its own
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
# Molecule's own choice depends only on the name of the checkout's directory: two of them would share it.
export MOLECULE_EPHEMERAL_DIRECTORY=$PWD/.cache/molecule

molecule destroy -s default
rm -rf "$MOLECULE_EPHEMERAL_DIRECTORY" # it remembers what was prepared on a machine that is gone
molecule test "${@:---all}"
