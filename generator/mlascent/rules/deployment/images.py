"""What an image starts: the service, the scoring job, or neither."""

from __future__ import annotations

import re
import shlex

from mlascent.facts import Facts
from mlascent.facts.containers import Dockerfile
from mlascent.facts.tasks import Command, Launch
from mlascent.rules import words
from mlascent.rules.deployment import places, programs, scoring
from mlascent.rules.deployment.values import at
from mlascent.rules.entries import once

#: Servers of models that need no code of the repository.
_SERVERS = words.SERVERS | {
    *(
        "mlserver",
        "torchserve",
        "tritonserver",
        "tensorflow_model_server",
        "vllm",
        "ray",
        "streamlit",
        "gradio",
    ),
    *("litserve", "seldon-core-microservice", "text-generation-launcher", "ollama"),
}
#: Images that start such a server by themselves.
_SERVING_BASES = re.compile(
    r"(tensorflow/serving|pytorch/torchserve|tritonserver|seldonio/mlserver|vllm/vllm-openai|-inference|"
    r"sagemaker-.*-inference|azureml/.*inference|text-generation-inference|public\.ecr\.aws/lambda/)"
)


def launches(facts: Facts, dockerfile: Dockerfile) -> tuple[Launch, ...]:
    """What ENTRYPOINT and CMD start."""
    command = dockerfile.command
    if not command:
        return ()
    shell = command[0].rpartition("/")[2] in ("sh", "bash", "ash") and "-c" in command[1:-1]
    text = command[command.index("-c", 1) + 1] if shell else shlex.join(command)
    for name, value in variables(dockerfile).items():
        text = re.sub(rf"\$(?:\{{{name}(?::-[^}}]*)?\}}|{name}\b)", value.replace("\\", ""), text)
    text = re.sub(r"(^|[;&|]\s*)exec\s+", r"\1", text.replace('"$@"', ""))
    lines = [i.line for i in dockerfile.of("CMD", "ENTRYPOINT")]
    return facts.tasks.launches((Command(text, dockerfile.path, lines[-1] if lines else 1),))


def variables(dockerfile: Dockerfile) -> dict[str, str]:
    """Variables that ARG and ENV set, where their value is known."""
    found: dict[str, str] = {}
    for instruction in dockerfile.of("ARG", "ENV"):
        for name, quoted in re.findall(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)", instruction.value):
            value = quoted.strip("\"'")
            if value in (f"${name}", f"${{{name}}}"):
                continue
            found[name] = value
    return found


def kind(facts: Facts, dockerfile: Dockerfile) -> str:
    """`online`, `batch`, or empty where the command starts neither."""
    for launch in launches(facts, dockerfile):
        argv = launch.argv
        if argv[:3] == ("mlflow", "models", "serve"):
            return "online"
        if words.program(launch) in _SERVERS and _there(facts, dockerfile, argv):
            return "online"
        paths = [launch.entry] if launch.entry else _by_name(facts, argv)
        kinds = {entry.kind for entry in scoring.entries(facts) if entry.path in paths}
        if kinds:
            return "online" if "online" in kinds else "batch"
        if launch.entry:
            within = places.code(facts, launch)
            if facts.python.calls(
                ("uvicorn.run", "*.serve_forever", "waitress.serve", "grpc.server"), within
            ):
                return "online"
    if not dockerfile.command and any(_SERVING_BASES.search(base.image) for base in dockerfile.bases[-1:]):
        return "online"
    return ""


def _there(facts: Facts, dockerfile: Dockerfile, argv: tuple[str, ...]) -> bool:
    """Whether the application that a server is told to start is in the repository; folders differ inside."""
    told = [word for word in argv[1:] if re.fullmatch(r"[\w.]+:[\w.]+(\(\))?", word)]
    told += [word for word in argv[1:] if word.endswith(".py")]
    if argv[0].rpartition("/")[2] == "flask" and not told:
        told = [variables(dockerfile).get("FLASK_APP", "app")]
    if not told:
        return argv[0].rpartition("/")[2] not in words.SERVERS
    stems = {path.rpartition("/")[2].removesuffix(".py") for path in facts.python.modules}
    stems |= {path.rpartition("/")[0].rpartition("/")[2] for path in facts.python.modules}
    wanted = {
        word.partition(":")[0].removesuffix(".py").replace("/", ".").rpartition(".")[2] for word in told
    }
    return bool(wanted & stems)


def _by_name(facts: Facts, argv: tuple[str, ...]) -> list[str]:
    """Modules of the repository that a command inside the image can mean: folders differ there."""
    names = [word.rpartition("/")[2] for word in argv if word.endswith(".py")]
    return [path for path in facts.python.modules if path.rpartition("/")[2] in names]


@once
def released(facts: Facts) -> tuple[tuple[Dockerfile, str], ...]:
    """Dockerfiles that start the service or the scoring job, and which."""
    found = ((dockerfile, kind(facts, dockerfile)) for dockerfile in facts.containers.dockerfiles)
    return tuple((dockerfile, which) for dockerfile, which in found if which)


@once
def probed(facts: Facts) -> str:
    """A Kubernetes or Compose file that asks containers for their health; empty where there is none."""
    for thing in facts.kubernetes.of("Deployment", "StatefulSet", "Rollout", "Pod"):
        if any({"livenessProbe", "readinessProbe"} & set(c) for c in containers(thing.body)):
            return thing.path
    for compose in facts.containers.compose:
        for service in compose.services.values():
            test = at(service, "healthcheck", "test")
            if "build" in service and test and not idle(test):
                return compose.path
    return ""


def containers(body: object) -> list[dict[str, object]]:
    """Containers of a workload's pods."""
    found: list[dict[str, object]] = []
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            inner = value.get("containers")
            if isinstance(inner, list):
                found += [each for each in inner if isinstance(each, dict)]
            waiting += [value[key] for key in ("spec", "template", "jobTemplate") if key in value]
    return found


def idle(test: object) -> bool:
    """Whether a health check asks nothing: `true`, `exit 0`, `echo ok`, NONE."""
    said = " ".join(map(str, test)) if isinstance(test, list) else str(test)
    said = re.sub(r"^(CMD-SHELL|CMD)\b", "", said.strip()).strip(" []\"',")
    said = re.sub(r"[\"',]+", " ", said).strip()
    return not said or re.fullmatch(r"(NONE|/?(bin/)?true|:|exit\s+0|echo\b[^|&;]*)", said) is not None


def docker_builds(facts: Facts) -> bool:
    """Whether CI builds an image."""
    return bool(places.image_builds(facts)) or bool(places.used(facts, programs.USES_BUILD))
