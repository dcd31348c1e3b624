"""The import path from the integration guide, for a clone; the helper is ``cardiology.aws``."""

from cardiology.aws import AwsHelper, get_aws_helper

__all__ = ["AwsHelper", "get_aws_helper"]
