#!/bin/bash
# Run ansible-test sanity on a copy of the collection (in the directory of symlinks it would skip
# every file and still exit 0), then check the tarball: tools/package.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
target=$root/ansible_collections/cardiology/cloud
site=$(python -c 'import ansible_collections; print(list(ansible_collections.__path__)[0])')
mkdir -p "$target" "$root/ansible_collections/amazon"
git ls-files -z meta plugins roles playbooks galaxy.yml README.md LICENSE |
  xargs -0 cp --parents --no-dereference -t "$target"
mkdir -p "$target/tests/unit" && cp -r tests/unit/plugins "$target/tests/unit/"
ln -s "$site/amazon/aws" "$root/ansible_collections/amazon/aws"
cd "$target"
git init -q && git add -A
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# ansible-test's bootstrap would download pip: use the one bundled with the interpreter.
export HOME=$root/home
cache=$HOME/.ansible/test/cache
pip_version=$(sed -n "s/^ *pip='\([0-9.]*\)',.*/\1/p" \
  "$(python -c 'import ansible_test; print(ansible_test.__path__[0])')/_internal/python_requirements.py")
mkdir -p "$cache"
printf 'import ensurepip\nensurepip.bootstrap(upgrade=True)\n' >"$cache/get_pip_${pip_version//./_}.py"
ansible-test sanity --local --python "$version" --exclude playbooks/ "$@" 2>&1 | tee "$root/log"
! grep -q 'All targets skipped' "$root/log"
cd - >/dev/null
exec tools/package.sh
