"""The error that users see, and the conversion of AWS client errors to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError


class CardiologyError(Exception):
    """An error that the user can fix; the message is one sentence with the problem and place."""


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Convert an AWS client error to a CardiologyError: "cannot <doing>: <AWS's message>"."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        message = error.response.get("Error", {}).get("Message", "")
        raise CardiologyError(f"cannot {doing}: {code}: {message}".rstrip(": ")) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise CardiologyError(f"cannot {doing}: {' '.join(str(error).split())}") from error
