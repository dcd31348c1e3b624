#!/bin/bash
# Have the project graded by tools that others wrote; `make audit` runs all of it.
#   tools/audit.sh                    deploy prod on a local cloud of its own, and grade everything
#   tools/audit.sh install policy     the graders of policies and secrets, which `make unit` uses too
#   tools/audit.sh install all        Prowler and the IAM simulator as well
# Each set lives in its own directory under .venv-audit: Prowler pins another boto3 than ours.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
port=${PORT:-5760}
out=.cache/audit
services=(s3 iam ec2 vpc cloudtrail cloudwatch kms sns)

say() { printf '\n\033[1m==> [%3ds] %s\033[0m\n' "$SECONDS" "$*"; }

# venv NAME: an environment from requirements/audit/NAME.lock, unless it is there already.
venv() {
  local dir=.venv-audit/$1 lock=requirements/audit/$1.lock
  cmp -s "$lock" "$dir/installed.lock" && return
  uv venv --quiet --clear --python .venv/bin/python "$dir"
  UV_SYSTEM_CERTS=1 uv pip install --quiet --python "$dir" --requirement "$lock"
  cp "$lock" "$dir/installed.lock"
}

simulator() {
  local dir=.venv-audit/node lock=requirements/audit/node/package-lock.json
  cmp -s "$lock" "$dir/package-lock.json" && [ -d "$dir/node_modules" ] && return
  rm -rf "$dir" && mkdir -p "$dir"
  cp requirements/audit/node/package.json "$dir"
  (PATH=$PWD/.venv-audit/prowler/bin:$PATH && cp "$lock" "$dir.lock" && cd "$dir" &&
    mv ../node.lock package-lock.json && npm ci --silent --no-audit --no-fund --ignore-scripts)
}

# Two test processes may ask at once.
install_graders() {
  mkdir -p .cache .venv-audit
  exec 9>.cache/audit.lock
  flock 9
  venv policy
  if [ "$1" = all ]; then
    venv prowler
    simulator
  fi
  flock --unlock 9
}

case ${1:-} in
  install) install_graders "${2:-all}"; exit ;;
  '') ;;
  *) echo "usage: tools/audit.sh [install policy|all]" >&2; exit 2 ;;
esac

say "install the graders"
install_graders all
mkdir -p "$out"

say "policies and files: parliament, cloudsplaining, detect-secrets, two IAM simulators"
POSTURE_NODE=$PWD/.venv-audit/prowler/bin/node \
  pytest -q tests/unit/plugins/module_utils/estate/posture

say "every playbook that runs here, with the deployer's policy and nothing else, IAM enforced"
POSTURE_NODE=$PWD/.venv-audit/prowler/bin/node pytest -q tests/audit

say "deploy prod on a local cloud of its own, port $port"
trap 'localcloud down --port "$port"' EXIT
localcloud up --port "$port" --hosts none
eval "$(localcloud env --port "$port")"
ansible-playbook playbooks/deploy.yml -e env=prod -e "ssh_private_key_file=$PWD/$out/key" \
  -e alarm_emails='["audit@example.org"]' -e budget_alert_emails='["audit@example.org"]' \
  >"$out/deploy.log" || { tail -40 "$out/deploy.log"; exit 1; }

rm -f "$out/prowler.csv"  # Prowler would add to it
say "Prowler: ${services[*]}"
.venv-audit/prowler/bin/prowler aws --region us-west-2 us-east-2 \
  --service "${services[@]}" --mutelist-file tests/audit/mutelist.yaml --no-banner --no-color \
  --ignore-exit-code-3 --log-level CRITICAL --output-formats csv --output-filename prowler \
  --output-directory "$PWD/$out" >"$out/prowler.log"
python tests/audit/judge.py "$out/prowler.csv" tests/audit/mutelist.yaml

say "nothing found"
