"""What a shell text runs, and whether a failure would be noticed."""

from __future__ import annotations

import time

import pytest
from mlascent.facts.shell import commands


def said(text: str, strict: bool = True, pipefail: bool = False) -> list[tuple[str, bool]]:
    return [(" ".join(one.words), one.counts) for one in commands(text, strict, pipefail)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pytest -q || true", [("pytest -q", False), ("true", True)]),
        ("pytest || exit 1", [("pytest", True), ("exit 1", True)]),
        ("pytest || (echo no; exit 1)", [("pytest", True), ("echo no", True), ("exit 1", True)]),
        ("a && b; c", [("a", False), ("b", True), ("c", True)]),
        ("cd x && pytest", [("cd x", True), ("pytest", True)]),
        ("pytest | tee log", [("pytest", False), ("tee log", True)]),
        ("set -o pipefail\npytest | tee log", [("pytest", True), ("tee log", True)]),
        ("set +e\npytest\nexit 0\nmypy", [("pytest", False), ("exit 0", False)]),
        ("if false; then pytest; fi", [("false", False)]),
        ("if ! mypy; then exit 1; fi", [("mypy", True), ("exit 1", True)]),
        ("if mypy; then echo; fi", [("mypy", False), ("echo", True)]),
        ("true || pytest", [("true", False)]),
        ("! pytest", [("pytest", False)]),
        ("pytest & wait", [("pytest", False), ("wait", True)]),
        ("python - <<EOF\npytest\nEOF\nruff", [("python -", True), ("ruff", True)]),
        ("PY='uv run python'\n$PY a.py ${B:-c} $D", [("uv run python a.py c $D", True)]),
        ("V=$(python v.py)\necho `date`", [("python v.py", True), ("date", False), ("echo $(…)", True)]),
        ("f() { pytest; }\nf", [("pytest", True)]),
        ("function f { pytest; }", []),
        ("# pytest\necho 'pytest; x' > log 2>&1", [("echo pytest; x", True)]),
        ("for i in 1 2; do a $i; done", [("a $i", True)]),
        ("case $x in a) b;; *) c;; esac", [("b", True), ("c", True)]),
        ("a \\\n  --b ${{ matrix.c }}", [("a --b ${{ matrix.c }}", True)]),
        ("", []),
    ],
)  # fmt: skip
def test_what_runs(text: str, found: list[tuple[str, bool]]) -> None:
    assert said(text) == found


def test_without_errexit_only_the_last_one_counts() -> None:
    assert said("pytest; echo done", strict=False) == [("pytest", False), ("echo done", True)]
    assert said("pytest | tee x", pipefail=True)[0] == ("pytest", True)


def test_lines_are_those_of_the_text() -> None:
    assert [one.line for one in commands("a\n\nb \\\n  c\nd")] == [0, 2, 4]


@pytest.mark.parametrize(
    "text",
    ["(" * 50_000, "{ " * 50_000, "$(" * 50_000, "`" * 50_001, "'" * 50_001, "<<a " * 40_000,
     "a && " * 30_000, "a | " * 30_000, "if " * 30_000, "case x in " * 5_000, "f() " * 20_000,
     "! " * 50_000, "${" * 50_000],
)  # fmt: skip
def test_it_ends_on_anything(text: str) -> None:
    start = time.process_time()
    commands(text)
    assert time.process_time() - start < 10
