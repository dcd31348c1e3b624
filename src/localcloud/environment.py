"""The two environments: what moto reads at import, and what an AWS client needs."""

from collections.abc import MutableMapping
from pathlib import Path

REGION = "us-west-2"

# Not MOTO_ACCOUNT_ID: moto's default account will do, and the variable would make it the only
# account, where credentials of sts:AssumeRole must lead to the account of their role.
# moto's own errors for bad types, keys and AMIs are AWS's: without these it accepts anything.
STRICT = {
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "1",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
}


def configure_moto(environ: MutableMapping[str, str], amis: Path) -> None:
    """Set what moto reads when it is imported: call it before the first import of moto."""
    environ.update(STRICT)
    environ["MOTO_AMIS_PATH"] = str(amis)


def endpoint(port: int) -> str:
    """Where the APIs are on this machine."""
    return f"http://127.0.0.1:{port}"


def client_lines(port: int) -> list[str]:
    """Shell lines that point any AWS client at the local cloud, for `eval`."""
    exports = {
        "AWS_ENDPOINT_URL": endpoint(port),
        # Clients write the account and a dot before this one's host; before an @ it does no harm.
        "AWS_ENDPOINT_URL_S3_CONTROL": endpoint(port).replace("//", "//local@"),
        "AWS_ACCESS_KEY_ID": "localcloud",
        "AWS_SECRET_ACCESS_KEY": "localcloud",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    # A profile or a session of the real AWS would win over some of these, or go with them.
    return [
        *(f"export {name}={value}" for name, value in exports.items()),
        "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN",
    ]
