#!/bin/bash
# Every host role on a real machine: create, converge, idempotence, break something, converge,
# verify, destroy. The first command removes what a run that was killed has left.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

molecule destroy -s default
molecule test --all
