"""Data with line numbers, and what is too much of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from mlascent.facts import parsing

LAUGHS = "a: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def test_yaml_keeps_lines_and_the_text_of_keys() -> None:
    doc = parsing.yaml_of(
        "# first\non:\n  push: {branches: [main]}\njobs:\n  x: &x\n    run: |\n      a\n      b\n"
        "    when: 2026-01-02\n  y:\n    <<: *x\n    run: c\n    z: !reference [a, b]\n"
        "    rate: 1e-3\n    'no': off\n"
    )
    assert doc.value["on"] == {"push": {"branches": ["main"]}}
    assert doc.value["jobs"]["y"] == {
        "run": "c", "z": {"!reference": ["a", "b"]}, "rate": 0.001, "no": False, "when": "2026-01-02",
    }  # fmt: skip
    assert doc.line("on", "push", "branches", 0) == 3
    assert (doc.line("jobs", "x", "run"), doc.start("jobs", "x", "run")) == (6, 7)
    assert doc.start("jobs", "y", "run") == 12
    assert doc.line("jobs", "y", "unknown") == 10
    assert doc.get("jobs", "y", "z", "!reference", 1) == "b"
    assert doc.get("jobs", 3) is None


def test_yaml_has_several_documents_and_none() -> None:
    assert [doc.value for doc in parsing.yaml_all("a: 1\n---\n- b\n")] == [{"a": 1}, ["b"]]
    assert parsing.yaml_of("").value is None
    assert parsing.yaml_of("a: 1\na: 2\n? [b]\n: 3\n").value == {"a": 2, '["b"]': 3}


def test_toml_keeps_lines() -> None:
    doc = parsing.toml_of(
        '[project]\nname = "x" # [no]\ntext = """\n[no]\n"""\ndependencies = [\n  "a[b]>=1",\n  "c",\n]\n'
        '[[tool.x.y]]\nz = {q = 1}\n[[tool.x.y]]\nday = 2026-01-02\n[tool."a.b"]\nc.d = 1\n'
    )
    assert doc.line("project", "dependencies", 1) == 8
    assert doc.line("tool", "x", "y", 1, "day") == 13
    assert doc.line("tool", "a.b", "c", "d") == 15
    assert doc.get("tool", "x", "y", 1, "day") == "2026-01-02"
    assert not any("no" in key for key in doc.at)


def test_json_keeps_lines() -> None:
    doc = parsing.json_of('{\n"a": [1,\n{"b": 2,\n"c\\u00e9": []}],\n"d": {}}')
    assert [doc.line(*path) for path in (("a", 0), ("a", 1, "b"), ("a", 1, "cé"), ("d",))] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (parsing.yaml_of, LAUGHS, "aliases"),
        (parsing.yaml_of, "&a [*a]", "itself"),
        (parsing.yaml_of, "[" * 100_000, "deep"),
        (parsing.yaml_of, "{" * 100_000, "deep"),
        (parsing.yaml_of, "- " * 50_000, "deep"),
        (parsing.yaml_of, "".join(" " * n + "a:\n" for n in range(300)), "deep"),
        (parsing.yaml_of, "- a\n" * 300_000, "more than"),
        (parsing.yaml_of, "a:\n\tb", "no YAML"),
        (parsing.yaml_of, "a\x00b", "no YAML"),
        (parsing.toml_of, "a = " + "[" * 100_000, "deep"),
        (parsing.toml_of, "a." * 100_000 + "b = 1", "parts"),
        (parsing.toml_of, "a = ", "no TOML"),
        (parsing.json_of, "[" * 100_000, "deep"),
        (parsing.json_of, "[" * 200 + "]" * 200, "deep"),
        (parsing.json_of, "{", "no JSON"),
    ],
)  # fmt: skip
def test_too_much_is_refused_soon(parse: Callable[[str], object], text: str, said: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ValueError, match=said):
        parse(text)
    assert time.perf_counter() - start < 5


def test_long_keys_do_not_multiply() -> None:
    doc = parsing.yaml_of(f"{'k' * 500}:\n" + "".join(f"  {'j' * 600}{n}: 1\n" for n in range(100)))
    assert sum(map(len, doc.at)) < 1_000
