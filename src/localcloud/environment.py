"""Environment variables: those that moto reads at import, and those that AWS clients need."""

from collections.abc import MutableMapping
from pathlib import Path

REGION = "us-west-2"

# MOTO_ACCOUNT_ID stays unset: moto's default account is fine, and the variable would make it the
# only account, but credentials from sts:AssumeRole must resolve to the account of their role.
# With these, moto rejects invalid instance types, keys and AMIs with AWS's errors; without them
# it accepts anything.
STRICT = {
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "1",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
}


def configure_moto(environ: MutableMapping[str, str], amis: Path) -> None:
    """Set the variables that moto reads at import: call this before the first import of moto."""
    environ.update(STRICT)
    environ["MOTO_AMIS_PATH"] = str(amis)


def endpoint(port: int) -> str:
    """The endpoint URL of the APIs on this machine."""
    return f"http://127.0.0.1:{port}"


def client_lines(port: int) -> list[str]:
    """Shell lines that point any AWS client at the local cloud, for `eval`."""
    # An AWS profile or session token would override some of these or be mixed with them.
    return [
        *(f"export {name}={value}" for name, value in _client(port).items()),
        "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN",
    ]


def unset_lines() -> list[str]:
    """Shell lines that remove everything `client_lines` exports, for `eval`."""
    return [f"unset {' '.join(_client(0))}"]


def _client(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint(port),
        # Clients prefix the host with "<account>."; before an @ the prefix is harmless.
        "AWS_ENDPOINT_URL_S3_CONTROL": endpoint(port).replace("//", "//local@"),
        "AWS_ACCESS_KEY_ID": "localcloud",
        "AWS_SECRET_ACCESS_KEY": "localcloud",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
