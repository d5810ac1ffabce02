from pathlib import Path

import pytest
from mlascent.facts import kubernetes
from mlascent.facts.files import Files

from tests.rules.support import write


def objects(root: Path, text: str, path: str = "k8s/all.yaml") -> list[tuple[str, str, str, int]]:
    found = kubernetes.read(Files(write(root, {path: text}))).objects
    return [(o.api, o.kind, o.name, o.line) for o in found]


def test_several_documents_and_lists(tmp_path: Path) -> None:
    text = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: churn}
    ---
    # nothing
    ---
    apiVersion: v1
    kind: List
    items:
      - apiVersion: batch/v1
        kind: CronJob
        metadata: {generateName: train-}
      - {kind: Odd}
    ---
    {"apiVersion": "v1", "kind": "Service"}
    """
    assert objects(tmp_path, text) == [
        ("apps/v1", "Deployment", "churn", 2),
        ("batch/v1", "CronJob", "train-", 11),
        ("v1", "Service", "", 15),
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("apiVersion: 1\nkind: [x]\n", "a.yaml"),
        ("# apiVersion: v1\n# kind: Pod\na: b\n", "a.yaml"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {{ .Values.x }}\n", "chart/templates/pod.yaml"),
        ("text: |\n  apiVersion: v1\n  kind: Pod\n", "a.yaml"),
    ],
)
def test_what_is_no_object(tmp_path: Path, text: str, path: str) -> None:
    assert objects(tmp_path, text, path) == []


def test_malformed_files_are_problems(tmp_path: Path) -> None:
    files = Files(write(tmp_path, {"a.yaml": "apiVersion: v1\nkind: Pod\nx: [\n"}))
    assert kubernetes.read(files).objects == ()
    assert [p.path for p in files.problems] == ["a.yaml"]


def test_odd_metadata(tmp_path: Path) -> None:
    assert objects(tmp_path, "apiVersion: v1\nkind: Pod\nmetadata: {name: [x]}\n") == [("v1", "Pod", "", 2)]
