"""The cache of compiled templates: faster with it, the same without it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from mlascent import compiled, source
from mlascent.history import Tree
from mlascent.render import render


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLASCENT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache/compiled"


def test_same_with_it_and_without(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = source.current()
    first = render([template], {"level": 2}).tree
    kept = {path.name for path in place.iterdir()}
    assert len(kept) > 20
    assert render([template], {"level": 2}).tree == first
    assert _anew(template) == first
    assert {path.name for path in place.iterdir()} == kept
    for path in place.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert _anew(template) == first
    monkeypatch.setattr("mlascent.compiled.cache", lambda: None)
    assert _anew(template) == first


def _anew(template: source.Template) -> Tree:
    """As the next process renders it, which finds nothing compiled but in the cache."""
    return render([replace(template, files=dict(template.files))], {"level": 2}).tree


def test_only_its_person_reads_it(place: Path) -> None:
    compiled.cache()
    assert os.name == "nt" or place.stat().st_mode & 0o077 == 0


def test_no_directory_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MLASCENT_CACHE_DIR", str(tmp_path / "file"))
    assert compiled.cache() is None
    assert "README.md" in render([source.current()], {}).tree


def test_a_disk_that_is_full(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jinja2.bccache.tempfile.NamedTemporaryFile", full)
    assert "README.md" in render([source.current()], {}).tree
    assert not list(place.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="for the others")
def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLASCENT_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled.cache()
    assert (tmp_path / "mlascent/compiled").is_dir()
