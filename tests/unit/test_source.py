"""Where template versions come from: a checkout's history, the packed file, other repositories."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from mlascent import bundle, history, place, source
from mlascent.answers import Wish
from mlascent.commands.new import new
from mlascent.errors import FailedError, RefusedError, UsageError

from .helpers import MINI, ROOT, git, tree_of

sys.path.insert(0, str(ROOT))

import hatch_build


class House:
    """A small checkout with a version and a template."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        git(root, "init", "--quiet")

    def commit(self, version: str | None = None, text: str | None = None, message: str = "work") -> str:
        if version:
            file = self.root / "generator/mlascent/__init__.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f'"""Docs."""\n\n__version__ = "{version}"\n')
        if text:
            self.write(text)
        git(self.root, "add", ".")
        git(self.root, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.root, "rev-parse", "HEAD")

    def write(self, text: str) -> None:
        (self.root / "template").mkdir(exist_ok=True)
        (self.root / "copier.yml").write_text("_subdirectory: template\n")
        (self.root / "template/file.txt").write_text(text)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def text_of(tree: history.Tree) -> str:
    return tree["template/file.txt"][1].decode()


# ---------------------------------------------------------------- releases


def test_a_release_is_the_commit_that_sets_a_plain_version(house: House) -> None:
    house.commit("0.1.0.dev0", "zero")
    first = house.commit("0.1.0", "one")
    house.commit(None, "between")
    house.commit("0.2.0.dev0")
    house.commit("0.1.0", message="back")  # not the first time: no release
    second = house.commit("0.2.0", "two")
    assert history.releases(house.root) == {"v0.1.0": first, "v0.2.0": second}
    assert text_of(history.committed(house.root, first)) == "one"


def test_a_release_on_a_merged_branch_is_none(house: House) -> None:
    house.commit("0.1.0.dev0", "zero")
    branch = git(house.root, "branch", "--show-current")
    git(house.root, "switch", "--quiet", "-c", "side")
    house.commit("0.9.0", "side")
    house.commit("0.1.0.dev1")
    git(house.root, "switch", "--quiet", branch)
    house.commit(None, "main")
    git(house.root, "merge", "--quiet", "--strategy=ours", "--no-ff", "-m", "merge", "side")
    assert history.releases(house.root) == {}


def test_a_release_merged_in_counts_as_the_merge(house: House) -> None:
    house.commit("0.1.0.dev0", "zero")
    branch = git(house.root, "branch", "--show-current")
    git(house.root, "switch", "--quiet", "-c", "release")
    house.commit("0.1.0", "one")
    git(house.root, "switch", "--quiet", branch)
    git(house.root, "merge", "--quiet", "--no-ff", "-m", "release 0.1.0", "release")
    assert history.releases(house.root) == {"v0.1.0": git(house.root, "rev-parse", "HEAD")}


@pytest.mark.parametrize("state", ["release", "past", "same template", "dirty", "untracked", "before"])
def test_state_of_a_checkout(state: str, house: House) -> None:
    house.commit("0.1.0.dev0", "zero")
    if state != "before":
        house.commit("0.1.0", "one")
    if state == "past":
        house.commit(None, "two")
    if state == "same template":
        house.commit("0.2.0.dev0")
    if state == "dirty":
        house.write("dirty")
    if state == "untracked":
        (house.root / "template/new.txt").write_text("new")
    short = git(house.root, "rev-parse", "--short=9", "HEAD")
    told = history.state(house.root)
    assert (
        told.version
        == {
            "release": "v0.1.0",
            "past": f"v0.1.0-1-g{short}",
            "same template": "v0.1.0",
            "dirty": f"v0.1.0-0-g{short}-dirty",
            "untracked": f"v0.1.0-0-g{short}-dirty",
            "before": f"v0.0.0-1-g{short}",
        }[state]
    )
    assert text_of(told.files) == {"past": "two", "dirty": "dirty", "before": "zero"}.get(state, "one")
    assert ("template/new.txt" in told.files) == (state == "untracked")
    assert history.is_release(told.version) == (state in ("release", "same template"))


def test_recorded_versions_are_found_again(house: House) -> None:
    first = house.commit("0.1.0", "one")
    second = house.commit(None, "two")
    assert history.commit_of(house.root, "v0.1.0") == first
    assert history.commit_of(house.root, history.state(house.root).version) == second
    assert history.commit_of(house.root, "v0.3.0") is None
    assert history.commit_of(house.root, "v0.1.0-1-g0123456ab") is None
    assert history.commit_of(house.root, "nonsense") is None


def test_a_shallow_clone_fails_clearly(house: House, tmp_path: Path) -> None:
    house.commit("0.1.0", "one")
    house.commit(None, "two")
    git(tmp_path, "clone", "--quiet", "--depth", "1", house.root.as_uri(), "shallow")
    with pytest.raises(FailedError, match="shallow clone") as failed:
        hatch_build.packed(tmp_path / "shallow")
    assert "git fetch --unshallow" in failed.value.hint
    with pytest.raises(FailedError, match="shallow clone"):
        history.commit_of(tmp_path / "shallow", "v0.1.0")
    told = history.state(tmp_path / "shallow")  # a template is there all the same
    assert text_of(told.files) == "two"
    assert not history.is_release(told.version)


def test_neither_history_nor_bundle_fails_clearly(house: House, tmp_path: Path) -> None:
    house.commit("0.1.0", "one")
    shutil.copytree(house.root, tmp_path / "zip", ignore=shutil.ignore_patterns(".git"))
    for ask in (hatch_build.packed, history.state):
        with pytest.raises(FailedError, match="neither git history nor"):
            ask(tmp_path / "zip")


# ---------------------------------------------------------------- the packed file


def test_pack_and_unpack() -> None:
    one: history.Tree = {
        "copier.yml": ("100644", b"a: 1\n"),
        "template/x": ("100755", b"x"),
        "template/l": ("120000", b"x"),
    }
    two: history.Tree = {**one, "template/x": ("100755", b"y"), "template/bin": ("100644", b"\xff\x00\xc3")}
    packed = bundle.pack({"v0.1.0": one, "v0.2.0": two}, "v0.2.0")
    again = bundle.pack({"v0.1.0": dict(reversed(one.items())), "v0.2.0": two}, "v0.2.0")
    assert packed == again


def test_load(tmp_path: Path) -> None:
    tree: history.Tree = {"copier.yml": ("100644", b"\xffa"), "template/l": ("120000", b"x")}
    (tmp_path / "file").write_bytes(bundle.pack({"v0.1.0": tree, "v0.2.0-1-gabc": {}}, "v0.2.0-1-gabc"))
    packed = bundle.load(tmp_path / "file")
    assert bundle.files(packed, "v0.1.0") == tree
    assert (bundle.latest(packed), bundle.versions(packed)) == ("v0.2.0-1-gabc", ["v0.1.0", "v0.2.0-1-gabc"])


@pytest.mark.parametrize("content", [b"", b"junk"])
def test_a_damaged_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(FailedError, match="cannot be read"):
        bundle.load(tmp_path / "file")


def test_what_a_build_packs(house: House, tmp_path: Path) -> None:
    """Every release; and what goes beyond the last one, as a version of its own."""
    house.commit("0.1.0", "one")
    house.commit("0.2.0", "two")
    released = hatch_build.packed(house.root)
    git(tmp_path, "clone", "--quiet", house.root.as_uri(), "clone")
    assert hatch_build.packed(tmp_path / "clone") == released
    (tmp_path / "released").write_bytes(released)
    packed = bundle.load(tmp_path / "released")
    assert bundle.versions(packed) == ["v0.1.0", "v0.2.0"]
    assert bundle.latest(packed) == "v0.2.0"

    house.commit(None, "three")
    (tmp_path / "beyond").write_bytes(hatch_build.packed(house.root))
    packed = bundle.load(tmp_path / "beyond")
    assert bundle.versions(packed)[:2] == ["v0.1.0", "v0.2.0"]
    assert bundle.latest(packed) == history.state(house.root).version
    assert text_of(bundle.files(packed, bundle.latest(packed))) == "three"
    assert text_of(bundle.files(packed, "v0.1.0")) == "one"


@pytest.fixture
def installed(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """As a wheel of that small house would be."""
    house.commit("0.1.0", "one")
    house.commit("0.2.0", "two")
    (tmp_path / "packed").write_bytes(hatch_build.packed(house.root))
    packed = bundle.load(tmp_path / "packed")
    monkeypatch.setattr(source, "_bundle", lambda: packed)
    return house


def test_an_installation_brings_every_release(installed: House) -> None:
    assert source.current().version == "v0.2.0"
    assert source.current().released
    assert text_of(source.at("v0.1.0").files) == "one"
    assert source.current().url == "https://github.com/mlascent/mlascent.git"
    with pytest.raises(UsageError, match=r"brings no template version v0\.3\.0"):
        source.at("v0.3.0")


def test_an_organisation_names_its_own_address(installed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLASCENT_TEMPLATE_URL", "https://git.example.com/ml/mlascent.git")
    assert source.current().url == "https://git.example.com/ml/mlascent.git"


def test_a_checkout_knows_its_versions() -> None:
    version = source.current().version
    if not version.endswith("-dirty"):
        assert source.at(version).files == source.current().files
    with pytest.raises(UsageError, match="no template version"):
        source.at("v99.0.0")


# ---------------------------------------------------------------- other templates


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    directory = tmp_path / "foreign"
    directory.mkdir()
    place.write(tree_of(MINI), directory)
    return directory


def test_another_template(foreign: Path, tmp_path: Path) -> None:
    wish = Wish(data=["colour=blue"])
    made = new(tmp_path / "thing", wish, template=str(foreign))
    assert (tmp_path / "thing/README.md").read_text() == "# thing is blue and 3\n"
    assert made.commit
    assert f"_src_path: {foreign}" in (tmp_path / "thing/.copier-answers.yml").read_text()
    with pytest.raises(UsageError, match="there is no answer named color; did you mean colour"):
        new(tmp_path / "other", Wish(data=["color=blue"]), template=str(foreign))
    with pytest.raises(UsageError, match="size: at most 9"):
        new(tmp_path / "other", Wish(data=["size=10"]), template=str(foreign))


def test_the_newest_tag_of_a_repository(foreign: Path, tmp_path: Path) -> None:
    git(foreign, "init", "--quiet")
    for version in ("v0.2.0", "v0.10.0", "v1.0.0rc1"):
        (foreign / "template/README.md.jinja").write_text(f"{version} {{{{ colour }}}}\n")
        git(foreign, "add", ".")
        git(foreign, "commit", "--quiet", "-m", version)
        git(foreign, "tag", version)
    new(tmp_path / "thing", template=foreign.as_uri())
    assert (tmp_path / "thing/README.md").read_text() == "v0.10.0 red\n"
    answers = (tmp_path / "thing/.copier-answers.yml").read_text()
    assert "_commit: v0.10.0\n" in answers
    assert f"_src_path: {foreign.as_uri()}\n" in answers


def test_copier_renders_what_the_direct_renderer_does_not(foreign: Path, tmp_path: Path) -> None:
    """A conditional question, a filter of Copier's own, and Copier's default exclusions."""
    (foreign / "copier.yml").write_text(
        "project_name: {type: str}\n"
        "fast: {type: bool, default: true}\n"
        'speed: {type: float, default: 1.5, when: "{{ fast }}"}\n'
        "_subdirectory: template\n"
    )
    (foreign / "template/README.md.jinja").write_text("{{ project_name | hash }} {{ speed }}\n")
    made = new(tmp_path / "thing", Wish(data=["speed=2.5"]), template=str(foreign))
    assert (tmp_path / "thing/README.md").read_text().split()[1] == "2.5"
    assert made.rendering.answers["speed"] == 2.5
    assert git(tmp_path / "thing", "status", "--porcelain") == ""
    with pytest.raises(UsageError, match="Copier refuses"):
        new(tmp_path / "other", Wish(data=["speed=quick"]), template=str(foreign))
    assert not (tmp_path / "other").exists()


def test_a_template_that_runs_code_is_refused(foreign: Path, tmp_path: Path) -> None:
    with (foreign / "copier.yml").open("a") as file:
        file.write("_tasks: [touch ran]\n")
    with pytest.raises(RefusedError, match="runs code"):
        new(tmp_path / "thing", template=str(foreign))
    assert not (tmp_path / "thing").exists()


def test_no_template_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="is no Copier template"):
        new(tmp_path / "thing", template=str(tmp_path / "empty"))
    with pytest.raises(FailedError, match="git clone failed"):
        new(tmp_path / "thing", template=str(tmp_path / "nowhere"))


def test_links_to_directories_are_read_as_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_text("x")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/x.pyc").write_text("x")
    os.symlink("real", tmp_path / "link")
    assert history.directory(tmp_path) == {"real/file": ("100644", b"x"), "link": ("120000", b"real")}
