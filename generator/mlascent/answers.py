"""What a person chose: answers given as options or in a file, before the questions judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from mlascent.catalogue import catalogue
from mlascent.errors import UsageError
from mlascent.questions import Question, load_yaml

Questions = Mapping[str, Question]
T = TypeVar("T")

#: What Copier adds to an answers file; a data file may be the answers file of another project.
_COPIERS_OWN = frozenset({"_commit", "_src_path"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a project should be; each attribute is an option of `mlascent new`.

    Attributes:
        level: Number or name.
        areas: `AREA=LEVEL`, each.
        with_: Capabilities to take ahead of their level.
        without: Capabilities to leave out.
        profiles: Profiles to take.
        platform: Where the project runs.
        ci: Where its checks run.
        workload: How its predictions are asked for.
        data: `NAME=VALUE`, each: any answer.
        data_file: A YAML file of answers; what is given beside it wins.
    """

    level: str | None = None
    areas: Sequence[str] = ()
    with_: Sequence[str] = ()
    without: Sequence[str] = ()
    profiles: Sequence[str] = ()
    platform: str | None = None
    ci: str | None = None
    workload: str | None = None
    data: Sequence[str] = ()
    data_file: Path | None = None


def collect(wish: Wish, questions: Questions) -> dict[str, Any]:
    """The answers that a wish gives.

    Args:
        wish: What was asked for.
        questions: Those of the template; names are not looked at where there are none.

    Raises:
        UsageError: Everything that is wrong, told together.
    """
    return _Collector(questions).collect(wish)


class _Collector:
    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self.problems: dict[str, None] = {}
        self.hints: dict[str, None] = {}

    def collect(self, wish: Wish) -> dict[str, Any]:
        values = self.attempt(_from_file, wish.data_file) or {} if wish.data_file else {}
        self.known(values, f"the data file {wish.data_file}")
        spoken: dict[str, Any] = {}
        for text in wish.data:
            name, value = self.attempt(_pair, text, "--data") or ("", "")
            self.known([name] if name else [], "--data")
            self.say(spoken, "--data", name, value)
        for name in ("level", "platform", "ci", "workload"):
            if (word := getattr(wish, name)) is not None:
                self.say(spoken, f"--{name}", name, self.attempt(self.chosen, name, word))
        areas = dict(pair for text in wish.areas if (pair := self.attempt(self.area, text)))
        taken = [i for i in wish.with_ if self.attempt(_capability, i)]
        for profile in wish.profiles:
            taken += self.attempt(_profile, profile) or []
        left = [i for i in wish.without if self.attempt(_capability, i)]
        values |= {name: value for name, value in spoken.items() if name}
        for name, more in (("areas", areas), ("with", taken), ("without", left)):
            if more:
                values[name] = self.attempt(_joined, name, values.get(name), more)
        if self.problems:
            raise UsageError("\n".join(self.problems), "\n".join(self.hints))
        return values

    def attempt(self, function: Callable[..., T], *arguments: Any) -> T | None:
        """Call a function and note what it refuses, to go on looking for more."""
        try:
            return function(*arguments)
        except UsageError as error:
            self.problems[error.message] = None
            if error.hint:
                self.hints[error.hint] = None
        return None

    def say(self, spoken: dict[str, Any], option: str, name: str, value: Any) -> None:
        """Take an answer; two options that contradict each other are a problem."""
        if name in spoken and str(spoken[name]) != str(value) and value is not None:
            self.problems[f"{name} is given twice: {spoken[name]} and {value} ({option})"] = None
        spoken[name] = value

    def known(self, names: Iterable[str], where: str) -> None:
        """Note every name that no question has, with the closest one."""
        asked = [name for name, question in self.questions.items() if not question.hidden]
        for name in names:
            if asked and name not in asked:
                close = get_close_matches(name, asked, n=1)
                hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(asked)}"
                self.problems[f"{where}: there is no answer named {name}; {hint}"] = None

    def chosen(self, name: str, word: str) -> Any:
        """The value that a word means, if the template offers it."""
        choices = list(self.questions[name].choices.values()) if name in self.questions else []
        coming: Iterable[Any] = ()
        value: Any = word
        if name == "level":
            level = catalogue().level(word)
            value, word, coming = level.number, f"{level.number} ({level.slug})", range(5)
        elif name == "platform":
            coming = catalogue().raw(catalogue().ids[0])["status"]
        if choices and value not in choices:
            offered = ", ".join(str(choice) for choice in choices)
            if value in coming:
                raise UsageError(
                    f"{name} {word} is planned, not available yet", f"{name}: choose from {offered}"
                )
            close = get_close_matches(word, [str(choice) for choice in choices], n=1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {offered}"
            raise UsageError(f"{name}: there is no {word}; {hint}")
        return value

    def area(self, text: str) -> tuple[str, int]:
        """An area and its level from AREA=LEVEL."""
        name, word = _pair(text, "--area")
        names = [area.id for area in catalogue().areas]
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise UsageError(f"--area: there is no area {name}; {hint}")
        return name, int(self.chosen("level", word))


def _from_file(file: Path) -> dict[str, Any]:
    try:
        loaded = load_yaml(file.read_bytes())
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the data file {file} cannot be read: {said}") from error
    if not isinstance(loaded, Mapping):
        raise UsageError(f"the data file {file} is no mapping of answers", "Write one `name: value` a line.")
    return {str(name): value for name, value in loaded.items() if name not in _COPIERS_OWN}


def _pair(text: str, option: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UsageError(f"{option} {text}: a name and a value are needed", f"Write {option} NAME=VALUE.")
    return key, value


def _capability(capability_id: str) -> Any:
    """Whether there is such a capability; the template says whether it can be had."""
    book = catalogue()
    return capability_id in book.retired or book.capability(capability_id)


def _profile(name: str) -> list[str]:
    book = catalogue()
    names = [profile.id for profile in book.profiles]
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise UsageError(f"--profile: there is no profile {name}; {hint}")
    members = [book.raw(i) for i in book.ids if book.raw(i).get("profile") == name]
    available = [raw["id"] for raw in members if "available" in raw["status"].values()]
    if not available:
        raise UsageError(f"profile {name} is planned, not available yet")
    return available


def _joined(name: str, before: Any, more: Any) -> Any:
    """Options added to the areas or the list of a data file or of --data."""
    try:
        before = load_yaml(before) if isinstance(before, str) else before
        if isinstance(more, dict):
            return {**(before or {}), **more}
        return list(dict.fromkeys([*(before or []), *more]))
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} is given twice, and {before!r} is not to be added to") from error
