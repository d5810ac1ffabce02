"""Edits of YAML files that people also edit: the value changes, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mlascent.errors import RefusedError
from mlascent.yaml_edit import append, inline, set_value

TEXT = """\
# head
data:
  source: example # where from
  drop: [] # what not
  old:
    - a # gone with its list
    - b
  # about the next
  story: |
    two
    lines
empty: # says nothing
"""

scalars = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
values = (
    scalars
    | st.lists(scalars, max_size=3)
    | st.dictionaries(st.text("ab é:#-", min_size=1), scalars, max_size=3)
)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (["data", "source"], "x/y z.csv", '  source: "x/y z.csv" # where from'),
        (["data", "drop"], ["a", "on", "1"], '  drop: [a, "on", "1"] # what not'),
        (["data", "old"], [3], "  old: [3]"),
        (["data", "story"], "short", "  story: short"),
        (["data", "new"], {"min": 0.5}, "  new: { min: 0.5 }"),
        (["empty"], True, "empty: true # says nothing"),
        (["added"], None, "added: null"),
    ],
)
def test_one_value(path: list[str], value: Any, line: str) -> None:
    edited = set_value(TEXT, path, value)
    assert line in edited.splitlines()
    kept = [comment for comment in ("# head", "# about the next") if comment not in edited]
    assert kept == []


@given(
    st.sampled_from([["data", "source"], ["data", "old"], ["data", "story"], ["data", "new"], ["empty"]]),
    values,
)
def test_whatever_the_value(path: list[str], value: Any) -> None:
    edited = yaml.safe_load(set_value(TEXT, path, value))
    for key in path:
        edited = edited[key]
    assert edited == value


@given(values)
def test_inline_is_one_line_of_yaml(value: Any) -> None:
    assert "\n" not in inline(value)
    assert yaml.safe_load(inline(value)) == value


def test_line_ends_stay() -> None:
    edited = set_value(TEXT.replace("\n", "\r\n"), ["data", "new"], 1)
    assert "\n" not in edited.replace("\r\n", "")


def test_an_item() -> None:
    text = "# head\nsources:\n  - name: a # first\n    kind: file\n\n# tail\nother: 1\n"
    edited = append(text, ["sources"], ["name: b", "kind: http # why"])
    assert edited == text.replace("    kind: file\n", "    kind: file\n  - name: b\n    kind: http # why\n")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: [1\n", ["a"]),
        ("a: 1\n", ["b", "c"]),
        ("a: 1\n", ["a", "c"]),
        ("a: {b: 1}\n", ["a", "b"]),
        ("base: &x {b: 1}\na: *x\n", ["a", "b"]),
        ("- 1\n", ["a"]),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, path: list[str]) -> None:
    with pytest.raises(RefusedError):
        set_value(text, path, 2, "params.yaml")


@pytest.mark.parametrize("text", ["sources: []\n", "sources: {a: 1}\n", "other: 1\n", "sources: [1\n"])
def test_a_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        append(text, ["sources"], ["name: b"])
