"""Ask detect-secrets about every file that git knows; a line per finding and per needless mute.

Exit code 1 for any line. Runs with the Python of .venv-audit/policy, in the root of the repository.
"""

import subprocess
import sys
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings

#: `(file, words of the line, reason)`: proven to be no secret.
MUTED = (
    (
        "src/localcloud/environment.py",
        '"AWS_SECRET_ACCESS_KEY": "localcloud"',  # pragma: allowlist secret
        "the local cloud checks no signature: any word is good",
    ),
    (
        "src/localcloud/hosts/guest/image_files/etc/cloud/cloud.cfg.d/90-localcloud.cfg",
        "lock_passwd: true",
        "the user has no password",
    ),
    (
        "src/localcloud/hosts/guest/image_files/etc/cloud/cloud.cfg.d/90-localcloud.cfg",
        "NOPASSWD:ALL",
        "a rule for sudo",
    ),
    (
        "tests/e2e/test_localcloud.py",
        '"aws_secret_access_key": "test"',  # pragma: allowlist secret
        "a word for the local cloud",
    ),
    (
        "tests/e2e/test_where.py",
        '{"AWS_SECRET_ACCESS_KEY": "test"}',  # pragma: allowlist secret
        "a word for the local cloud",
    ),
    (
        "tests/unit/plugins/module_utils/estate/engine/test_sentences.py",
        "http://me:hunter2@p:1",  # pragma: allowlist secret
        "a password that must not be printed",
    ),
    (
        "tests/unit/plugins/plugin_utils/test_command.py",
        '"AWS_SECRET_ACCESS_KEY": "hunter2"',  # pragma: allowlist secret
        "a password that must not be printed",
    ),
    *(
        ("tests/unit/cardiology/test_settings.py", f"-dev-{key}", "the name of a bucket")
        for key in ("processed-data", "raw-data")
    ),
    (
        "tests/unit/localcloud/iam/test_enforcement.py",
        '"SecretAccessKey": "localcloud"',  # pragma: allowlist secret
        "a word for the local cloud",
    ),
    (
        "tests/peers/compare.py",
        '"AWS_SECRET_ACCESS_KEY": "localcloud"',  # pragma: allowlist secret
        "a word for the local cloud",
    ),
    (
        "tests/unit/localcloud/api/moto_patches/test_cloudtrail_regions.py",
        'aws_secret_access_key="test"',  # pragma: allowlist secret
        "a word for the local cloud",
    ),
    *(
        (
            "plugins/module_utils/estate/kinds/audit/password_policy.py",
            words,
            "the name of a setting",
        )
        for words in (
            '"MinimumPasswordLength": "minimum_length"',  # pragma: allowlist secret
            '"PasswordReusePrevention": "reuse_prevention"',  # pragma: allowlist secret
            '"MaxPasswordAge": "max_age_days"',  # pragma: allowlist secret
            '"AllowUsersToChangePassword": "users_change_it"',  # pragma: allowlist secret
        )
    ),
)


def main() -> int:
    """Scan; say what is found and not proven to be harmless."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout
    secrets = SecretsCollection()
    with default_settings():
        for name in listed.decode().split("\0"):
            if Path(name).is_file() and not Path(name).is_symlink():
                secrets.scan_file(name)
    lines, used = [], set()
    for name, secret in secrets:
        text = Path(name).read_text(encoding="utf-8").splitlines()[secret.line_number - 1]
        mutes = {mute for mute in MUTED if mute[0] == name and mute[1] in text}
        used |= mutes
        if not mutes:
            lines.append(f"{name}:{secret.line_number}: {secret.type}")
    lines += [f"muted for nothing, remove it: {m[0]}: {m[1]}" for m in MUTED if m not in used]
    print("".join(f"{line}\n" for line in lines), end="")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
