#!/bin/sh
# Make .venv and install what the project needs; say in one line what is missing and how to mend it.
# A second run with nothing changed only compares a checksum.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
warn() { printf '==> %s\n' "$*" >&2; }
die() { warn "$*"; exit 1; }

# The newest interpreter that really runs: a name on PATH may be a version manager's empty shim.
newest_python() {
  for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name" && return
    fi
  done
  return 1
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

missing_packages() {
  "$python" -c 'import ensurepip' >/dev/null 2>&1 || echo python3-venv
  for pair in podman:podman runc:runc mmdebstrap:mmdebstrap nft:nftables ip:iproute2 nsenter:util-linux \
    ssh-keygen:openssh-client git:git; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
}

install_packages() {
  packages=$(missing_packages | tr '\n' ' ')
  [ -z "$packages" ] && return
  if can_apt; then
    say "installing Debian packages: $packages"
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages \
      >.cache/apt.log 2>&1 || die "apt-get failed, see .cache/apt.log"
  else
    warn "missing: $packages (install them as root: apt-get install $packages);" \
      "without podman the local cloud has no hosts: localcloud up --hosts none"
  fi
}

uv() {
  # Trust what the machine trusts, and ask the index that pip is set to ask.
  UV_SYSTEM_CERTS=1 UV_FIND_LINKS="${UV_FIND_LINKS:-}" \
    UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || true)}}" \
    .venv/bin/uv pip "$@" --quiet --python .venv
}

# Only a CPU build of torch is wanted here (its CUDA build is a 3 GB download): from a directory of
# wheels, else from the index that the hosts use. Only the model's unit tests need it.
install_torch() {
  pin=$(sed -n 's/.*"\(torch==[0-9.]*\)".*/\1/p' pyproject.toml)
  index=$(sed -n 's/^pytorch_index_url: *"\{0,1\}\([^" ]*\).*/\1/p' roles/pytorch/defaults/main.yml)
  for dir in ${PIP_FIND_LINKS:-}; do
    [ -d "$dir" ] && uv install --no-deps --no-index --find-links "$dir" "$pin" 2>/dev/null && return
  done
  UV_HTTP_TIMEOUT=10 uv install --no-deps --default-index "$index" "$pin" 2>.cache/torch.log
}

python=$(newest_python) || { can_apt && apt-get update -qq && apt-get install -y -qq python3 \
  python3-venv && python=$(newest_python); } || die "Python 3.11 or newer is needed: apt-get install python3"
mkdir -p .cache
install_packages

interpreter=$("$python" -c 'import sys; print(sys.version, sys.base_prefix)')
stamp=$({ echo "$interpreter"; pwd; cat pyproject.toml requirements/*.lock tools/setup.sh; } | sha256sum)
[ -x .venv/bin/uv ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$stamp" ] && exit 0

say "setting up .venv with $("$python" -V)"
if [ "$(cat .venv/interpreter 2>/dev/null)" != "$interpreter" ]; then
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check uv 2>.cache/pip.log ||
    die "pip could not install uv, see .cache/pip.log"
  echo "$interpreter" >.venv/interpreter
fi
grep -v '^torch==' requirements/host.lock >.cache/host.lock
uv install -r requirements/control.lock -r .cache/host.lock
uv install --no-deps --editable .
# Without it the next set-up tries again: it may have been the network.
if install_torch; then
  echo "$stamp" >.venv/stamp
else
  warn "no CPU build of torch for this Python (see .cache/torch.log): the model's unit tests will be skipped"
fi
