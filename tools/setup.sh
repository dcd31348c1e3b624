#!/bin/sh
# Create .venv and install what the project needs, from lock files and with every hash checked.
# A second run with nothing changed only compares a checksum.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
warn() { printf '==> %s\n' "$*" >&2; }
die() { warn "$*"; exit 1; }

# waiting WHAT COMMAND...: run it, and print WHAT every ten seconds until it ends.
waiting() {
  what=$1
  shift
  (
    seconds=0
    # It ends when this script ends, for any reason; sleep must not hold a pipe open.
    while sleep 10 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
      seconds=$((seconds + 10))
      echo "  ... $what ($seconds s)"
    done
  ) &
  ticker=$!
  status=0
  "$@" || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  return "$status"
}

# The newest interpreter that works: a name on PATH may be an empty shim of a version manager.
newest_python() {
  for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name" && return
    fi
  done
  return 1
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# HOSTS=none leaves out the packages for hosts.
missing_packages() {
  "$python" -c 'import ensurepip' >/dev/null 2>&1 || echo python3-venv
  for_hosts='podman:podman runc:runc mmdebstrap:mmdebstrap nft:nftables ip:iproute2 nsenter:util-linux'
  [ "${HOSTS:-}" = none ] && for_hosts=
  for pair in $for_hosts ssh-keygen:openssh-client git:git; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >.cache/apt.log 2>&1
}

install_packages() {
  packages=$(missing_packages | tr '\n' ' ')
  [ -z "$packages" ] && return
  if can_apt; then
    say "installing Debian packages: $packages"
    waiting "reading the package lists" apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    waiting "installing Debian packages" apt_install $packages ||
      die "apt-get failed, see .cache/apt.log"
  else
    warn "missing: $packages(as root: apt-get install $packages)." \
      "Without podman the local cloud has no hosts: localcloud up --hosts none, make demo HOSTS=none"
  fi
}

uv() {
  # Use the machine's certificates, and the index in pip's settings.
  UV_SYSTEM_CERTS=1 UV_FIND_LINKS="${UV_FIND_LINKS:-}" \
    UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || true)}}" \
    .venv/bin/uv pip "$@" --quiet --python .venv
}

# install_locked NAME OPTION...: all of requirements/NAME.lock.
install_locked() {
  lock=requirements/$1.lock
  shift
  uv install --require-hashes --requirement "$lock" "$@"
}

# torch comes from a directory of wheels with the CPU build, else from the index that the hosts use
# (PyPI's build is a 3 GB download, for CUDA). Only training and its unit tests need it.
install_torch() {
  index=$(sed -n 's/^pytorch_index_url: *"\{0,1\}\([^" ]*\).*/\1/p' roles/pytorch/defaults/main.yml)
  for dir in ${PIP_FIND_LINKS:-}; do
    [ -d "$dir" ] && install_locked torch --no-deps --no-index --find-links "$dir" 2>/dev/null && return
  done
  UV_HTTP_TIMEOUT=10 install_locked torch --no-deps --default-index "$index" 2>.cache/torch.log
}

# Where Python may not cache what it compiles, each playbook would compile Ansible again, for seconds.
# Ansible compiles collections itself, whatever is cached.
compile_packages() {
  [ -z "${PYTHONDONTWRITEBYTECODE:-}" ] && return
  PYTHONDONTWRITEBYTECODE='' .venv/bin/python -m compileall -q -j 0 -x '/(tests|ansible_collections)/' \
    .venv/lib >.cache/compile.log || true # some packages contain files for other versions of Python
}

# Ansible looks for collections next to a playbook, which works in any working directory: ansible.cfg is
# read only in this one.
ln -sfn ../collections playbooks/collections

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
  echo "$interpreter" >.venv/interpreter
fi
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement requirements/uv.lock 2>.cache/pip.log || die "pip could not install uv, see .cache/pip.log"
waiting "installing Python packages" install_locked control --requirement requirements/host.lock
uv install --no-deps --no-build-isolation --editable .
# Without torch, the next setup tries again: the network may have been down.
if waiting "installing torch" install_torch; then
  echo "$stamp" >.venv/stamp
else
  warn "no CPU build of torch for this Python (see .cache/torch.log): the model's unit tests are" \
    "skipped, and make demo HOSTS=none cannot train"
fi
waiting "compiling Python packages" compile_packages
