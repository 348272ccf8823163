"""What text work refuses."""


class TextTooLong(ValueError):
    """The text is larger, or nested deeper, than it may be; the message says what to do."""
