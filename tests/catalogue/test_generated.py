"""Files that come from the catalogue are what it says."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from mlascent.catalogue import generate, sources
from mlascent.catalogue.sources import Sources


def test_generated_files_are_in_sync(book: Sources) -> None:
    assert [path.relative_to(book.root).as_posix() for path in generate.stale(book)] == []


@pytest.fixture
def elsewhere(book: Sources, tmp_path: Path) -> Sources:
    return dataclasses.replace(book, root=tmp_path)


def test_what_is_stale_is_listed_and_written(
    elsewhere: Sources, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sources, "read", lambda: elsewhere)
    monkeypatch.setattr("mlascent.catalogue.validate.problems", lambda _: [])
    assert generate.main(["--check"]) == 1
    assert "stale: template/capabilities.json" in capsys.readouterr().out
    assert not (elsewhere.root / "template").exists()
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (elsewhere.root / "docs/reference/rules.md").write_text("edited")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out.endswith("stale: docs/reference/rules.md\n")


def test_a_problem_of_the_catalogue_fails_the_command(
    elsewhere: Sources, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sources, "read", lambda: elsewhere)
    assert generate.main([]) == 1
    assert "README.md is not under template/" in capsys.readouterr().err


def test_another_room_can_register_a_file(elsewhere: Sources) -> None:
    outputs = [("levels.txt", "mlascent.catalogue.reference:levels")]
    assert list(generate.stale(elsewhere, outputs)) == [elsewhere.root / "levels.txt"]


def test_the_readme_changes_between_its_markers_only(elsewhere: Sources) -> None:
    readme = elsewhere.root / "README.md"
    outputs = [("README.md", "mlascent.catalogue.reference:readme")]
    assert generate.stale(elsewhere, outputs) == {}, "no README, nothing to write"
    readme.write_text("# Title\n<!-- ladder:begin -->\nold\n<!-- ladder:end -->\nrest\n")
    written = generate.stale(elsewhere, outputs)[readme]
    assert written.startswith("# Title\n<!-- ladder:begin -->\n| level |")
    assert written.endswith("|\n<!-- ladder:end -->\nrest\n")
    readme.write_text("# No markers\n")
    assert generate.stale(elsewhere, outputs) == {}


def test_what_copier_reads(book: Sources) -> None:
    content = json.loads((book.root / "template/capabilities.json").read_text(encoding="utf-8"))
    available = {c["id"]: c for c in content["capabilities"]}
    planned = {c["id"] for c in content["planned"]}
    assert set(available) | planned == set(book.by_id)
    assert not set(available) & planned
    for i, entry in available.items():
        assert entry["needs"] == book.closure(i)
        assert set(entry["needs"]) <= set(available)
        assert all(i in available[needed]["needed_by"] for needed in entry["needs"])
        assert entry["key"].isidentifier()


def test_copier_can_include_it(book: Sources) -> None:
    """copier.yml includes the file through Jinja: no other tag than the package's name may stand in it."""
    text = (book.root / "template/capabilities.json").read_text(encoding="utf-8")
    assert set(re.findall(r"\{\{.*?\}\}", text)) == {"{{ package }}"}
    assert not re.search(r"\{[%#]", text)


def test_every_link_of_the_pages_resolves(book: Sources) -> None:
    pages = book.root / "docs" / "reference"
    for page in pages.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text):
            linked = (page.parent / link[0]).resolve() if link[0] else page
            assert linked.exists(), f"{page}: {link}"
            if link[1]:
                assert f'<a id="{link[1]}">' in linked.read_text(encoding="utf-8"), f"{page}: {link}"
