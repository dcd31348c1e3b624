"""The error that is shown to the user."""


class LocalCloudError(Exception):
    """An error that the user can fix; its text is one sentence that explains how."""
