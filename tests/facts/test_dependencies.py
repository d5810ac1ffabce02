"""Requirements, locks, answers."""

from __future__ import annotations

from pathlib import Path

from tests.rules.support import facts

TREE = {
    "pyproject.toml": """
        [project]
        requires-python = ">=3.11"
        dependencies = [
          "Scikit_Learn[a,b] >=1.2, <2 ; python_version > '3'",
          "plain",
        ]
        [project.optional-dependencies]
        gpu = ["torch @ https://x/y.whl"]
        [dependency-groups]
        dev = ["pytest>=9", {include-group = "x"}]
        [tool.poetry.group.docs.dependencies]
        mkdocs = "^1.5"
        python = "3.12"
    """,
    "requirements.in": "flask>=2\n",
    "requirements.txt": "# by pip-compile\nflask==2.1 \\\n  --hash=sha256:aa\nwerkzeug==3.0\n",
    "requirements-dev.txt": "-r requirements.txt\nblack  # why\nruff==0.1\n",
    "environment.yml": "dependencies:\n  - python=3.10\n  - numpy=1.26.*\n"
    "  - conda-forge::pip\n  - pip: [dvc>=3]\n",
    "setup.cfg": "[options]\ninstall_requires =\n    attrs>=1\n[options.extras_require]\nx =\n    tox\n",
    "setup.py": "from setuptools import setup\nREQ = ['six>=1']\n"
    "setup(install_requires=REQ, extras_require={'e': ['q']})",
    "Pipfile": "[packages]\nhttpx = '*'\n[dev-packages]\nmypy = {version = '>=1'}\n",
    "uv.lock": '[[package]]\nname = "Plain"\nversion = "1.0"\n\n'
    '[[package]]\nname = "own"\nsource = { editable = "." }\n',
    "Pipfile.lock": '{"default": {"httpx": {"version": "==0.27"}}}',
}


def test_everything_that_is_declared(tmp_path: Path) -> None:
    found = facts(tmp_path, TREE).dependencies
    assert {(d.name, d.specifier, d.group, d.path, d.line) for d in found.declared} == {
        ("scikit-learn", ">=1.2,<2", "", "pyproject.toml", 4),
        ("plain", "", "", "pyproject.toml", 5),
        ("torch", "@https://x/y.whl", "gpu", "pyproject.toml", 8),
        ("pytest", ">=9", "dev", "pyproject.toml", 10),
        ("mkdocs", "^1.5", "docs", "pyproject.toml", 12),
        ("flask", ">=2", "", "requirements.in", 1),
        ("black", "", "dev", "requirements-dev.txt", 2),
        ("ruff", "==0.1", "dev", "requirements-dev.txt", 3),
        ("numpy", "==1.26.*", "", "environment.yml", 3),
        ("pip", "", "", "environment.yml", 4),
        ("dvc", ">=3", "", "environment.yml", 5),
        ("attrs", ">=1", "", "setup.cfg", 3),
        ("tox", "", "x", "setup.cfg", 6),
        ("six", ">=1", "", "setup.py", 2),
        ("q", "", "e", "setup.py", 3),
        ("httpx", "", "", "Pipfile", 2),
        ("mypy", ">=1", "dev", "Pipfile", 4),
    }
    assert (found.requires_python, found.python_from) == (">=3.11", "pyproject.toml")
    assert {(lock.path, lock.kind): dict(lock.versions) for lock in found.locks} == {
        ("uv.lock", "uv"): {"plain": "1.0", "own": ""},
        ("Pipfile.lock", "pipenv"): {"httpx": "0.27"},
        ("requirements.txt", "requirements"): {"flask": "2.1", "werkzeug": "3.0"},
    }
    assert [d.group for d in found.of("pytest")] == ["dev"]


def test_strange_manifests(tmp_path: Path) -> None:
    seen = facts(
        tmp_path,
        {
            "pyproject.toml": "project = 3\n",
            "setup.py": "setup(",
            "environment.yml": "dependencies: {a: b}",
            "Pipfile.lock": "[]",
            "uv.lock": "name = " + '"a' * 50_000,
            "requirements.txt": "-e .\n" + "a" * 100_000 + "\n@ [\n",
        },
    )
    assert seen.dependencies.declared == ()
    assert {problem.path for problem in seen.files.problems} == {"setup.py"}


def test_answers(tmp_path: Path) -> None:
    text = """
        problem:
          example: true
          objective: x
        owners: [{name: Ana}]
        models:
          a: {thresholds: {example: true, x: 1}, note: ""}
        privacy: {retention_days: 3, inner: {example: true}}
    """
    answers = facts(
        tmp_path, {"mlascent.yaml": text, ".copier-answers.yml": "level: 2\npackage: a\n"}
    ).answers
    assert answers.generated
    assert answers.block("problem") is answers.block("models") is answers.block("none") is None
    assert answers.block("owners") == [{"name": "Ana"}]
    assert answers.block("privacy") == {"retention_days": 3}
    assert answers.line("owners", 0, "name") == 4
    assert not facts(tmp_path / "x", {"a": ""}).answers.generated
