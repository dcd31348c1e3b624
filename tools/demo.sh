#!/bin/bash
# The whole workflow on the local cloud: plan, deploy, ingest, train, show the result. The playbooks are
# the same as on AWS; only the AWS_* variables differ.
#   tools/demo.sh --check [--hosts none]   only check, before setup, whether it can run here
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

port=5700
data_dir=
hosts=podman
check=
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift 2 ;;
    --data-dir) data_dir=$(realpath "$2"); shift 2 ;;
    --hosts) hosts=$2; shift 2 ;;
    --check) check=yes; shift ;;
    *) echo "usage: tools/demo.sh [--port N] [--data-dir DIR] [--hosts podman|none] [--check]" >&2; exit 2 ;;
  esac
done
case $hosts in
  podman | none) ;;
  *) echo "HOSTS must be podman or none, not $hosts" >&2; exit 2 ;;
esac

# Setup takes minutes, so what it cannot change is checked first. Any Python 3.11 or newer will do
# for that; on a machine without one (Debian, root), setup installs it.
can_run() {
  [ "$hosts" = none ] && return
  python=$(command -v python3) && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || return 0
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=src "$python" -m localcloud.hosts.preflight
}

if [ -n "$check" ]; then
  can_run
  exit
fi

step() { printf '\n\033[1m==> [%3ds] %s\033[0m\n' "$SECONDS" "$*"; }
# Hosts are on this machine, and so is everybody who connects to them: no public address is looked up.
inputs='-e allowed_cidrs=127.0.0.1/32'
play() { ansible-playbook "playbooks/$1.yml" -e env=dev $inputs "${@:2}"; }

stopped() {
  echo "The demo stopped in the step above." >&2
  if localcloud status --port "$port" >/dev/null 2>&1; then
    echo "The local cloud on port $port is still up: make down PORT=$port removes it." >&2
  fi
}
trap stopped ERR

if [ "$hosts" = none ] && ! python -c 'import torch' 2>/dev/null; then
  echo "Training on this machine needs torch, which setup could not install: see .cache/torch.log" >&2
  exit 1
fi

step "start the local cloud on port $port"
localcloud up --port "$port" --hosts "$hosts"
eval "$(localcloud env --port "$port")"

step "plan: what deploy.yml would do"
play deploy --check

step "deploy the environment dev"
play deploy

step "ingest ${data_dir:-synthetic data}"
play ingest ${data_dir:+-e "data_dir=$data_dir"}

if [ "$hosts" = none ]; then
  step "train on this machine, as there are no hosts"
  ansible-playbook tools/train_here.yml -e env=dev $inputs
else
  step "launch a host, let it configure itself, train"
  play train
fi

step "status and cost"
play status

bin=.venv/bin
cat <<END

The demo took ${SECONDS} s. The local cloud is still up. Try next:

  # point any AWS client at it
  eval "\$($bin/localcloud env --port $port)"
  # deploy again, which changes nothing
  $bin/ansible-playbook playbooks/deploy.yml -e env=dev $inputs
  # plan prod
  $bin/ansible-playbook playbooks/deploy.yml -e env=prod --check
END
if [ "$hosts" != none ]; then
  cat <<END
  # train again on the same host
  $bin/ansible-playbook playbooks/train.yml -e env=dev $inputs
END
fi
cat <<END
  # remove the environment, then leave the local cloud and remove it
  $bin/ansible-playbook playbooks/destroy.yml -e env=dev
  eval "\$($bin/localcloud env --unset)"
  make down PORT=$port

With real data, if you have them (docs/workload.md): make demo DATA_DIR=...
END
