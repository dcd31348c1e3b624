#!/bin/sh
# Pin what is installed, for Python 3.11 and newer, without any registry's address.
#   requirements/host.lock     a training host: the wheel's extra `train`
#   requirements/control.lock  the control machine: everything but torch
# torch itself is pinned in pyproject.toml. What its CUDA build would bring is left out: hosts take
# the CPU build, whose wheel needs none of it.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
    --no-emit-find-links --no-annotate --no-header "$@" --output-file requirements/new.lock
}
cuda='^(nvidia-|cuda-|triton|torch==)'
compile pyproject.toml --extra train
{ grep -Ev "$cuda" requirements/new.lock; sed -n 's/.*"\(torch==[0-9.]*\)".*/\1/p' pyproject.toml; } \
  > requirements/host.lock
compile pyproject.toml --group control --group dev --constraint requirements/host.lock
mv requirements/new.lock requirements/control.lock
