"""A pipeline's definition at work on this machine: every step in its image, folders in place of S3.

What SageMaker does with a step, and no more: inputs are mounted at their LocalPath or as channels, the
container is started with the definition's own entrypoint and arguments, outputs are kept. The SDK's local
mode does the same for its own objects; this takes the JSON that is sent to AWS.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Local:
    """Executions of a pipeline.

    Attributes:
        store: The folder in place of S3; the address is a path below it.
        image: In place of the one in the registry.
    """

    store: Path
    image: str
    given: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def place(self, uri: str) -> Path:
        """The folder or file of an address."""
        return self.store / uri.removeprefix("s3://")

    def run(self, definition: dict[str, Any], number: int, **parameters: str) -> str:
        """Run it; the name of the step that ended it, or an empty text."""
        defaults = {told["Name"]: told["DefaultValue"] for told in definition["Parameters"]}
        self.given = {f"Parameters.{name}": value for name, value in (defaults | parameters).items()}
        self.given["Execution.PipelineExecutionId"] = f"run-{number}"
        self.given["Execution.PipelineExecutionArn"] = f"arn:run-{number}"
        self.ran = []
        return self.each(definition["Steps"])

    def each(self, steps: list[dict[str, Any]]) -> str:
        """Run steps one after the other, until one ends the execution."""
        for step in steps:
            self.ran.append(step["Name"])
            asked = step["Arguments"]
            if step["Type"] == "Condition":
                holds = all(self.holds(condition) for condition in asked["Conditions"])
                return self.each(asked["IfSteps" if holds else "ElseSteps"])
            if step["Type"] in ("Fail", "RegisterModel"):
                self.properties[step["Name"]] = self.resolved(asked)
                return str(step["Name"])
            (self.train if step["Type"] == "Training" else self.process)(step["Name"], self.resolved(asked))
            for told in step.get("PropertyFiles", []):
                folder = self.properties[step["Name"]]["ProcessingOutputConfig"]["Outputs"][
                    told["OutputName"]
                ]
                text = (self.place(folder["S3Output"]["S3Uri"]) / told["FilePath"]).read_text()
                self.files[f"Steps.{step['Name']}.PropertyFiles.{told['PropertyFileName']}"] = json.loads(
                    text
                )
        return ""

    def resolved(self, value: Any) -> Any:
        """A value with its variables filled in."""
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Get"}:
            return self.look(value["Get"])
        if set(value) == {"Std:Join"}:
            told = value["Std:Join"]
            return told["On"].join(str(self.resolved(item)) for item in told["Values"])
        return {key: self.resolved(item) for key, item in value.items()}

    def look(self, name: str) -> Any:
        """What a variable stands for."""
        if name in self.given:
            return self.given[name]
        _, step, *path = name.replace("['", ".").replace("']", "").split(".")
        found = self.properties[step]
        for part in path:
            found = found[part]
        return found

    def holds(self, condition: dict[str, Any]) -> bool:
        """Whether a condition holds; of one kind, which compares a value in a report."""
        assert condition["Type"] == "Equals"
        told = condition["LeftValue"]["Std:JsonGet"]
        value = self.files[told["PropertyFile"]["Get"]]
        for part in told["Path"].split("."):
            value = value[part]
        return bool(value == condition["RightValue"])

    def process(self, name: str, asked: dict[str, Any]) -> None:
        """Run a processing job."""
        mounts, outputs = {}, {}
        for told in asked["ProcessingInputs"]:
            source = self.place(told["S3Input"]["S3Uri"])
            assert source.exists(), f"{name}: no objects below {told['S3Input']['S3Uri']}"
            # A prefix that is one object becomes a folder with that object.
            folder = source if source.is_dir() else self.alone(source)
            mounts[folder] = f"{told['S3Input']['LocalPath']}:ro"
        for told in asked["ProcessingOutputConfig"]["Outputs"]:
            target = self.place(told["S3Output"]["S3Uri"])
            target.mkdir(parents=True)
            mounts[target] = told["S3Output"]["LocalPath"]
            outputs[told["OutputName"]] = {"S3Output": told["S3Output"]}
        spec = asked["AppSpecification"]
        entry, *first = spec["ContainerEntrypoint"]
        self.docker(name, mounts, asked["Environment"], entry, *first, *spec["ContainerArguments"])
        self.properties[name] = {"ProcessingOutputConfig": {"Outputs": outputs}}

    def train(self, name: str, asked: dict[str, Any]) -> None:
        """Run a training job, with the folders that SageMaker documents for one."""
        root = self.store / "jobs" / f"{name}-{len(list((self.store / 'jobs').glob('*')))}"
        for part in ("input/config", "model", "output/data"):
            (root / part).mkdir(parents=True)
        (root / "input/config/hyperparameters.json").write_text(json.dumps(asked["HyperParameters"]))
        for channel in asked["InputDataConfig"]:
            source = self.place(channel["DataSource"]["S3DataSource"]["S3Uri"])
            target = root / "input/data" / channel["ChannelName"]
            shutil.copytree(source, target) if source.is_dir() else target.mkdir(parents=True)
            if source.is_file():
                shutil.copy(source, target)
        (entry,) = asked["AlgorithmSpecification"]["ContainerEntrypoint"]
        self.docker(name, {root: "/opt/ml"}, asked["Environment"], entry)
        archive = self.place(asked["OutputDataConfig"]["S3OutputPath"]) / root.name / "output/model.tar.gz"
        archive.parent.mkdir(parents=True)
        with tarfile.open(archive, "w:gz") as tar:
            for path in sorted((root / "model").iterdir()):
                tar.add(path, path.name)
        address = f"s3://{archive.relative_to(self.store)}"
        self.properties[name] = {"ModelArtifacts": {"S3ModelArtifacts": address}}

    def alone(self, file: Path) -> Path:
        """A folder with one file."""
        folder = self.store / "alone" / f"{len(list((self.store / 'alone').glob('*')))}"
        folder.mkdir(parents=True)
        shutil.copy(file, folder)
        return folder

    def docker(
        self, name: str, mounts: dict[Path, str], told: dict[str, str], entry: str, *words: str
    ) -> None:
        """Run the image."""
        command = ["docker", "run", "--rm", "--network=none", f"--entrypoint={entry}"]
        command += [f"--volume={folder}:{place}" for folder, place in mounts.items()]
        command += [f"--env={key}={value}" for key, value in told.items()]
        done = subprocess.run([*command, self.image, *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
