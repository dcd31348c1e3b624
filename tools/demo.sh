#!/bin/bash
# The main job, end to end, on the local cloud: plan, deploy, ingest, train, look at the result.
# The very playbooks that run on AWS; only the AWS_* variables point elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

port=5700
data_dir=
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift 2 ;;
    --data-dir) data_dir=$(realpath "$2"); shift 2 ;;
    *) echo "usage: tools/demo.sh [--port N] [--data-dir DIR]" >&2; exit 2 ;;
  esac
done

step() { printf '\n\033[1m==> [%3ds] %s\033[0m\n' "$SECONDS" "$*"; }
play() { ansible-playbook "playbooks/$1.yml" -e env=dev "${@:2}"; }

trap 'echo "The demo stopped in the step above; the local cloud on port $port is still up: make down PORT=$port removes it." >&2' ERR

step "start the local cloud on port $port"
localcloud up --port "$port"
eval "$(localcloud env --port "$port")"

step "plan: what deploy.yml would do"
play deploy --check

step "deploy the environment dev"
play deploy

step "ingest ${data_dir:-synthetic data}"
play ingest ${data_dir:+-e "data_dir=$data_dir"}

step "launch a host, let it configure itself, train"
play train

step "what there is now, and what it costs"
ANSIBLE_DISPLAY_OK_HOSTS=no play status

cat <<END

It took ${SECONDS} s. The local cloud is still up (make down PORT=$port removes it). Try next:

  eval "\$(.venv/bin/localcloud env --port $port)"              point any AWS client at it
  .venv/bin/ansible-playbook playbooks/deploy.yml -e env=dev    a second deploy changes nothing
  .venv/bin/ansible-playbook playbooks/deploy.yml -e env=prod --check
  .venv/bin/ansible-playbook playbooks/train.yml -e env=dev -e training_after=keep
  make demo DATA_DIR=<directory>                                real data, where you have them (docs/workload.md)
  .venv/bin/ansible-playbook playbooks/destroy.yml -e env=dev
END
