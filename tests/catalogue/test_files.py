"""The files as people write them: shape, ids, order of levels, ownership of template paths."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mlascent.catalogue import validate
from mlascent.catalogue.sources import HERE, Sources
from mlascent.catalogue.template_files import target, targets

from .promised import CAPABILITIES, PLACES, RULES, TOOLS

SCHEMA = json.loads((HERE / "schema" / "capability.schema.json").read_text(encoding="utf-8"))
FILES = sorted(p.relative_to(HERE).as_posix() for p in HERE.glob("*/*.yml") if p.parent.name != "crosswalks")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", FILES)
def test_every_file_fits_the_schema(book: Sources, name: str) -> None:
    errors = Draft202012Validator(SCHEMA).iter_errors(book.files[name])
    assert [f"{e.json_path}: {e.message}" for e in errors] == []


@pytest.mark.parametrize(
    "spoil",
    [
        {"id": "Data Validation"},
        {"level": 5},
        {"summary": {"en": "only English"}},
        {"paths": ["/absolute"]},
        {"paths": ["src/model.py.jinja"]},
        {"paths": [{"path": "a"}]},
        {"paths": [{"path": "a", "ci": ["travis"]}]},
        {"paths": [{"path": "a", "when": {"colour": ["red"]}}]},
        {"selected_by": "profile"},
        {"unheard_of": 1},
    ],
    ids=str,
)
def test_the_schema_refuses(book: Sources, spoil: dict[str, Any]) -> None:
    spoilt = {**book.by_id["data-validation"], **spoil}
    assert not Draft202012Validator(SCHEMA).is_valid(spoilt)


def test_the_catalogue_and_its_template_are_sound(book: Sources) -> None:
    assert validate.problems(book) == []


def test_no_promised_id_was_lost(book: Sources) -> None:
    kept = set(book.by_id) | set(book.ladder["retired"])
    assert {i for ids in CAPABILITIES.values() for i in ids} - kept == set()
    rules = {r["id"] for c in book.capabilities for r in c["rules"]} | set(book.ladder["retired_rules"])
    assert {i for ids in RULES.values() for i in ids} - rules == set()


def test_every_id_is_promised_by_a_release(book: Sources) -> None:
    """A new id goes into promised.py as well, under the release that issues it."""
    assert set(book.by_id) <= {i for ids in CAPABILITIES.values() for i in ids}
    for c in book.capabilities:
        for rule in c["rules"]:
            assert rule["id"] in RULES[rule["since"]]


def test_a_level_contains_the_one_below_and_closes_over_requires(book: Sources) -> None:
    for level in range(5):
        here = {
            c["id"] for c in book.capabilities if c["selected_by"] == "level" and c["introduced"] <= level
        }
        assert {r for i in here for r in book.closure(i)} <= here


def test_every_level_and_area_has_something_due(book: Sources) -> None:
    due = {
        (c["area"], r["level"]) for c in book.capabilities if c["selected_by"] == "level" for r in c["rules"]
    }
    areas = {area["id"] for area in book.ladder["areas"]}
    assert {(area, level) for area in areas for level in (1, 2, 3, 4)} <= due
    assert all(level > 0 for _, level in due), "level 0 demands nothing"


def test_decided_in_the_open(book: Sources) -> None:
    """What is planned says so: level 3 and above, and profiles. What one platform brings, all do."""
    for c in book.capabilities:
        ahead = c["introduced"] >= 3 or c["selected_by"] == "profile"
        assert not (ahead and "available" in c["status"].values()), c["id"]
        assert c["status"]["sagemaker"] == c["status"]["azureml"], c["id"]
        assert c["status"]["local"] in (c["status"]["sagemaker"], "elsewhere"), c["id"]


@pytest.mark.parametrize("document", PLACES)
def test_every_term_of_the_documents_is_covered(book: Sources, document: str) -> None:
    terms = [t for t in book.crosswalks["documents"]["terms"] if t["document"] == document]
    count, places = PLACES[document]
    assert len(terms) >= count
    assert {t["where"] for t in terms} >= places
    assert all(t["covered_by"] for t in terms)


@pytest.mark.parametrize("word", TOOLS)
def test_every_tool_of_the_documents_is_listed(book: Sources, word: str) -> None:
    assert any(word in tool["name"] for tool in book.crosswalks["tools"]["tools"])


def test_the_ml_test_score_has_its_28_tests(book: Sources) -> None:
    sections = book.crosswalks["ml-test-score"]["sections"]
    assert {name: len(tests) for name, tests in sections.items()} == {
        "data": 7,
        "model": 7,
        "infrastructure": 7,
        "monitoring": 7,
    }
    assert len(book.crosswalks["standards"]["standards"]["EU AI Act, Annex IV"]) == 9


# ------------------------------------------------------------------ the validator itself can fail


def _spoilt(book: Sources, change: Callable[[dict[str, Any]], object], root: Path | None = None) -> list[str]:
    """The problems of a catalogue in which one thing was changed, beside those it has anyway."""
    files = copy.deepcopy(book.files)
    change({c["id"]: c for c in files.values()})
    spoilt = Sources(book.ladder, files, book.crosswalks, root or book.root)
    usual = set(validate.problems(book))
    return [p for p in validate.problems(spoilt) if p not in usual]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c["rollback"].update(area="governance"), "belongs at governance/rollback.yml"),
        (lambda c: c["rollback"].update(id="lineage"), "capability lineage: 2 files"),
        (lambda c: c["rollback"]["rules"][0].update(id="DE010"), "rule DE010: 2 files"),
        (lambda c: c["rollback"]["rules"][0].update(level=1), "DP070: due at level 1"),
        (lambda c: c["rollback"].update(requires=["nothing"]), "unknown 'nothing'"),
        (lambda c: c["model-registry"].update(requires=["rollback"]), "requires itself"),
        (lambda c: c["ci-pipeline"].update(requires=["rollback"]), "would not be monotone"),
        (lambda c: c["rollback"].update(requires=["compose-stack"]), "which no level brings"),
        (lambda c: c["rollback"].update(requires=["compose-stack"]), "does not apply to workload batch"),
        (lambda c: c["rollback"].update(requires=["load-robustness-tests"]), "not available on local"),
        (lambda c: c["rollback"]["why"].update(pt=""), "rollback: why lacks a language"),
        (lambda c: c["rollback"]["why"].update(pt=c["rollback"]["why"]["en"]), "why is not translated"),
        (lambda c: c["rollback"].update(core=True), "can be core"),
        (lambda c: c["model-registry"].update(paths=[]), "no path and no brought_by"),
        (lambda c: c["lineage"].update(paths=["README.md"]), "planned everywhere, but has files"),
        (lambda c: c["rollback"]["paths"].append("README.md"), "README.md: owned by"),
        (lambda c: c["rollback"]["paths"].append("nowhere.md"), "nowhere.md is not under template/"),
        (lambda c: c["rollback"]["paths"].append("docs/{{ slug }}.md"), "other Jinja"),
        (lambda c: c["rollback"]["paths"].append("docs/reversão.md"), "not ASCII"),
        (
            lambda c: c["project-documentation"]["paths"].remove("README.md"),
            "README.md.jinja: no capability owns it",
        ),
    ],
)
def test_the_validator_tells(book: Sources, change: Callable[[dict[str, Any]], object], told: str) -> None:
    assert any(told in problem for problem in _spoilt(book, change))


def test_target_names(tmp_path: Path) -> None:
    assert target("{{ _copier_conf.answers_file }}.jinja") == ".copier-answers.yml"
    assert target("src/{{ package }}/model.py.jinja") == "src/{{ package }}/model.py"
    assert target(".gitignore") == ".gitignore"
    (tmp_path / "src" / "__pycache__").mkdir(parents=True)
    (tmp_path / "src" / "__pycache__" / "a.pyc").touch()
    (tmp_path / "src" / "a.py.jinja").touch()
    (tmp_path / "capabilities.json").touch()
    assert targets(tmp_path) == {"src/a.py": "src/a.py.jinja"}
