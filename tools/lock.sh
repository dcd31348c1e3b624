#!/bin/sh
# Pin, with hashes, the packages for Python 3.11 and newer. Without --upgrade, a pin changes only if
# pyproject.toml requires it. No lock file names a registry: the installing machine selects it.
#   requirements/host.lock     a training host: the wheel's extra `train`, without torch
#   requirements/torch.lock    torch's CPU build, the only package from PyTorch's own index
#   requirements/control.lock  the control machine, with the host's pins as constraints
#   requirements/uv.lock       uv, which `make setup` uses to install the rest
#   requirements/audit/*.lock  the tools of `make audit`
#   roles/python_runtime/files/pip.lock  pip on a training host
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compile OUTPUT INPUT...: existing pins in OUTPUT are kept if they still fit.
compile() {
  output=$1
  shift
  UV_SYSTEM_CERTS=1 .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header $upgrade \
    "$@" --output-file "$output" >/dev/null
}

upgrade=${1:-}
pin=$(sed -n 's/.*"\(torch==[0-9.]*\)".*/\1/p' pyproject.toml)
index=$(sed -n 's/^pytorch_index_url: *"\{0,1\}\([^" ]*\).*/\1/p' roles/pytorch/defaults/main.yml)

# Leave out the CUDA dependencies of PyPI's torch build: the CPU build does not need them.
cp requirements/host.lock "$work/host.lock"
compile "$work/host.lock" pyproject.toml --extra train
awk '/^[^ ]/ { keep = !/^(nvidia-|cuda-|triton|torch==)/ } keep' "$work/host.lock" \
  >requirements/host.lock

# The CPU build's versions end in +cpu (no suffix on macOS), so no other index can serve them.
# Only PyTorch's index has their hashes: if it is unreachable, an existing lock of this pin is kept.
cat >"$work/torch.in" <<END
$pin+cpu ; sys_platform == "linux"
$pin ; sys_platform == "darwin"
END
compile "$work/torch.lock" "$work/torch.in" --no-deps --default-index "$index" 2>"$work/error" &&
  mv "$work/torch.lock" requirements/torch.lock ||
  grep -qF "$pin+cpu" requirements/torch.lock ||
  { cat "$work/error" >&2; echo "==> $pin needs new hashes from $index, which failed" >&2; exit 1; }

compile requirements/control.lock pyproject.toml --extra ingest --group control --group dev \
  --constraint requirements/host.lock
echo uv | compile requirements/uv.lock -
echo pip | compile roles/python_runtime/files/pip.lock -
for grader in requirements/audit/*.in; do
  compile "${grader%.in}.lock" "$grader"
done
