"""Where template versions come from, and what happens when they cannot be had."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from mlascent import bundle, history, source
from mlascent.answers import Wish
from mlascent.commands.new import new
from mlascent.errors import FailedError, RefusedError

from . import releases
from .conftest import Make
from .support import Repo


def test_no_network_is_needed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "none")
    repo = make(0, version="v1.0.0")
    repo.update(level=1)
    assert repo.answers["_commit"] == releases.NEWEST
    assert repo.answers["_src_path"] == source.TEMPLATE_URL


def test_a_template_elsewhere_is_updated_from_there(
    tagged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is recorded so that it can be found again."""
    monkeypatch.chdir(tagged.parent)
    with monkeypatch.context() as patch:
        patch.setattr(history, "tags", lambda _: ["v1.0.0"])
        new(tmp_path / "churn", Wish(level="0"), template="./template")
    repo = Repo(tmp_path / "churn")
    assert repo.answers["_src_path"] == str(tagged)
    assert repo.answers["_commit"] == "v1.0.0"
    monkeypatch.chdir(tmp_path)
    updated = repo.update(level=1)
    assert updated.after.version == releases.NEWEST
    assert repo.answers["_src_path"] == str(tagged)
    assert repo.status() == []
    assert repo.update(to="v1.1.0").after.version == "v1.1.0"


def test_a_template_that_is_gone(tagged: Path, tmp_path: Path) -> None:
    new(tmp_path / "churn", Wish(level="0"), template=str(tagged))
    repo = Repo(tmp_path / "churn")
    repo.replace(".copier-answers.yml", str(tagged), str(tmp_path / "gone"))
    repo.commit()
    before = repo.snapshot()
    with pytest.raises(FailedError, match="gone"):
        repo.update(level=1)
    assert repo.snapshot() == before


def test_a_template_of_another_kind_is_copiers_to_update(tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.top.mkdir()
    other.git("init", "--quiet")
    other.write("copier.yml", "level: {type: int, default: 0}\n")
    other.write("{{ _copier_conf.answers_file }}.jinja", "{{ _copier_answers | to_nice_yaml }}")
    other.commit()
    other.git("tag", "v1.0.0")
    new(tmp_path / "churn", Wish(), template=str(other.top))
    repo = Repo(tmp_path / "churn")
    with pytest.raises(RefusedError, match="not a template that mlascent can update") as refused:
        repo.update(level=1)
    assert "copier update" in refused.value.hint


def test_a_broken_template_leaves_the_project_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = dict(releases.releases())
    mode, content = versions[releases.NEWEST]["template/justfile.jinja"]
    broken = {**versions[releases.NEWEST], "template/justfile.jinja": (mode, content + b"{{ not_there }}")}
    versions["v3.0.0"] = broken
    packed = json.loads(zlib.decompress(bundle.pack(versions, "v3.0.0")))
    repo = make()
    before = repo.snapshot()
    monkeypatch.setattr(source, "_bundle", lambda: packed)
    with pytest.raises(FailedError, match="the template is broken"):
        repo.update(level=1)
    assert repo.snapshot() == before


def test_a_project_that_is_not_ours(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "--quiet")
    with pytest.raises(RefusedError, match="is in no project"):
        repo.update(level=1)
    repo.write(".copier-answers.yml", "_src_path: somewhere\n")
    repo.commit()
    with pytest.raises(RefusedError, match="not of a project that mlascent made"):
        repo.update(level=1)
    repo.write(".copier-answers.yml", "<<<<<<< ours\n")
    repo.commit()
    with pytest.raises(RefusedError, match="cannot be read"):
        repo.update(level=1)
