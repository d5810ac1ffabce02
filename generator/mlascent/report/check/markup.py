"""Elements of an HTML page as text: all that goes in is escaped, but for what was made here."""

from __future__ import annotations

from html import escape

from mlascent.report.check.shared import clean


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


_EMPTY = frozenset({"meta", "link", "input"})


def tag(name: str, /, *content: str | Markup, **attributes: str | int | bool | None) -> Markup:
    """An element.

    Args:
        name: Of the element.
        content: Text, which is escaped, and markup, which is not.
        attributes: By name; `class_` and `for_` lose their underscore, others become dashes; false and
            nothing leave the attribute out, true writes its name alone.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    start = f"<{name}{told}>"
    return Markup(start if name in _EMPTY else f"{start}{join(*content)}</{name}>")


def _attribute(key: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'


def join(*content: str | Markup) -> Markup:
    """Pieces one after the other, text escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(_kept(part)) for part in content))


def prose(words: str) -> Markup:
    """Words of which those between backticks are code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return join(words)
    return join(*(tag("code", part) if number % 2 else part for number, part in enumerate(parts)))


def _kept(text: str) -> str:
    inner = clean(text)
    if not inner:
        return " " if text else ""
    return f"{' ' * text[:1].isspace()}{inner}{' ' * text[-1:].isspace()}"
