"""Tests do not see the AWS variables of the shell that started them, such as a local cloud's."""

import os

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
