"""Run-time access to the compiled catalogue."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mlascent.catalogue import catalogue, load, selection
from mlascent.catalogue.load import Catalogue
from mlascent.catalogue.sources import Sources
from mlascent.errors import FailedError, UsageError


def test_everything_written_is_there(book: Sources) -> None:
    assert catalogue().ids == tuple(c["id"] for c in book.capabilities)
    for raw in book.capabilities:
        built = catalogue().capability(raw["id"])
        assert built.summary.pt == raw["summary"]["pt"]
        assert built.requires == tuple(raw["requires"])
        assert len(built.paths) == len(raw["paths"])
        assert {r.id: r.fix for r in built.rules} == {r["id"]: r["fix"] for r in raw["rules"]}


def test_values_cannot_be_changed() -> None:
    changed: Any = catalogue().capability("rollback")
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.level = 0


def test_texts_come_in_two_languages() -> None:
    level = catalogue().level(2)
    assert (level.name.in_("en"), level.name.in_("pt"), level.name.in_("fr")) == (
        "Defined",
        "Definido",
        "Defined",
    )


@pytest.mark.parametrize("word", [2, "2", "defined", "Defined", "DEFINIDO", " definido "])
def test_a_level_by_number_or_name(word: int | str) -> None:
    assert catalogue().level(word).number == 2


def test_rules_belong_to_capabilities() -> None:
    assert catalogue().rule("de080").capability == "data-validation"


@pytest.mark.parametrize(
    ("ask", "message", "hint"),
    [
        (
            lambda c: c.capability("data_validaton"),
            "There is no capability 'data_validaton'.",
            "data-validation",
        ),
        (lambda c: c.capability("zzz"), "There is no capability 'zzz'.", ""),
        (lambda c: c.rule("DE08"), "There is no rule 'DE08'.", "DE080"),
        (lambda c: c.level("defind"), "There is no level 'defind'.", "defined"),
        (lambda c: c.level(7), "There is no level '7'.", "0 (initial)"),
    ],
)
def test_what_is_unknown_is_told_with_the_closest(ask: Any, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        ask(catalogue())
    assert raised.value.message == message
    assert hint in raised.value.hint
    assert raised.value.exit_code == 2


def test_a_broken_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "__file__", str(tmp_path / "load.py"))
    with pytest.raises(FailedError, match="cannot be read"):
        load.catalogue.__wrapped__()


def test_run_time_reads_no_yaml() -> None:
    code = (
        "import sys; from mlascent.catalogue import catalogue, selection;"
        "catalogue().capabilities; selection(2);"
        "sys.exit('yaml' in sys.modules or 'importlib.resources' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"]
        ).returncode
        == 0
    )


def test_reading_and_selecting_is_fast() -> None:
    """Best of twenty, so that a busy machine does not fail it."""

    def once() -> float:
        begun = time.perf_counter()
        selection(2, book=Catalogue(load._compiled("catalogue.json")))
        return time.perf_counter() - begun

    assert min(once() for _ in range(20)) < 0.003
