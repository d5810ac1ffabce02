"""The files that others call are valid by their formats, and name the version that they come with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mlascent
import pytest

from tests.template.tools import program, run

from .support import ACTION, AZURE, FILES, GITLAB, HOOKS, ROOT, inputs, loaded, script

VERSION = mlascent.__version__.partition(".dev")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_version_is_this_one(path: Path) -> None:
    named = re.findall(r"mlascent==(\S+)", path.read_text(encoding="utf-8"))
    assert named
    assert set(named) == {VERSION}


def check(schema: str, *files: Path) -> None:
    run(program("check-jsonschema"), "--builtin-schema", schema, *files)


def test_the_action_follows_its_schema() -> None:
    check("vendor.github-actions", ACTION)


def test_the_action_gives_nothing_away() -> None:
    run(program("zizmor"), "--offline", "--pedantic", ACTION)


def test_the_azure_template_follows_its_schema() -> None:
    check("vendor.azure-pipelines", AZURE)


def test_the_gitlab_template_follows_its_schema(tmp_path: Path) -> None:
    for number, document in enumerate(loaded(GITLAB)):
        text = json.dumps(document)
        for name, default in inputs(GITLAB).items():
            text = text.replace(f"$[[ inputs.{name} ]]", default)
        assert "$[[" not in text
        (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
        check("vendor.gitlab-ci", tmp_path / f"{number}.yml")


def test_the_hook_is_a_hook() -> None:
    run(program("pre-commit"), "validate-manifest", HOOKS)


def test_the_action_is_pinned_as_projects_are() -> None:
    """One commit of one action, in what we generate and in what others call."""
    uses = set(re.findall(r"uses: (.*)", ACTION.read_text(encoding="utf-8")))
    template = ROOT / "template" / ".github" / "workflows" / "mlascent-ci.yml.jinja"
    assert uses <= set(re.findall(r"uses: (.*)", template.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [ACTION, GITLAB, AZURE], ids=lambda path: path.parent.name)
def test_the_shell_is_sound_and_takes_nothing_but_variables(path: Path) -> None:
    text, env = script(path)
    assert "inputs." not in text
    assert "parameters." not in text
    declared = "".join(f"export {name}=\n" for name in [*env, "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
    run(program("shellcheck"), "--shell=bash", "-", stdin=declared + text)


def test_all_of_them_can_be_told_the_same() -> None:
    names = [{name.replace("owedBy", "owed-by") for name in inputs(path)} for path in (ACTION, GITLAB, AZURE)]
    assert names[1] - {"stage", "image"} == names[2] == names[0] - {"sarif"}
