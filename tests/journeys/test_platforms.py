"""From a machine of one's own to a platform, to another one and back: the team's code stays as it is."""

from __future__ import annotations

import itertools

import pytest

from .conftest import Make
from .support import TOKEN
from .test_laws import as_new

PLATFORMS = ("sagemaker", "azureml")
#: Where the platform's own things are; what else a change of platform touches is told below.
OWN = ("/platforms/", "infra/", "deploy/platform.just", "pipelines/platform.just", "mlascent-platform.")
#: Shared files with a line or two that know of the platform.
TOUCHED = {
    *(".copier-answers.yml", "deploy/Dockerfile", "pyproject.toml"),
    *(".github/workflows/mlascent-build.yml", ".github/workflows/mlascent-release.yml"),
    ".github/workflows/mlascent-retrain.yml",
}


@pytest.mark.parametrize("level", [0, 1, 2])
def test_there_and_back(make: Make, level: int) -> None:
    repo = make(level, workload="both")
    trees = {"local": repo.tree()}
    for platform in ("sagemaker", "azureml", "sagemaker", "local", "azureml", "local"):
        updated = repo.update(platform=platform)
        assert not updated.notes
        as_new(repo)
        assert trees.setdefault(platform, repo.tree()) == repo.tree()


@pytest.mark.parametrize(
    ("platform", "ci", "workload"),
    [("sagemaker", "gitlab", "batch"), ("azureml", "azure", "online"), ("sagemaker", "jenkins", "both")],
)
def test_levels_up_and_down(make: Make, platform: str, ci: str, workload: str) -> None:
    repo = make(0, platform=platform, ci=ci, workload=workload)
    trees = {0: repo.tree()}
    for level in (1, 2, 0, 2, 1, 0):
        repo.update(level=level)
        as_new(repo)
        assert trees.setdefault(level, repo.tree()) == repo.tree()


def test_the_way_does_not_matter(make: Make) -> None:
    given = {"package": "churn", "project_name": "churn"}
    first, second, third = make(0, "a", **given), make(0, "b", **given), make(0, "c", **given)
    first.update(platform="sagemaker")
    first.update(level=2)
    second.update(level=2)
    second.update(platform="azureml")
    second.update(platform="sagemaker")
    third.update(level=2, platform="sagemaker")
    assert first.tree() == second.tree() == third.tree()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_code_that_a_team_writes_knows_no_platform(make: Make, platform: str) -> None:
    """A change of platform adds and removes files of its own, and touches few lines of others."""
    repo = make(2)
    before = repo.head
    repo.update(platform=platform)
    changed = repo.changed(before)
    shared = {path for path in changed if not any(part in f"/{path}" for part in OWN)}
    added = {path for path in shared if changed[path] == "A"}
    assert all(path.startswith(("tests/test_", "docs/")) for path in added), added
    assert shared - added <= TOUCHED
    rows = repo.git("diff", "--numstat", before, "HEAD", "--", *sorted(shared - added)).splitlines()
    assert sum(int(number) for row in rows for number in row.split()[:2]) <= 90


def test_a_team_s_work_goes_along(make: Make) -> None:
    """Lines in every kind of file survive each change of platform, in place or in a conflict."""
    repo = make(2)
    counter = itertools.count()
    written: set[bytes] = set()

    def work(*paths: str) -> None:
        for path in paths:
            line = f"# user-line-{next(counter)}"
            written.add(line[2:].encode())
            repo.append(path, f"{line}\n")
        repo.commit()

    package = next(path.name for path in (repo.path / "src").iterdir())
    work(f"src/{package}/model.py", f"src/{package}/features.py", "params.yaml", "pyproject.toml", "justfile")
    repo.update(platform="sagemaker")
    work("infra/sagemaker/settings.yaml", f"src/{package}/platforms/settings.py", "deploy/Dockerfile")
    for change in ({"platform": "azureml"}, {"level": 1}, {"level": 2}, {"platform": "local"}):
        repo.update(**change)
        assert written <= repo.tokens(), change
        if repo.git("ls-files", "--unmerged"):
            repo.settle()
        assert written <= repo.tokens(), change
        assert not repo.status()
    assert TOKEN.findall(repo.read(f"src/{package}/model.py").encode())
