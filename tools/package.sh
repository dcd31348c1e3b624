#!/bin/bash
# Build the collection tarball and check it with Ansible Galaxy's tools: Galaxy's import checks, the
# documentation build, and the context of an execution environment.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export PATH=$root/.venv/bin:$PATH
tools/audit.sh install collection
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$root/.venv-audit/collection/bin:$PATH HOME=$work
unset ANSIBLE_CONFIG

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

ansible-galaxy collection build --output-path "$work" >/dev/null
tarball=$(ls "$work"/*.tar.gz)

say "galaxy-importer $(basename "$tarball")"
cat >"$work/importer.cfg" <<END
[galaxy-importer]
ansible_local_tmp=$work/tmp
CHECK_REQUIRED_TAGS=True
CHECK_CHANGELOG=True
OFFLINE_ANSIBLE_LINT=True
END
cd "$work"
GALAXY_IMPORTER_CONFIG=$work/importer.cfg python -m galaxy_importer.main "$tarball" >importer.log 2>&1 ||
  { tail -40 importer.log; exit 1; }
# Advice about settings that the Galaxy server decides is not a finding.
if grep -E '^(ERROR|WARNING)' importer.log; then exit 1; fi

say "antsibull-docs"
ansible-galaxy collection install --no-deps --collections-path "$work" "$tarball" >/dev/null
export ANSIBLE_COLLECTIONS_PATH=$work
mkdir docs
# Our modules reuse documentation fragments of amazon.aws.
site=$(python -c 'import ansible_collections; print(list(ansible_collections.__path__)[0])')
for name in amazon community; do
  mkdir -p "$work/ansible_collections/$name"
  ln -s "$site/$name/aws" "$work/ansible_collections/$name/aws"
done
antsibull-docs collection --use-current --fail-on-error --squash-hierarchy --dest-dir docs \
  cardiology.cloud
antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --validate-collection-refs all \
  "$work/ansible_collections/cardiology/cloud"

say "ansible-builder (the context only: building it needs a registry of images)"
ansible-builder create --file "$root/execution-environment.yml" --context "$work/context" >/dev/null
say "nothing found"
