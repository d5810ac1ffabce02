"""`mlascent new`, as a person and as a program use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from mlascent import source
from mlascent.answers import Wish
from mlascent.commands.new import new
from mlascent.errors import RefusedError, UsageError

from .helpers import git, mlascent


def test_a_project_and_one_commit(tmp_path: Path) -> None:
    done = mlascent("new", "churn", "--level", "1", "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "churn"
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "log", "--format=%an <%ae> on %D") == "Ana Souza <ana@example.com> on HEAD -> main"
    answers = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert answers["level"] == 1
    assert (answers["project_name"], answers["package"]) == ("churn", "churn")
    assert (answers["author"], answers["email"]) == ("Ana Souza", "ana@example.com")
    assert not {"catalogue", "has", "depth", "files", "slug"} & set(answers)


def test_says_what_was_made_and_what_comes_next(tmp_path: Path) -> None:
    said = mlascent("new", "churn", "--level", "defined", "--defaults", cwd=tmp_path).stdout
    files = [path for path in (tmp_path / "churn").rglob("*") if path.is_file() and ".git" not in path.parts]
    assert f"Made churn at level 2 (defined): {len(files)} files in churn" in said
    assert "data-validation" in said
    assert "under the licence you chose: Proprietary" in said
    assert said.endswith("Next:\n  cd churn\n  just setup\n  just train\n")


def test_speaks_portuguese(tmp_path: Path) -> None:
    done = mlascent("new", "evasao", "--level", "reproduzível", "--defaults", "--lang", "pt", cwd=tmp_path)
    assert "criado no nível 1 (reproduzível)" in done.stdout
    assert yaml.safe_load((tmp_path / "evasao/.copier-answers.yml").read_text())["language"] == "pt"


def test_development_versions_are_said_to_be_such(tmp_path: Path) -> None:
    done = mlascent("new", "churn", "--defaults", "--json", cwd=tmp_path)
    template = json.loads(done.stdout)["template"]
    recorded = yaml.safe_load((tmp_path / "churn/.copier-answers.yml").read_text())
    assert recorded["_commit"] == template["version"]
    assert recorded["_src_path"] == template["url"]
    said = mlascent("new", "again", "--defaults", cwd=tmp_path).stdout
    assert ("only mlascent can update" in said) is not template["released"]


def test_json_is_all_that_is_printed(tmp_path: Path) -> None:
    told = json.loads(mlascent("new", "churn", "--defaults", "--json", cwd=tmp_path).stdout)
    assert told["schema"] == 1
    assert told["written"] is True
    assert told["commit"] == git(tmp_path / "churn", "rev-parse", "HEAD")
    assert sorted(told["files"]) == told["files"]
    assert "code-quality" in told["capabilities"]["development"]
    assert told["next"] == ["cd churn", "just setup", "just train"]


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    done = mlascent("new", "churn", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = mlascent("new", "churn", "--level", "2", "--defaults", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert not list(tmp_path.iterdir())
    assert "Would make churn at level 2" in done.stdout
    assert "    churn/\n      __init__.py" in done.stdout
    assert "data-validation" in done.stdout


def test_no_git(tmp_path: Path) -> None:
    made = new(tmp_path / "churn", use_git=False)
    assert not (tmp_path / "churn/.git").exists()
    assert made.commit == ""


def test_an_empty_directory_is_filled_and_kept(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    identity = here.stat().st_ino
    done = mlascent("new", ".", "--defaults", cwd=here)
    assert done.returncode == 0, done.stderr
    assert here.stat().st_ino == identity
    assert "Next:\n  just setup" in done.stdout
    assert yaml.safe_load((here / ".copier-answers.yml").read_text())["project_name"] == "here"
    assert not [path.name for path in here.iterdir() if "mlascent-" in path.name]


def test_parents_are_made(tmp_path: Path) -> None:
    new(tmp_path / "a/b/churn", use_git=False)
    assert (tmp_path / "a/b/churn/README.md").exists()


def test_author_of_the_answers_where_git_knows_nobody(tmp_path: Path) -> None:
    nobody = {"GIT_CONFIG_GLOBAL": str(tmp_path / "none"), "HOME": str(tmp_path)}
    data = ["--data", "author=Rui Lima", "--data", "email=rui@example.com", "--data", "default_branch=trunk"]
    assert mlascent("new", "churn", "--defaults", *data, cwd=tmp_path, env=nobody).returncode == 0
    assert git(tmp_path / "churn", "log", "--format=%an <%ae>, %cn <%ce> on %D") == (
        "Rui Lima <rui@example.com>, Rui Lima <rui@example.com> on HEAD -> trunk"
    )


def test_a_persons_own_git_settings_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "ignore").write_text("*.toml\n*.md\n")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "hooks/pre-commit").chmod(0o755)
    (tmp_path / "config").write_text(
        "[user]\nname = A\nemail = a@example.com\n[commit]\ngpgsign = true\n"
        f"[core]\nexcludesFile = {tmp_path}/ignore\nhooksPath = {tmp_path}/hooks\nautocrlf = input\n"
    )
    env = {"GIT_CONFIG_GLOBAL": str(tmp_path / "config")}
    done = mlascent("new", "churn", "--defaults", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert "pyproject.toml" in git(tmp_path / "churn", "ls-files").split()


def test_what_git_knows_and_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "config").write_text('[user]\nname = A\nemail = "not an address"\n')
    done = mlascent(
        "new", "churn", "--defaults", cwd=tmp_path, env={"GIT_CONFIG_GLOBAL": str(tmp_path / "config")}
    )
    assert done.returncode == 0, done.stderr
    assert "email: what git knows is not usable here" in done.stdout
    assert yaml.safe_load((tmp_path / "churn/.copier-answers.yml").read_text())["email"] == ""


# ---------------------------------------------------------------- choosing


def test_areas_with_and_without(tmp_path: Path) -> None:
    wish = Wish(
        level="1", areas=["governance=defined"], with_=["data-validation"], without=["one-command-deployment"]
    )
    made = new(tmp_path / "churn", wish, dry_run=True)
    flat = [i for ids in made.capabilities.values() for i in ids]
    assert "data-validation" in flat
    assert "model-documentation" in flat  # level 2, by its area
    assert "one-command-deployment" not in flat
    assert made.rendering.answers["areas"] == {"governance": 2}


def test_data_file_and_what_wins_over_it(tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text(
        "level: 2\nci: gitlab\nauthor: Rui\nwith: [compose-stack]\n_commit: v9.9.9\n"
    )
    wish = Wish(level="1", data_file=tmp_path / "answers.yml", data=["ci=none"], with_=["data-validation"])
    answers = new(tmp_path / "churn", wish, dry_run=True).rendering.answers
    assert (answers["level"], answers["ci"], answers["author"]) == (1, "none", "Rui")
    assert answers["with"] == ["compose-stack", "data-validation"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(level="7"), "no level '7'"),
        (Wish(level="3"), "level 3 (managed) is planned, not available yet"),
        (Wish(level="otimizado"), "level 4 (optimised) is planned, not available yet"),
        (Wish(with_=["managed-platform"]), "managed-platform, which is not available on platform local"),
        (Wish(platform="locla"), "platform: there is no locla; did you mean local?"),
        (Wish(ci="githb"), "ci: there is no githb; did you mean github?"),
        (Wish(workload="stream"), "workload: there is no stream; choose from online, batch, both"),
        (Wish(profiles=["genai"]), "profile genai is planned, not available yet"),
        (Wish(profiles=["gena"]), "no profile gena; did you mean genai?"),
        (Wish(areas=["governanc=2"]), "no area governanc; did you mean governance?"),
        (Wish(areas=["governance"]), "a name and a value are needed"),
        (Wish(areas=["governance=4"]), "level 4 (optimised) is planned, not available yet"),
        (Wish(level="2", areas=["governance=1"]), "below the project's level 2"),
        (Wish(with_=["data-validatio"]), "no capability 'data-validatio'"),
        (Wish(with_=["prompt-lifecycle"]), "prompt-lifecycle, which is planned, not available yet"),
        (Wish(without=["code-quality"]), "code-quality, which every project has"),
        (Wish(with_=["data-validation"], without=["data-validation"]), "which `with` asks for"),
        (Wish(with_=["performance-gate"], without=["training-pipeline"]), "leaves out training-pipeline"),
        (Wish(ci="none", with_=["ci-pipeline"]), "ci-pipeline, which has nothing for ci none"),
        (Wish(data=["licnce=MIT"]), "no answer named licnce; did you mean licence?"),
        (Wish(data=["has={}"]), "no answer named has"),
        (Wish(data=["licence=GPL"]), "'GPL' is none of Proprietary, Apache-2.0, MIT, BSD-3-Clause"),
        (Wish(level="1", data=["level=2"]), "level is given twice"),
        (Wish(data=["package=pandas"]), "package: is a name that Python, the system or the project"),
        (Wish(data=["email=nobody"]), "email: must be empty or an e-mail address"),
        (Wish(data=["areas=[1]"]), "areas: must be a mapping"),
        (Wish(data=["with={"]), "with: is not yaml"),
    ],
)
def test_refused_choices(wish: Wish, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        new(tmp_path / "churn", wish)
    assert said in refused.value.message
    assert not list(tmp_path.iterdir())


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    options = ["--level", "3", "--with", "nothing", "--ci", "x", "--data", "licnce=MIT", "--area", "a=1"]
    done = mlascent("new", "churn", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 5
    done = mlascent("new", "churn", "--data", "licence=GPL", "--data", "email=x", cwd=tmp_path)
    assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 2
    assert "Traceback" not in done.stderr


def test_contradictions_are_told_together(tmp_path: Path) -> None:
    wish = Wish(level="2", areas=["governance=1"], with_=["ci-pipeline"], ci="none", without=["code-quality"])
    with pytest.raises(UsageError) as refused:
        new(tmp_path / "churn", wish)
    assert [line.partition(":")[0] for line in refused.value.message.splitlines()] == [
        "areas",
        "with",
        "without",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("licnce: MIT\n", "there is no answer named licnce; did you mean licence?"),
        ("- a\n", "is no mapping of answers"),
        ("a: [\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_refused_data_files(content: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match="data file") as refused:
        new(tmp_path / "churn", Wish(data_file=file))
    assert said in refused.value.message


# ---------------------------------------------------------------- refusals


def test_a_directory_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "churn").mkdir()
    (tmp_path / "churn/mine.txt").write_text("mine")
    done = mlascent("new", "churn", "--defaults", cwd=tmp_path)
    assert done.returncode == 3
    assert "is not empty" in done.stderr
    assert [path.name for path in (tmp_path / "churn").iterdir()] == ["mine.txt"]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "churn").write_text("")
    with pytest.raises(RefusedError, match="is no directory"):
        new(tmp_path / "churn")
    with pytest.raises(RefusedError, match="is no directory"):
        new(tmp_path / "churn/below")


def test_programs_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = source.current()  # a checkout reads its own version by git; a wheel needs none
    monkeypatch.setattr(source, "current", lambda: brought)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError) as refused:
        new(tmp_path / "churn", setup=True)
    assert refused.value.message == "not installed: git, uv, just"
    assert "pip install uv rust-just" in refused.value.hint
    assert "--no-git" in refused.value.hint
    new(tmp_path / "churn", use_git=False)
    assert (tmp_path / "churn/README.md").exists()


# ---------------------------------------------------------------- in a repository that is there already


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    root = tmp_path / "company"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "README.md").write_text("us\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "us")
    return root


def test_in_a_subdirectory(monorepo: Path) -> None:
    done = mlascent("new", "ml/churn", "--level", "1", "--defaults", cwd=monorepo)
    assert done.returncode == 0, done.stderr
    project = monorepo / "ml/churn"
    assert not (project / ".git").exists()
    assert yaml.safe_load((project / ".copier-answers.yml").read_text())["subdirectory"] == "ml/churn"
    workflow = monorepo / ".github/workflows/mlascent-churn-ci.yml"
    assert "ml/churn" in workflow.read_text()
    assert not list(project.glob(".github/workflows/*"))
    assert git(monorepo, "rev-list", "--count", "HEAD") == "1"
    command = "git add ml/churn .github/workflows/mlascent-churn-ci.yml && git commit -m 'Start churn'"
    assert command in done.stdout
    add, _, commit = command.partition(" && git ")
    git(monorepo, *add.split()[1:])
    git(monorepo, "commit", "-m", "Start churn")
    assert commit
    assert git(monorepo, "status", "--porcelain") == ""


def test_two_projects_of_one_name(monorepo: Path) -> None:
    new(monorepo / "a/churn", Wish(level="1"))
    with pytest.raises(RefusedError, match="another project of this repository has the same name"):
        new(monorepo / "b/churn", Wish(level="1"))
    assert not (monorepo / "b").exists()
    new(monorepo / "b/churn", Wish(level="1", data=["project_name=churn b"]))
    assert (monorepo / ".github/workflows/mlascent-churn-b-ci.yml").exists()


def test_other_hosts_keep_their_files_in_the_project(monorepo: Path) -> None:
    made = new(monorepo / "churn", Wish(level="1", ci="gitlab"))
    assert not made.beside
    assert not (monorepo / ".github").exists()


def test_a_subdirectory_that_contradicts_the_destination(monorepo: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="subdirectory is elsewhere"):
        new(monorepo / "churn", Wish(data=["subdirectory=elsewhere"]))
    with pytest.raises(UsageError, match="subdirectory is elsewhere"):
        new(tmp_path / "alone", Wish(data=["subdirectory=elsewhere"]))


def test_an_ignored_directory_is_a_place_of_its_own(monorepo: Path) -> None:
    (monorepo / ".gitignore").write_text("scratch/\n")
    new(monorepo / "scratch/churn")
    assert (monorepo / "scratch/churn/.git").is_dir()
