"""The platform that this project runs on: `python -m PACKAGE.platforms WORD ARGUMENTS`.

A platform is a package beside this file. Its `words.py` says which function a word runs there, so
that nothing else names a platform.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
KNOWN = ("sagemaker", "azureml")
SAME = {"platform-image": "image:main"}  # words that every platform runs in the same way
SINCE = "`just --list` shows the words of this project; some come with level 2"


class FailedError(Exception):
    """Something that a person must know and can mend: what happened, where, and what to do next."""


def name() -> str:
    """The platform of this project.

    Raises:
        FailedError: there is none here, or more than one.
    """
    found = [name for name in KNOWN if (HERE / name / "__init__.py").exists()]
    if len(found) != 1:
        told = " and ".join(found) or "none"
        raise FailedError(
            f"{HERE} holds {told} of {', '.join(KNOWN)}, and one is expected:"
            " `mlascent update --platform NAME`"
        )
    return found[0]


def find(word: str) -> Callable[[list[str]], None]:
    """The function that a word runs on the platform; only its own module is imported.

    Raises:
        FailedError: the platform does not know the word.
    """
    package = f"{__name__}.{name()}"
    own: dict[str, str] = import_module(f"{package}.words").WORDS
    words = {**{same: f".{at}" for same, at in SAME.items()}, **own}
    if word not in words:
        known = ", ".join(sorted(words))
        raise FailedError(f"{name()} does not know the word {word!r}, only {known}; {SINCE}")
    module, _, function = words[word].partition(":")
    found: Callable[[list[str]], None] = getattr(import_module(f".{module}", package), function)
    return found


def main(words: list[str]) -> None:
    """Run one word; what a person must know is one message, and exit code 1."""
    try:
        if not words:
            raise FailedError("a word is missing: python -m PACKAGE.platforms WORD ARGUMENTS")
        from . import oidc

        oidc.sign_in()
        find(words[0])(words[1:])
    except FailedError as error:
        sys.exit(str(error))
