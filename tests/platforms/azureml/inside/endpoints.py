"""Online endpoints, metrics and alerts for the cloud on loopback: what `cloud.py` keeps, behaves here.

It answers what Azure answers: a deployment is provisioned for a while, may fail, predicts or does not;
traffic only goes to what is there; what has traffic is not deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cloud as clouds

ENDPOINT = re.compile(r".*/onlineendpoints/([^/]+)", re.I)
DEPLOYMENT = re.compile(r".*/onlineendpoints/([^/]+)/deployments/([^/]+)", re.I)
MOMENT = {"createdAt": "2026-01-01T00:00:00Z", "lastModifiedAt": "2026-01-01T00:00:00Z"}
GIVEN = {"scaleSettings": {"scaleType": "Default"}, "provisioningState": "Succeeded"}


class Endpoints:
    """A cloud whose endpoints work, but for what a test spoils."""

    def __init__(self, cloud: clouds.Cloud) -> None:
        self.cloud = cloud
        self.sick: set[str] = set()  # deployments whose container answers 500
        self.fails: dict[str, str] = {}  # deployment: the code with which it does not start
        self.looks = 0  # while a deployment starts, how often it is still at it
        self.scored: list[str] = []  # the deployment that each request named
        self.series: dict[str, list[dict[str, Any]]] = {}  # metric: timeseries
        self.alerts: list[str] = []
        self.ends = "Completed"  # how jobs end
        self.writes: list[Callable[[Any], None]] = []  # what a job does that completes
        self.tagged: list[dict[str, str]] = []
        self.operations: dict[str, list[dict[str, Any]]] = {}
        self.headers: dict[str, str] = {}
        self.query: dict[str, list[str]] = {}
        cloud.trouble.append(self.answer)
        self.inner, cloud.answer = cloud.answer, self.heard  # type: ignore[method-assign]

    def heard(self, method: str, whole: str, body: Any) -> clouds.Answer:
        self.query = parse_qs(urlsplit(whole).query)
        return self.inner(method, whole, body)

    def transport(self) -> Any:
        """For what is asked beside the SDK's client; its headers are kept."""
        endpoints = self

        class Heard(clouds.Turned):
            def send(self, request: Any, **options: Any) -> Any:
                endpoints.headers = {name.lower(): value for name, value in request.headers.items()}
                return super().send(request, **options)

        return Heard(self.cloud)

    def answer(self, method: str, path: str, body: Any) -> clouds.Answer | None:
        low = path.lower()
        if low == "/predict":
            return self.predict(body)
        if "/operations/" in low:
            left = self.operations[low]
            return 200, {}, left.pop(0) if len(left) > 1 else left[0]
        if low.endswith("/microsoft.insights/metrics"):
            return 200, {}, {"value": [{"timeseries": self.series.get(self.query["metricnames"][0], [])}]}
        if low.endswith("/microsoft.alertsmanagement/alerts"):
            rules = [{"properties": {"essentials": {"alertRule": f"/a/b/{name}"}}} for name in self.alerts]
            return 200, {}, {"value": rules}
        if low.endswith("/resources"):
            return 200, {}, {"value": self.tagged}
        if low.endswith("/getlogs"):
            return 200, {}, {"content": "Traceback\nFileNotFoundError: 0 models below /var/azureml-app"}
        if low.endswith("/cancel"):
            self.cloud.kept[low.removesuffix("/cancel")]["properties"]["status"] = "Canceled"
            return 200, {}, {}
        if method == "PUT" and "/models/" in low:
            at = f"2026-01-01T00:00:{len(self.cloud.asked) % 60:02}Z"
            given = {
                "systemData": dict.fromkeys(MOMENT, at),
                "properties": {"flavors": {}, **body["properties"]},
            }
            self.cloud.kept[low] = {"id": path, "name": path.rsplit("/", 1)[1], **given}
            return 200, {}, self.cloud.kept[low]
        if method == "PUT" and "/jobs/" in low:
            return self.job(path, body)
        if found := DEPLOYMENT.fullmatch(low):
            return self.deployment(method, path, found[1], found[2], body)
        if found := ENDPOINT.fullmatch(low):
            return self.endpoint(method, path, found[1], body)
        if method == "GET" and low.endswith(("/onlineendpoints", "/deployments", "/schedules")):
            inner = [
                told for key, told in self.cloud.kept.items() if re.fullmatch(re.escape(low) + r"/[^/]+", key)
            ]
            return 200, {}, {"value": inner}
        return None

    def predict(self, body: Any) -> clouds.Answer:
        named = self.headers.get("azureml-model-deployment", "")
        self.scored.append(named)
        live = named or next(iter(self.traffic()), "")
        if not live:
            return clouds.refusal(404, "NotFound", "there is no deployment with a positive weight")
        if live in self.sick:
            return clouds.refusal(424, "ModelError", "the container answered 500")
        return 200, {}, {"predictions": [{"prediction": "benign"} for _ in body["rows"]]}

    def job(self, path: str, body: Any) -> clouds.Answer:
        """A job that has ended at once; `score` scores, where its status is Completed."""
        at = f"2026-11-20T00:00:{len(self.cloud.asked) % 60:02}Z"
        told = {**body, "systemData": dict.fromkeys(MOMENT, at)}
        told["properties"] = {**body["properties"], "status": self.ends, "services": {}}
        name = path.rsplit("/", 1)[1]
        self.cloud.kept[path.lower()] = {"id": path, "name": name, **told}
        for made in self.writes if self.ends == "Completed" else []:
            made(body["properties"])
        return 200, {}, self.cloud.kept[path.lower()]

    def traffic(self) -> dict[str, int]:
        """Of the one endpoint that there is."""
        each = [told for key, told in self.cloud.kept.items() if ENDPOINT.fullmatch(key)]
        return dict(each[0]["properties"].get("traffic") or {}) if each else {}

    def deployments(self) -> list[str]:
        """Of the one endpoint that there is."""
        return [found[2] for key in self.cloud.kept if (found := DEPLOYMENT.fullmatch(key))]

    def endpoint(self, method: str, path: str, name: str, body: Any) -> clouds.Answer | None:
        key = path.lower()
        if method == "PUT":
            missing = set(body["properties"].get("traffic") or {}) - set(self.deployments())
            if missing:
                return clouds.refusal(400, "BadRequest", f"no deployment {missing}")
            given = {
                "scoringUri": f"https://{name}.inference.ml.azure.com/predict",
                "provisioningState": "Succeeded",
            }
            told = {**body, "properties": {**body["properties"], **given}, "systemData": MOMENT}
            self.cloud.kept[key] = {"id": path, "name": name, **told}
            return 200, {}, self.cloud.kept[key]
        if method == "DELETE":
            for each in [each for each in self.cloud.kept if each == key or each.startswith(f"{key}/")]:
                del self.cloud.kept[each]
            return 200, {}, {}
        return None

    def deployment(self, method: str, path: str, endpoint: str, name: str, body: Any) -> clouds.Answer | None:
        key = path.lower()
        if method == "DELETE" and self.traffic().get(name):
            return clouds.refusal(400, "BadRequest", f"{name} has traffic")
        if method != "PUT":
            return None
        state = "Failed" if name in self.fails else "Succeeded"
        told = {
            **body,
            "properties": {**body["properties"], **GIVEN, "provisioningState": state},
            "systemData": MOMENT,
        }
        self.cloud.kept[key] = {"id": path, "name": name, **told}
        where = f"/operations/{endpoint}-{name}-{len(self.operations)}"
        ends: dict[str, Any] = {"status": state}
        if state == "Failed":
            ends["error"] = {"code": self.fails[name], "message": "the container did not start"}
        self.operations[where] = [{"status": "InProgress"}] * self.looks + [ends]
        headers = {"Azure-AsyncOperation": f"https://management.azure.com{where}"}
        making = {
            **self.cloud.kept[key],
            "properties": {**told["properties"], "provisioningState": "Creating"},
        }
        return 201, headers, making
