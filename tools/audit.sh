#!/bin/bash
# Check the project with third-party security tools; `make audit` runs all of them.
#   tools/audit.sh                    deploy prod on a separate local cloud and check everything
#   tools/audit.sh install policy     only the tools for policies and secrets, which `make unit` uses too
#   tools/audit.sh install collection the tools for the collection, which `make sanity` uses
#   tools/audit.sh install peers      moto's own tests, which `make peers` runs
#   tools/audit.sh install all        Prowler and the IAM simulator as well
# Each set has its own directory under .venv-audit: Prowler pins another version of boto3.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
port=${PORT:-5760}
out=.cache/audit
services=(s3 iam ec2 vpc cloudtrail cloudwatch kms sns)

say() { printf '\n\033[1m==> [%3ds] %s\033[0m\n' "$SECONDS" "$*"; }

# venv NAME: create an environment from requirements/audit/NAME.lock unless it is up to date.
venv() {
  local dir=.venv-audit/$1 lock=requirements/audit/$1.lock
  cmp -s "$lock" "$dir/installed.lock" && return
  uv venv --quiet --clear --python .venv/bin/python "$dir"
  UV_SYSTEM_CERTS=1 uv pip install --quiet --python "$dir" --require-hashes --requirement "$lock"
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

# A lock, because two test processes may install at the same time.
install_graders() {
  mkdir -p .cache .venv-audit
  exec 9>.cache/audit.lock
  flock 9
  case $1 in collection | peers) venv "$1" ;; *) venv policy ;; esac
  if [ "$1" = all ]; then
    venv prowler
    simulator
  fi
  flock --unlock 9
}

case ${1:-} in
  install) install_graders "${2:-all}"; exit ;;
  '') ;;
  *) echo "usage: tools/audit.sh [install policy|collection|peers|all]" >&2; exit 2 ;;
esac

say "install the tools"
install_graders all
mkdir -p "$out"

say "policies and files: parliament, cloudsplaining, detect-secrets, two IAM simulators"
POSTURE_NODE=$PWD/.venv-audit/prowler/bin/node \
  pytest -q tests/unit/plugins/module_utils/estate/posture

say "every playbook, with only the deployer's policy and IAM enforced"
POSTURE_NODE=$PWD/.venv-audit/prowler/bin/node pytest -q tests/audit

say "deploy prod on a separate local cloud, port $port"
trap 'localcloud down --port "$port"' EXIT
localcloud up --port "$port" --hosts none
eval "$(localcloud env --port "$port")"
ansible-playbook playbooks/deploy.yml -e env=prod -e "ssh_private_key_file=$PWD/$out/key" \
  -e interface_endpoints=logs -e alarm_emails='["audit@example.org"]' \
  -e budget_alert_emails='["audit@example.org"]' \
  >"$out/deploy.log" || { tail -40 "$out/deploy.log"; exit 1; }

# The default VPC of each region belongs to the account, and its network ACL allows all traffic.
python - us-west-2 us-east-2 <<'PYTHON'
import sys
import boto3

for region in sys.argv[1:]:
    ec2 = boto3.client("ec2", region_name=region)
    default = [{"Name": "is-default", "Values": ["true"]}]
    for vpc in ec2.describe_vpcs(Filters=default)["Vpcs"]:
        inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
        for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
            which = {"InternetGatewayId": gateway["InternetGatewayId"]}
            ec2.detach_internet_gateway(**which, VpcId=vpc["VpcId"])
            ec2.delete_internet_gateway(**which)
        ec2.delete_vpc(VpcId=vpc["VpcId"])
PYTHON

rm -f "$out/prowler.csv"  # Prowler appends to it
say "Prowler: ${services[*]}"
.venv-audit/prowler/bin/prowler aws --region us-west-2 us-east-2 \
  --service "${services[@]}" --mutelist-file tests/audit/mutelist.yaml --no-banner --no-color \
  --ignore-exit-code-3 --log-level CRITICAL --output-formats csv --output-filename prowler \
  --output-directory "$PWD/$out" >"$out/prowler.log"
python tests/audit/judge.py "$out/prowler.csv" tests/audit/mutelist.yaml

say "no findings"
