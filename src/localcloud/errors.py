"""The error that a person sees."""


class LocalCloudError(Exception):
    """Something a person can mend; its text is one clear sentence that says how."""
