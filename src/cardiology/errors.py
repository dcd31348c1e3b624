"""The one error a person is meant to read."""


class CardiologyError(Exception):
    """Something the reader can mend; the message is one clear sentence saying what and where."""
