"""What holds of the template and of every project that it gives, whatever was chosen."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement

from .matrix import Matrix, Project, Workshop, generic, owners
from .tools import attempt, run

#: Which distribution brings a module that is imported under another name.
DISTRIBUTIONS = {
    "azure": "azure-identity",
    "botocore": "boto3",
    "mlflow": "mlflow-skinny",
    "prometheus_client": "prometheus-client",
    "pythonjsonlogger": "python-json-logger",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: Modules that come along with what a project declares.
TRANSITIVE = {"numpy", "pydantic", "scipy", "starlette", "threadpoolctl"}


def test_every_file_of_a_project_belongs_to_a_capability_that_it_has(matrix: Matrix) -> None:
    owner = {path: capability.replace("-", "_") for path, capability in owners().items()}
    for project in matrix.projects:
        strangers = [
            path for path in project.tree if not project.context["has"][owner[generic(path, project)]]
        ]
        assert not strangers, project.label


def test_files_are_plain_text(matrix: Matrix) -> None:
    for file in matrix.files(lambda _: True):
        text = file.text
        assert "\0" not in text, file.where
        assert "\r" not in text, file.where
        assert not text or text.endswith("\n"), file.where
        assert not text.endswith("\n\n"), file.where
        assert not text.startswith("\n"), file.where
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), file.where
        assert "\n\n\n\n" not in text, file.where
        assert not re.search(r"\{%-? *(end)?(if|for|raw|set|macro)\b", text), file.where


def test_nothing_is_a_link_or_a_program(matrix: Matrix) -> None:
    assert {mode for project in matrix.projects for mode in project.modes} == {"100644"}


def test_git_ignores_nothing_that_the_template_brings(tmp_path: Path, matrix: Matrix) -> None:
    run("git", "init", "--quiet", str(tmp_path))
    for number, ignore in enumerate(matrix.files(lambda path: path == ".gitignore")):
        same = [project for project in matrix.projects if project.tree[".gitignore"] == ignore.content]
        home = tmp_path / str(number)
        for path in (".gitignore", ".dvc/.gitignore"):
            if content := next((project.tree[path] for project in same if path in project.tree), None):
                (home / path).parent.mkdir(parents=True, exist_ok=True)
                (home / path).write_bytes(content)
        paths = sorted({path for project in same for path in project.tree})
        ignored = attempt("git", "check-ignore", "--no-index", "--stdin", cwd=home, stdin="\n".join(paths))
        assert ignored.stdout == "", ignore.where
        assert ignored.returncode == 1, ignored.stderr


def test_a_level_contains_the_one_below(matrix: Matrix) -> None:
    ladders: dict[str, dict[int, Project]] = {}
    for project in matrix.projects:
        level = project.context["level"]
        if not project.context["with"] and not project.context["areas"]:
            ladders.setdefault(re.sub(r"level=\d ", "", project.label), {})[level] = project
    for ladder in ladders.values():
        for level in (0, 1):
            if level in ladder and level + 1 in ladder:
                assert ladder[level].paths <= ladder[level + 1].paths, ladder[level].label


def test_the_same_answers_give_the_same_bytes(workshop: Workshop, matrix: Matrix) -> None:
    other = Workshop(workshop.template)
    for level in (0, 1, 2):
        given = {"workload": "both", "level": level, "ci": "gitlab", "language": "pt"}
        assert workshop.project(given).tree == other.project(dict(reversed(given.items()))).tree


@cache
def links(text: str) -> frozenset[str]:
    """Where a Markdown file's relative links lead."""
    prose = re.sub(r"^(```|~~~).*?^\1|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", prose)
    return frozenset(link for link in found if not re.match(r"[a-z]+:|#", link))


def test_links_lead_somewhere(matrix: Matrix) -> None:
    for project in matrix.projects:
        folders = {str(parent) for path in project.tree for parent in PurePosixPath(path).parents}
        for path, content in project.tree.items():
            if not path.endswith(".md"):
                continue
            for link in links(content.decode()) - {"d"}:  # `d` is where the hostile text's own link leads
                target = (PurePosixPath(path).parent / link.partition("#")[0]).as_posix()
                parts: list[str] = []
                for part in target.split("/"):
                    if part == "..":
                        parts.pop()
                    elif part != ".":
                        parts.append(part)
                where = "/".join(parts)
                assert where in project.tree or where in folders, f"{path} links to {link} ({project.label})"


@cache
def imports(content: bytes, package: str, within: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a file imports: names below its own package, and the top names of foreign ones.

    Args:
        content: The file.
        package: The project's package.
        within: The package that the file stands in, dotted.
    """
    own: set[str] = set()
    foreign: set[str] = set()
    for node in ast.walk(ast.parse(content)):
        found: list[str] = []  # dotted names, those of the own package with its name in front
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = within.split(".")[: len(within.split(".")) - node.level + 1] if node.level else []
            base = ".".join(filter(None, [*parents, node.module or ""]))
            found = [f"{base}.{alias.name}" for alias in node.names]
        for name in found:
            top, _, rest = name.partition(".")
            if top == package:
                own.update([rest] if rest else [])
            else:
                foreign.add(top)
    return frozenset(own), frozenset(foreign - set(sys.stdlib_module_names))


def test_imports_are_there(matrix: Matrix) -> None:
    """Each module finds its siblings, and each foreign one is declared, whatever was left out."""
    seen: set[tuple[bytes, frozenset[str], bytes]] = set()
    for project in matrix.projects:
        package = project.context["package"]
        home = f"src/{package}/"
        modules = frozenset(
            path.removeprefix(home).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            for path in project.tree
            if path.startswith(home)
        )
        settings = project.tree["pyproject.toml"]
        for path, content in project.tree.items():
            if not path.endswith(".py") or (content, modules, settings) in seen:
                continue
            seen.add((content, modules, settings))
            folder = path.removeprefix("src/").rpartition("/")[0].replace("/", ".")
            own, foreign = imports(content, package, folder if path.startswith("src/") else "")
            # a name is a module, or stands in one
            lost = {name for name in own if not {name, name.rpartition(".")[0] or "__init__"} & modules}
            assert not lost, f"{path} imports {lost} ({project.label})"
            wanted = {DISTRIBUTIONS.get(top, top) for top in foreign - TRANSITIVE}
            lacking = wanted - declared(settings)
            assert not lacking, f"{path} imports {lacking}, undeclared in pyproject.toml ({project.label})"


@cache
def declared(settings: bytes) -> frozenset[str]:
    """The distributions that a project depends on, for running and for development."""
    project = tomllib.loads(settings.decode())
    lines = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    names = {Requirement(line).name for line in lines}
    return frozenset(names | ({"xgboost"} if "xgboost-cpu" in names else set()))


def test_documents_speak_the_project_s_language(workshop: Workshop) -> None:
    """No paragraph of a document is the same in English and in Portuguese, headings included."""
    for ci in ("github", "none"):
        english, portuguese = (
            workshop.project({"level": 2, "ci": ci, "workload": "both", "language": language})
            for language in ("en", "pt")
        )
        assert english.paths == portuguese.paths
        for path, content in english.tree.items():
            if not path.endswith(".md"):
                continue
            same = prose(content.decode()) & prose(portuguese.tree[path].decode())
            assert not same, f"{path} is not translated: {same}"


def prose(text: str) -> set[str]:
    """The lines of a document that are made of words: five or more, or a heading."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    found = set()
    for line in text.splitlines():
        words = re.findall(r"[^\W\d_]{2,}", re.sub(r"`[^`]*`|\([^)]*\)|<[^>]*>", "", line))
        if len(words) >= 5:
            found.add(line.strip())
    return found
