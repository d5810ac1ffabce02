import time
from pathlib import Path

import pytest
from mlascent.facts import containers
from mlascent.facts.containers import Containers, Dockerfile
from mlascent.facts.files import Files

from tests.rules.support import write


def read(root: Path, tree: dict[str, str | bytes]) -> Containers:
    return containers.read(Files(write(root, tree)))


def one(root: Path, text: str, **others: str) -> Dockerfile:
    (found,) = read(root, {"Dockerfile": text, **others}).dockerfiles
    return found


def test_stages_arguments_and_lines(tmp_path: Path) -> None:
    text = r"""
    # syntax=docker/dockerfile:1
    ARG PYTHON=3.12-slim
    ARG BASE=registry:5000/python:${PYTHON}

    FROM ${BASE} AS build
    ARG PYTHON
    RUN --mount=type=cache,target=/x \
        # a comment inside
        pip install "uv==${PYTHON}" \

        && echo done
    from python@sha256:abc as other
    FROM --platform=linux/amd64 build
    ENV APP=churn PORT="80 00"
    USER ${USER_ID:-10001}:10001
    HEALTHCHECK --interval=10s CMD ["curl", "x"]
    ENTRYPOINT ["python", "-m"]
    CMD ["churn"]
    """
    found = one(tmp_path, text)
    assert [(b.image, b.tag, b.digest, b.name, b.stage) for b in found.bases] == [
        ("registry:5000/python", "3.12-slim", "", "build", False),
        ("python", "", "sha256:abc", "other", False),
        ("build", "", "", "", True),
    ]
    (run,) = found.of("RUN")
    assert run.value.split() == [
        "--mount=type=cache,target=/x",
        "pip",
        "install",
        '"uv==3.12-slim"',
        "&&",
        "echo",
        "done",
    ]
    assert (run.line, run.stage, found.bases[1].line) == (7, 0, 12)
    assert (found.user, found.command, found.shell) == ("10001:10001", ("python", "-m", "churn"), False)
    assert found.of("HEALTHCHECK")


def test_heredocs_and_the_escape_directive(tmp_path: Path) -> None:
    text = """
    # escape=`
    FROM python:3
    RUN <<EOF
    USER fake
    pip install x
    EOF
    COPY <<a <<"b" /x/
    one
    a
    two
    b
    RUN dir `
      C:\\
    CMD just serve
    """
    found = one(tmp_path, text)
    assert [i.name for i in found.instructions] == ["FROM", "RUN", "COPY", "RUN", "CMD"]
    assert "USER fake\npip install x" in found.instructions[1].value
    assert found.instructions[3].value == "dir C:\\"
    assert (found.user, found.command, found.shell) == ("", ("just serve",), True)


def test_only_the_last_stage_counts(tmp_path: Path) -> None:
    found = one(tmp_path, "FROM a AS b\nUSER 1\nCMD x\nFROM b\nUSER app\nUSER root\n")
    assert (found.user, found.command) == ("root", ())


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        (
            {"deploy/Dockerfile.dockerignore": "# x\n*\n!src\n", ".dockerignore": "data\n"},
            "deploy/Dockerfile.dockerignore",
        ),
        ({".dockerignore": "*\n!src\n"}, ".dockerignore"),
    ],
)
def test_ignore_files(tmp_path: Path, extra: dict[str, str | bytes], path: str) -> None:
    (found,) = read(tmp_path, {"deploy/Dockerfile": "FROM a\n", **extra}).dockerfiles
    assert (found.ignore_path, found.ignored) == (path, ("*", "!src"))


def test_names(tmp_path: Path) -> None:
    names = ("Dockerfile", "a/Dockerfile.gpu", "Containerfile", "serve.dockerfile")
    others = ("Dockerfile.dockerignore", "Dockerfile.md", "docs/dockerfile-tips.md", "NotDockerfile")
    found = read(tmp_path, dict.fromkeys((*names, *others), "FROM a\n"))
    assert sorted(d.path for d in found.dockerfiles) == sorted(names)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 0), ("RUN x\n", 0), ("FROM a\nRUN <<EOF\nx\n", 2), ("FROM a\n{{ template }}\n", 2), ("\0\1", 1)],
)
def test_malformed_files_are_problems(tmp_path: Path, text: str, line: int) -> None:
    files = Files(write(tmp_path, {"Dockerfile": text}))
    assert containers.read(files).dockerfiles == ()
    assert [(p.path, p.line) for p in files.problems] == [("Dockerfile", line)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" + "".join(f"ENV A{i}=${{A{i - 1}}}${{A{i - 1}}}\n" for i in range(1, 60)),
        "FROM a\nENV A0=xxxxxxxxxx\n" + "".join(f"ENV A{i}={f'$A{i - 1}' * 10}\n" for i in range(1, 60)),
        "FROM a\nRUN " + "${" * 50_000,
        "FROM a\nRUN " + "${A:-" * 50_000 + "}" * 50_000,
        "FROM a\nCMD " + "[" * 100_000,
        "FROM a\n" + "\\\n" * 100_000,
        "FROM a\nENV " + 'A="\\' * 50_000,
    ],
)
def test_hostile_files_end(tmp_path: Path, text: str) -> None:
    begun = time.perf_counter()
    read(tmp_path, {"Dockerfile": text})
    assert time.perf_counter() - begun < 5


def test_compose(tmp_path: Path) -> None:
    text = """
    x-base: &base
      restart: always
    services:
      api:
        <<: *base
        image: api:1
        healthcheck: {test: [CMD, x]}
      more:
        extends: {service: api}
        image: more:2
      loop: {extends: loop}
      odd: 3
    """
    (found,) = read(
        tmp_path, {"deploy/compose.yaml": text, "docker-compose.x.yml": "services: [a]\n"}
    ).compose
    assert found.services["api"]["restart"] == "always"
    assert found.services["more"]["image"] == "more:2"
    assert "healthcheck" in found.services["more"]
    assert found.lines == {"api": 4, "more": 8, "loop": 11}


def test_a_bomb_of_aliases_is_a_problem(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    files = Files(write(tmp_path, {"compose.yml": "\n".join(rows)}))
    assert containers.read(files).compose == ()
    assert len(files.problems) == 1
