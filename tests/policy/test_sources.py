"""Where policies come from, and what holds them to what was read once."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlascent.errors import MlascentError, RefusedError, UsageError
from mlascent.policy import load, sources

from tests.unit.helpers import git

from .support import HEAD, loaded, policy


def sha(path: str | Path) -> str:
    return "sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository of policies: version 1 at tag v1, version 2 at the tip."""
    place = tmp_path / "policies"
    place.mkdir()
    git(place, "init", "--quiet")
    policy(place, "floors: {default: 1}", "base", "base.yml")
    policy(place, "extends: ../base.yml\nfloors: {critical: 2}", "org", "org/policy.yml")
    for tag in ("v1", "v2"):
        if tag == "v2":
            (place / "org/policy.yml").write_text(HEAD.format(name="org").replace('"1"', '"2"'))
        git(place, "add", ".")
        git(place, "commit", "--quiet", "-m", tag)
        git(place, "tag", tag)
    return place


def test_a_git_reference_and_what_it_extends_beside_it(tmp_path: Path, repository: Path) -> None:
    url = f"git+{repository.as_uri()}"
    first = loaded(f"{url}@v1#org/policy.yml", tmp_path)
    assert [(layer.name, layer.version) for layer in first.layers] == [("base", "1"), ("org", "1")]
    assert first.layers[0].source == f"{url}@v1#base.yml"
    assert loaded(f"{url}#org/policy.yml", tmp_path).layers[-1].version == "2"
    for broken in (f"{url}@v9#org/policy.yml", f"{url}@v1#nothing.yml", f"{url}@--upload-pack=x#base.yml"):
        with pytest.raises(MlascentError):
            loaded(broken, tmp_path)


def test_a_pin_holds_content_and_spares_the_network(tmp_path: Path, repository: Path) -> None:
    pinned = f"git+{repository.as_uri()}@v2#org/policy.yml@{sha(repository / 'org/policy.yml')}"
    assert loaded(pinned, tmp_path).layers[0].version == "2"
    os.rename(repository, tmp_path / "gone")
    assert loaded(pinned, tmp_path).layers[0].version == "2"
    with pytest.raises(MlascentError, match="cannot be read"):
        loaded(pinned.partition("@sha256")[0], tmp_path)


def test_what_is_not_as_pinned_is_refused(tmp_path: Path) -> None:
    spec = policy(tmp_path, "measure: wired")
    assert loaded(f"{spec}@{sha(spec)}", tmp_path).measure == "wired"
    with pytest.raises(RefusedError, match="not the one that was pinned"):
        loaded(f"{spec}@sha256:{'0' * 64}", tmp_path)
    wide = policy(tmp_path, "", "org", "wide.yml")
    above = f'extends: {{source: wide.yml, version: "2", digest: "{sha(wide)}"}}'
    with pytest.raises(RefusedError, match="wants version 2"):
        loaded(policy(tmp_path, above), tmp_path)


def test_line_ends_of_a_checkout_are_no_change(tmp_path: Path) -> None:
    spec = policy(tmp_path, "measure: wired")
    pin = sha(spec)
    Path(spec).write_bytes(Path(spec).read_bytes().replace(b"\n", b"\r\n"))
    assert loaded(f"{spec}@{pin}", tmp_path).measure == "wired"


def test_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "acme_policies"
    policy(package, "extends: base.yml", "org", "org.yml")
    policy(package, "measure: wired", "base", "base.yml")
    (package / "__init__.py").write_text("raise AssertionError('nothing is run')")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert loaded("package:acme_policies/org.yml", tmp_path).measure == "wired"
    assert "acme_policies" not in sys.modules
    for spec in (
        "package:acme_policies/../../secret.yml",
        "package:no_such_thing/x.yml",
        "package:a.b/x.yml",
    ):
        with pytest.raises(MlascentError):
            loaded(spec, tmp_path)


def test_a_file_url(tmp_path: Path) -> None:
    assert loaded(Path(policy(tmp_path, "measure: wired")).as_uri(), tmp_path).measure == "wired"


@pytest.mark.parametrize(
    "spec",
    ["http://example.org/p.yml", "https://user:word@example.org/p.yml", "ssh://x/y", "git+ssh://x/y@m#p"],
)
def test_other_forms_are_refused(tmp_path: Path, spec: str) -> None:
    with pytest.raises(UsageError, match="a policy cannot be read from"):
        loaded(spec, tmp_path)


def test_an_https_address_and_its_redirects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "https://example.org/policies/org.yml": HEAD.format(name="org") + "extends: base.yml\n",
        "https://example.org/policies/base.yml": HEAD.format(name="base"),
    }
    monkeypatch.setattr(sources, "_fetched", lambda url: files[url].encode())
    found = loaded("https://example.org/policies/org.yml", tmp_path)
    assert [layer.name for layer in found.layers] == ["base", "org"]
    files["https://example.org/policies/org.yml"] += "#" * sources.MOST_BYTES
    with pytest.raises(RefusedError, match="larger than"):
        loaded("https://example.org/policies/org.yml", tmp_path)


def own(root: Path, text: str) -> Callable[[], object]:
    policy(root, text, "repository", load.FILE)
    return lambda: load.load(None, root)


def test_a_repository_names_its_policy(tmp_path: Path) -> None:
    assert load.load(None, tmp_path) is None
    policy(tmp_path, "measure: wired", "org", "policies/org.yml")
    own(tmp_path, "extends: ../policies/org.yml")
    found = load.load(None, tmp_path)
    assert found
    assert [layer.name for layer in found.layers] == ["org", "repository"]
    assert found.layers[1].source == load.FILE
    named = load.load(policy(tmp_path, "measure: verified", "other", "x.yml"), tmp_path)
    assert named
    assert [layer.name for layer in named.layers] == ["other"]


@pytest.mark.parametrize(
    "source", ["../../outside.yml", "/etc/hostname", "file:///etc/hostname", "git+file:///tmp/x@main#p.yml"]
)
def test_a_repository_reaches_for_nothing_outside(tmp_path: Path, source: str) -> None:
    policy(tmp_path, "", "outside", "outside.yml")
    with pytest.raises((RefusedError, UsageError)):
        own(tmp_path / "repo", f"extends: {source}")()


def test_a_repository_leads_out_by_no_link(tmp_path: Path) -> None:
    outside = policy(tmp_path, "", "outside", "outside.yml")
    (tmp_path / "repo/.mlascent").mkdir(parents=True)
    os.symlink(outside, tmp_path / "repo/inside.yml")
    with pytest.raises(RefusedError, match="outside the repository"):
        own(tmp_path / "repo", "extends: ../inside.yml")()
    os.unlink(tmp_path / "repo" / load.FILE)
    os.symlink(outside, tmp_path / "repo" / load.FILE)
    with pytest.raises(RefusedError, match="is a link"):
        load.load(None, tmp_path / "repo")


def test_a_repository_pins_what_comes_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD.format(name="org").encode()
    monkeypatch.setattr(sources, "_fetched", lambda _: text)
    with pytest.raises(RefusedError, match="without its digest"):
        own(tmp_path, "extends: https://example.org/p.yml")()
    pinned = f'extends: {{source: "https://example.org/p.yml", digest: "{sources.digest(text)}"}}'
    assert own(tmp_path, pinned)()


def test_circles_and_towers_end(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="extends itself"):
        loaded(policy(tmp_path, "extends: policy.yml"), tmp_path)
    for number in range(9):
        policy(tmp_path, f"extends: p{number + 1}.yml" if number < 8 else "", f"p{number}", f"p{number}.yml")
    with pytest.raises(RefusedError, match="more than 6"):
        loaded(str(tmp_path / "p0.yml"), tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "not UTF-8"),
        (b"a: [", "policy.yml"),
        (b"schema: 2\nname: x\nversion: '1'\n", "schema must be 1"),
        (b"schema: 1\nname: x\nversion: 1.0\n", "policy.yml:3: version must be text"),
        (b"schema: 1\nname: x\nversion: '1'\nflors: {}\n", "policy.yml:4: flors is not known"),
        (b"schema: 1\nname: x\nversion: '1'\nenforce_from: '2026-02-30'\n", "enforce_from must be a day"),
        (b"schema: 1\nname: x\nversion: '1'\nfloors: {default: 5}\n", "floors.default must be from 0 to 4"),
        (b"- 1\n", "the file must be a mapping"),
        (b"a: &a [1]\nb: [*a, *a]\n", "schema is missing"),
    ],
)
def test_what_is_malformed_is_told_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "policy.yml").write_bytes(content)
    with pytest.raises(RefusedError) as error:
        loaded(str(tmp_path / "policy.yml"), tmp_path)
    assert said in error.value.message


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (tmp_path / "policy.yml").write_text("\n".join(lines))
    with pytest.raises(RefusedError, match="values"):
        loaded(str(tmp_path / "policy.yml"), tmp_path)
