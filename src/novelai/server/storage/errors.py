"""The database or the store of pictures cannot be used just now."""

__all__ = ["DatabaseUnavailableError", "StorageUnavailableError"]


class StorageUnavailableError(OSError):
    """The database or the store does not take or give anything; its text is for people.

    What it has acknowledged is kept. It is an `OSError`, as a full disk is one.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DatabaseUnavailableError(StorageUnavailableError):
    """It is the database."""
