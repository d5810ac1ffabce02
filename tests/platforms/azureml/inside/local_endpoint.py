"""A local endpoint of azure-ai-ml from infra/azureml/deployment.yml: deployed, asked, deleted.

`python THIS IMAGE`, in the root of a project with a trained model. Prints what the endpoint answers.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

NAME, PATIENCE = "local-proof", 90  # seconds


def main(image: str) -> None:
    core: Any = import_module("azure.core.credentials")
    ml: Any = import_module("azure.ai.ml")
    entities: Any = import_module("azure.ai.ml.entities")

    class Nobody:
        def get_token(self, *_: str, **__: Any) -> Any:
            return core.AccessToken("none", 9_999_999_999)

    client = ml.MLClient(Nobody(), "00000000-0000-0000-0000-000000000000", "rg", "ws", show_progress=False)
    made = ml.load_online_deployment("infra/azureml/deployment.yml")
    made.endpoint_name, made.environment.image = NAME, image
    with TemporaryDirectory() as scratch:
        # Azure mounts the folder that was registered below the model's name and version; locally
        # the folder around it is mounted, so that nothing else may lie there.
        for file in Path("models").glob("model.*"):
            Path(scratch, "mounted", "models").mkdir(parents=True, exist_ok=True)
            shutil.copy(file, Path(scratch, "mounted", "models"))
        made.model = entities.Model(path=Path(scratch, "mounted", "models"), name="churn", version="1")
        # A local deployment wants a script, although the image brings its own server (azure-ai-ml 1.35).
        Path(scratch, "code").mkdir()
        Path(scratch, "code", "unused.py").touch()
        code = str(Path(scratch, "code"))
        made.code_configuration = entities.CodeConfiguration(code=code, scoring_script="unused.py")
        rows = json.loads(Path("models/model.json").read_text(encoding="utf-8"))["example"]
        routes = made.environment.inference_config
        client.online_endpoints.begin_create_or_update(
            entities.ManagedOnlineEndpoint(name=NAME, auth_mode="key"), local=True
        )
        try:
            client.online_deployments.begin_create_or_update(made, local=True)
            here = urlsplit(client.online_endpoints.get(NAME, local=True).scoring_uri)
            print(answered(f"{here.scheme}://{here.netloc}{routes.scoring_route.path}", rows))
        finally:
            print(client.online_deployments.get_logs(made.name, NAME, 20, local=True), file=sys.stderr)
            client.online_endpoints.begin_delete(NAME, local=True)


def answered(uri: str, rows: Any) -> str:
    """What the endpoint answers, once its server listens.

    Asked at its port, for `invoke(local=True)` knows `/score` alone (azure-ai-ml 1.35).
    """
    until = time.monotonic() + PATIENCE
    asked = Request(uri, json.dumps({"rows": rows}).encode(), {"content-type": "application/json"})
    while True:
        try:
            with urlopen(asked, timeout=30) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


main(sys.argv[1])
