# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What passwords of IAM users must be like, in the whole account."""

from __future__ import annotations

from ..cloud import Cloud, absent
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target

#: CIS AWS Foundations 1.8 and 1.9 (length and reuse); the rest is what auditors ask besides.
POLICY = {
    "MinimumPasswordLength": 14,
    "PasswordReusePrevention": 24,
    "MaxPasswordAge": 90,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    # Else nobody but an administrator could help who let a password grow too old.
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
    """The account's password policy, where `account_hardening` says that it is ours to choose."""
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
    """Replace the whole policy: AWS sets back what is left out."""
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
    create=create,
    setters=dict.fromkeys(WORDS.values(), _set),
    created_with=frozenset(WORDS.values()),
    of_account=True,
)
