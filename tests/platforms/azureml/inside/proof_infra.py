"""`just infra destroy` ends the workspace for good; an event starts what the SDK would start."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cloud as clouds
import pytest
import yaml

Part = Callable[[str], Any]


@pytest.fixture
def whole(cloud: clouds.Cloud, part: Part, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Method and address, with its query, of everything that is asked."""
    seen: list[tuple[str, str]] = []
    answer, session = cloud.answer, part("session")

    def listen(method: str, url: str, body: Any) -> clouds.Answer:
        seen.append((method, url))
        if method == "POST" and "/trigger" in url:
            return 200, {}, {"scheduleActionType": "CreateJob", "submissionId": "s"}
        return answer(method, url, body)

    monkeypatch.setattr(cloud, "answer", listen)
    connect = functools.partial(session.connect, **cloud.client_options())
    monkeypatch.setattr(session, "connect", connect)
    return seen


def test_the_workspace_does_not_keep_its_name(part: Part, whole: list[tuple[str, str]]) -> None:
    part("infra").purge("shop")
    deleted = [url for method, url in whole if method == "DELETE"]
    assert [urlsplit(url).path for url in deleted] == [clouds.PLACE]
    assert "forceToPurge=true" in deleted[0]


def test_a_workspace_that_is_gone_is_no_failure(part: Part, cloud: Any, whole: list[tuple[str, str]]) -> None:
    cloud.kept.clear()
    part("infra").purge("shop")
    assert not [url for method, url in whole if method == "DELETE"]


def test_who_may_not_delete_it_is_told(part: Part, cloud: Any, whole: list[tuple[str, str]]) -> None:
    action = "Microsoft.MachineLearningServices/workspaces/delete"
    said = f"does not have authorization to perform action '{action}' over scope '{clouds.PLACE}'"
    denied = clouds.refusal(403, "AuthorizationFailed", said)
    cloud.trouble.append(lambda method, *_: denied if method == "DELETE" else None)
    with pytest.raises(part("session").CloudError, match=r"may not .*workspaces/delete.* Next: "):
        part("infra").purge("shop")


def test_an_event_starts_what_the_sdk_would_start(part: Part, whole: list[tuple[str, str]]) -> None:
    """The address that the Logic App posts to is that of the SDK's own `schedules.trigger`."""
    schedule = yaml.safe_load(Path("infra/azureml/schedule.yml").read_text(encoding="utf-8"))["name"]
    project = yaml.safe_load(Path("infra/azureml/settings.yaml").read_text(encoding="utf-8"))["project"]
    part("session").connect().schedules.trigger(schedule)
    bicep = Path("infra/azureml/events.bicep").read_text(encoding="utf-8")
    found = re.search(r"uri: '(.+)'", bicep)
    assert found
    assert "method: 'POST'" in bicep
    assert "scheduleTime:" in bicep
    uri = found[1].replace("${environment().resourceManager}${substring(workspace.id, 1)}", clouds.PLACE)
    method, url = whole[-1]
    asked = urlsplit(url)
    assert (method, f"{asked.path}?{asked.query}") == ("POST", uri.replace("${project}", project))
