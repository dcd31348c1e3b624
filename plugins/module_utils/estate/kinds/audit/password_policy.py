# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's password policy for IAM users."""

from __future__ import annotations

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...inputs import Inputs

#: CIS AWS Foundations 1.8 and 1.9 (length and reuse), and what auditors also ask for.
POLICY = {
    "MinimumPasswordLength": 14,
    "PasswordReusePrevention": 24,
    "MaxPasswordAge": 90,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    # With hard expiry, only an administrator could reset an expired password.
    "HardExpiry": False,
}

WORDS = {
    "MinimumPasswordLength": "minimum_length",
    "PasswordReusePrevention": "reuse_prevention",
    "MaxPasswordAge": "max_age_days",
    "RequireSymbols": "symbols",
    "RequireNumbers": "numbers",
    "RequireUppercaseCharacters": "upper_case",
    "RequireLowercaseCharacters": "lower_case",
    "AllowUsersToChangePassword": "users_change_it",
    "HardExpiry": "hard_expiry",
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The account's password policy, if `account_hardening` is on."""
    if not inputs.account_hardening:
        return []
    properties = {WORDS[key]: value for key, value in POLICY.items()}
    return [Resource("password_policy", "account", "account", properties)]


def read(cloud: Cloud) -> list[Found]:
    """The policy, if there is one: a new account has none."""
    if not cloud.inputs.account_hardening:
        return []
    iam = cloud.client("iam")
    answer = absent(iam.get_account_password_policy, "NoSuchEntity")
    if answer is None:
        return []
    found = answer["PasswordPolicy"]
    properties = {
        word: found.get(key) or (False if isinstance(POLICY[key], bool) else None)
        for key, word in WORDS.items()
    }
    return [Found("password_policy", "account", "account", properties)]


def _put(cloud: Cloud, wanted: Properties) -> None:
    """Replace the whole policy: AWS resets omitted parameters to their defaults."""
    cloud.client("iam").update_account_password_policy(
        **{key: wanted[word] for key, word in WORDS.items()}
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """Set the policy."""
    _put(cloud, resource.properties)
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    _put(cloud, target.properties)


KIND = Kind(
    "password_policy",
    "audit",
    desired,
    read,
    permissions=(
        Right("LookAtPasswords", "GetAccountPasswordPolicy"),
        Right("HardenPasswords", "UpdateAccountPasswordPolicy"),
    ),
    price=FREE,
    create=create,
    setters=dict.fromkeys(WORDS.values(), _set),
    created_with=frozenset(WORDS.values()),
    of_account=True,
)
