"""Random histories: what users do to a project between two updates, and where they keep it.

Every line that they write holds a word of its own, so that a lost one is seen. Files without lines are
followed by their bytes. The same histories serve the tests, and the benchmark that counts what others lose.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from mlascent import source
from mlascent.commands.wanted import rendered

from .releases import NEWEST, releases
from .support import Repo, made

LEVELS = (0, 1, 2)
ANSWERS = ".copier-answers.yml"
_COMMENT = {".md": "{}", ".json": '"{}"', ".ipynb": '"{}"', ".txt": "{}"}


@dataclass
class Story:
    """A project and what its users did to it.

    Attributes:
        repo: The project.
        random: Decides everything.
        deleted: Template files that a user deleted.
        left: Untracked and ignored files, with their content.
        kept: Content that users made and that is followed by its bytes: path → what `Repo.files` says of it.
        told: What happened, for a failing test to print.
    """

    repo: Repo
    random: Random
    deleted: set[str] = field(default_factory=set)
    left: dict[str, bytes] = field(default_factory=dict)
    kept: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    count: int = 0

    def line(self, path: str) -> str:
        """A new line of the user's, as a file's format writes remarks."""
        self.count += 1
        mark = _COMMENT.get(posixpath.splitext(path)[1], "# {}")
        return mark.format(f"user-line-{self.count}") + "\n"

    def pick(self, paths: list[str]) -> str:
        return self.random.choice(sorted(paths))

    def tracked(self) -> list[str]:
        """Files of the project that can be worked on."""
        paths = [
            path.removeprefix(self.repo.prefix)
            for path in self.repo.tree()
            if path.startswith(self.repo.prefix)
        ]
        return [
            path
            for path in paths
            if path not in (ANSWERS, ".gitmodules")
            and path not in self.kept
            and (self.repo.path / path).is_file()
        ]

    def texts(self) -> list[str]:
        found = []
        for path in self.tracked():
            full = self.repo.path / path
            if not full.is_symlink() and b"\0" not in full.read_bytes():
                found.append(path)
        return found

    def template(self) -> list[str]:
        """Files that the template gave and that are still there."""
        given = given_by(self.repo.answers)
        return [path for path in self.tracked() if path in given]

    def coming(self) -> list[str]:
        """Paths that the template may bring later, and that nothing lies at."""
        package = self.repo.answers["package"]
        every = given_by(
            {
                **self.repo.answers,
                "level": 2,
                "workload": "both",
                "package": package,
                "areas": {},
                "without": [],
            }
        )
        free = [path for path in every if not os.path.lexists(self.repo.path / path)]
        return [path for path in free if path not in self.deleted and _reachable(self.repo.path, path)]


def _reachable(top: Path, path: str) -> bool:
    """Whether a file could be made there: every folder above is one, or nothing."""
    parents = [top / parent for parent in Path(path).parents if str(parent) != "."]
    return all(
        not os.path.lexists(parent) or (parent.is_dir() and not parent.is_symlink()) for parent in parents
    )


def given_by(answers: dict[str, Any]) -> set[str]:
    """The paths that the template gives for answers."""
    template = source.at(answers["_commit"])
    chosen = {name: value for name, value in answers.items() if not name.startswith("_")}
    return set(rendered(template, "", chosen).tree)


def begin(random: Random, directory: Path) -> Story:
    """A project at some level, of some version, in some place."""
    level, version = random.choice(LEVELS), random.choice(list(releases()))
    answers = {
        "ci": random.choice(["github", "gitlab", "none"]),
        "workload": random.choice(["online", "batch"]),
    }
    place = random.choice(["root", "root", "root", "subdirectory", "worktree", "submodule", "autocrlf"])
    told = [f"{place}, level {level}, {version}, {answers}"]
    if place == "subdirectory":
        top = directory / "mono"
        top.mkdir()
        outer = Repo(top)
        outer.git("init", "--quiet")
        outer.write("other/file.txt", "somebody else's\n")
        outer.commit()
        made(top / "services/churn", level, version, **answers)
        repo = Repo(top, "services/churn/")
        repo.commit("churn")
    else:
        repo = made(directory / "churn", level, version, **answers)
    if place == "worktree":
        repo.git("worktree", "add", "--quiet", "-b", "work", str(directory / "tree"))
        repo = Repo(directory / "tree")
    elif place == "submodule":
        library = Repo(directory / "library")
        library.top.mkdir()
        library.git("init", "--quiet")
        library.write("lib.txt", "a library\n")
        library.commit()
        repo.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.top), "vendor"
        )
        repo.commit("a submodule")
    elif place == "autocrlf":
        repo.git("config", "core.autocrlf", "true")
        repo.git("rm", "--quiet", "--cached", "-r", ".")
        repo.git("reset", "--quiet", "--hard")
    return Story(repo, random, told=told)


def work(story: Story) -> None:
    """Some days of work, committed."""
    for _ in range(story.random.randint(1, 6)):
        deed = story.random.choice(DEEDS)
        what = deed(story)
        if what:
            story.told.append(f"{deed.__name__.strip('_')} {what}")
        if story.random.random() < 0.3:
            story.repo.commit()
    story.repo.commit()


def _append(story: Story) -> str:
    path = story.pick(story.texts())
    content = (story.repo.path / path).read_bytes()
    end = b"" if not content or content.endswith(b"\n") else b"\n"
    story.repo.write(path, content + end + story.line(path).encode())
    return path


def _insert(story: Story) -> str:
    path = story.pick(story.texts())
    lines = (story.repo.path / path).read_bytes().splitlines(keepends=True)
    at = story.random.randint(0, len(lines))
    if at and not lines[at - 1].endswith(b"\n"):
        at -= 1
    lines.insert(at, story.line(path).encode())
    story.repo.write(path, b"".join(lines))
    return path


def _replace(story: Story) -> str:
    path = story.pick(story.texts())
    lines = (story.repo.path / path).read_bytes().splitlines(keepends=True)
    if not lines:
        return ""
    at = story.random.randrange(len(lines))
    lines[at] = story.line(path).encode()
    story.repo.write(path, b"".join(lines))
    return path


def _delete(story: Story) -> str:
    paths = story.template()
    if not paths:
        return ""
    path = story.pick(paths)
    (story.repo.path / path).unlink()
    story.deleted.add(path)
    return path


def _rename(story: Story) -> str:
    path = story.pick(story.texts())
    new = posixpath.join(posixpath.dirname(path), f"renamed_{story.count}_{posixpath.basename(path)}")
    story.repo.commit()
    story.repo.git("mv", story.repo.prefix + path, story.repo.prefix + new)
    story.repo.commit("rename")
    return f"{path} {new}"


def _move_folder(story: Story) -> str:
    folders = {posixpath.dirname(path) for path in story.texts()} - {"", "docs"}
    folders = {folder for folder in folders if not any(path.startswith(f"{folder}/") for path in story.kept)}
    if not folders:
        return ""
    folder = story.pick(list(folders))
    new = f"moved_{story.count}_{folder.replace('/', '_')}"
    if not (story.repo.path / folder).is_dir() or any(path.startswith(f"{folder}/") for path in story.left):
        return ""
    story.repo.commit()
    story.repo.git("mv", story.repo.prefix + folder, story.repo.prefix + new)
    story.repo.commit("move")
    return f"{folder} {new}"


def _own(story: Story) -> str:
    story.count += 1
    path = story.random.choice(["notes/{}.md", "src/extra/{}.py", "{}.txt", "docs/own/{}.md"]).format(
        f"own{story.count}"
    )
    if not _reachable(story.repo.path, path):
        return ""
    story.repo.write(path, story.line(path) + story.line(path))
    return path


def _own_where_the_template_comes(story: Story) -> str:
    paths = story.coming()
    if not paths:
        return ""
    path = story.pick(paths)
    story.repo.write(path, story.line(path) + story.line(path))
    return path


def _leave(story: Story, ignored: bool) -> str:
    """Write a file that git does not track where the template may bring one."""
    paths = story.coming()
    if not paths:
        return ""
    path = story.pick(paths)
    story.repo.commit()
    exclude = Path(story.repo.git("rev-parse", "--git-path", "info/exclude").strip())
    exclude = story.repo.top / exclude
    exclude.parent.mkdir(exist_ok=True, parents=True)
    with exclude.open("a", encoding="utf-8") as file:
        file.write(f"/{story.repo.prefix}{path}\n")
    content = (story.line(path) + ("ignored" if ignored else "left")).encode()
    story.repo.write(path, content)
    story.left[path] = content
    return path


def _ignored(story: Story) -> str:
    return _leave(story, ignored=True)


def _binary(story: Story) -> str:
    path = story.pick(story.texts())
    story.count += 1
    story.repo.write(path, b"\0binary of the user %d\xff" % story.count)
    story.kept[path] = story.repo.files()[story.repo.prefix + path]
    return path


def _executable(story: Story) -> str:
    path = story.pick(story.texts())
    full = story.repo.path / path
    full.chmod(full.stat().st_mode | 0o111)
    return path


def _link(story: Story) -> str:
    path = story.pick(story.texts())
    story.count += 1
    (story.repo.path / path).unlink()
    (story.repo.path / path).symlink_to(f"nowhere-{story.count}")
    story.kept[path] = "link", f"nowhere-{story.count}".encode()
    return path


def _crlf(story: Story) -> str:
    path = story.pick(story.texts())
    content = (story.repo.path / path).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    story.repo.write(path, content + story.line(path).replace("\n", "\r\n").encode())
    return path


def _folder_instead(story: Story) -> str:
    path = story.pick(story.texts())
    (story.repo.path / path).unlink()
    story.repo.write(f"{path}/inside.txt", story.line("inside.txt"))
    return path


DEEDS: list[Callable[[Story], str]] = [
    *([_append] * 4),
    *([_insert] * 4),
    *([_replace] * 3),
    *([_delete] * 2),
    _rename,
    _move_folder,
    *([_own] * 2),
    *([_own_where_the_template_comes] * 2),
    *([_ignored] * 2),
    _binary,
    _executable,
    _link,
    _crlf,
    _folder_instead,
]


def wishes(story: Story) -> dict[str, Any]:
    """What the team asks an update for."""
    random = story.random
    answers = story.repo.answers
    rarer = ["version", "capability", "ci", "workload", "platform", "package"]
    kind = random.choice(["level"] * 3 + rarer)
    wish: dict[str, Any] = {}
    if kind == "level":
        wish = {"level": random.choice([level for level in LEVELS if level != answers["level"]])}
    elif kind == "capability":
        taken = sorted({*answers["with"], *answers["without"]})
        if taken and random.random() < 0.5:
            ids = [random.choice(taken)]
            wish = {"remove" if ids[0] in answers["with"] else "add": ids}
        else:
            wish = {"add": [random.choice(["data-validation", "experiment-tracking", "model-registry"])]}
    elif kind == "ci":
        wish = {"ci": random.choice(["github", "gitlab", "none"])}
    elif kind == "workload":
        wish = {"workload": random.choice(["online", "batch"])}
    elif kind == "platform":
        wish = {"platform": random.choice(["local", "sagemaker", "azureml"])}
    elif kind == "package":
        wish = {"data": [f"package=renamed_{story.count}"]}
    versions = list(releases())
    later = versions[versions.index(answers["_commit"]) :]
    wish["to"] = random.choice(later) if kind not in ("version", "platform") else NEWEST
    story.told.append(f"update {wish}")
    return wish


def renamed(path: str, old: str, new: str) -> str:
    """A path of the project after the package's name changed."""
    return f"src/{new}/{path.removeprefix(f'src/{old}/')}" if path.startswith(f"src/{old}/") else path


def faults(story: Story, before: Before) -> Iterator[str]:
    """What an update lost or brought back against the user's will."""
    repo, files = story.repo, story.repo.files()
    if lost := before.tokens - repo.tokens():
        yield f"lost {sorted(lost)}"
    for path, content in before.left.items():
        if files.get(repo.prefix + path, ("", b""))[1] != content:
            yield f"overwrote {path}, which git does not track"
    present = set(files.values())
    for path, file in before.kept.items():
        if file not in present:
            yield f"lost the bytes of {path}"
    for path in before.deleted:
        if repo.prefix + path in files:
            yield f"brought back {path}"
    modes = [path for path in before.executable if path in files and files[path][0] == "-"]
    if modes:
        yield f"took the exec bit of {modes}"


@dataclass
class Before:
    """What must survive an update."""

    tokens: set[bytes]
    left: dict[str, bytes]
    kept: dict[str, tuple[str, bytes]]
    deleted: set[str]
    executable: set[str]

    @staticmethod
    def of(story: Story) -> Before:
        files = story.repo.files()
        prefix = story.repo.prefix
        return Before(
            tokens=story.repo.tokens(),
            left=dict(story.left),
            kept={path: file for path, file in story.kept.items() if files.get(prefix + path) == file},
            deleted={path for path in story.deleted if prefix + path not in files},
            executable={path for path, (mode, _) in files.items() if mode == "x"},
        )
