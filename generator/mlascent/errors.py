"""The errors that mlascent tells a person about, each with its exit code."""

from __future__ import annotations


class MlascentError(Exception):
    """An error meant to be read by a person.

    Attributes:
        message: What happened, and where.
        hint: What to do next; empty when there is nothing to add.
        exit_code: The process's exit code.
    """

    exit_code: int = 4

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        """Keep the message and the hint apart, so that each caller can show them its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        """The message, and the hint on a line of its own."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(MlascentError):
    """The command was called in a way that has no meaning (exit code 2)."""

    exit_code = 2


class RefusedError(MlascentError):
    """The state of the project forbids the operation; nothing was written (exit code 3)."""

    exit_code = 3


class FailedError(MlascentError):
    """The operation failed; nothing is half-written (exit code 4)."""

    exit_code = 4
