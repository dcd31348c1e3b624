#!/bin/bash
# Test every host role on a real machine: create, converge, idempotence, break something, converge,
# verify, destroy. The first command removes what an interrupted run left behind.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

molecule destroy -s default
molecule test --all
