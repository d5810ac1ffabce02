"""What runs inside the container, the same on every platform: steps of the pipeline, on folders.

`python -m PACKAGE.platforms.job STEP ... --input NAME=FOLDER ... --output NAME=FOLDER ...` makes
the project's layout in a scratch folder, runs the project's own modules there one after the other,
and copies what the outputs name. A step whose module the project does not have is passed over.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import archives

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # an image has no git, and MLflow laments it

PACKAGE = __package__.rpartition(".")[0]
# Where the content of an input or output stands in the project; `project` is its files alone.
FOLDERS = {
    "data": "data/raw",
    "validated": "data/validated",
    "prepared": "data/prepared",
    "model": "models",
    "reports": "reports",
    "champion": "champion",
    "rows": "rows",
    "predictions": "predictions",
    "runs": "reports/batch",
}
PROJECT = ("params.yaml", "mlascent.yaml", "pipelines", "docs/model-card.md", "docs/data-card.md")
TRACKING = ("mlflow.db", "mlartifacts")  # the runs of a job that reaches no tracking server
JOB = Path("reports/job.json")
GATE = Path("reports/gate.json")
Options = argparse.Namespace


class StepError(Exception):
    """A step that failed, and with which exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        """Keep the message and the code."""
        super().__init__(message)
        self.code = code


def has(module: str) -> bool:
    """Whether the project has a module."""
    return find_spec(f"{PACKAGE}.{module}") is not None


def run(module: str, *words: str) -> None:
    """Run a module of the project as a process of its own.

    Raises:
        StepError: it fails.
    """
    done = subprocess.run([sys.executable, "-m", f"{PACKAGE}.{module}", *words])
    if done.returncode:
        raise StepError(f"{' '.join([module, *words])} fails", done.returncode)


def validate(options: Options) -> None:
    """Check the raw data against the schema; bad data ends the job here."""
    if has("validate"):
        run("validate")


def prepare(options: Options) -> None:
    """Split the table: the validated one, else the raw one, else what params.yaml names."""
    tables = [Path(FOLDERS[name], "data.csv") for name in ("validated", "data")]
    run("stages", "prepare", *[table.as_posix() for table in tables if table.exists()][:1])


def tune(options: Options) -> None:
    """Search for better parameters, and write them into params.yaml with `--apply`."""
    if has("tune") and options.trials:
        run("tune", "--trials", str(options.trials), *["--apply"] * options.apply)


def train(options: Options) -> None:
    """Fit and save the model."""
    run("stages", "train")


def evaluate(options: Options) -> None:
    """Measure it on the test rows, beside the baseline and on groups of rows."""
    run("stages", "evaluate")
    if has("compare"):
        run("compare")


def judge(options: Options) -> None:
    """Hold the model against its limits and the champion's metrics; `reports/gate.json` has it all.

    With `--report` a refusal is no failure: the platform's own condition decides by the report.
    """
    if not has("gate"):
        return
    gate: Any = import_module(f"{PACKAGE}.gate")
    try:
        verdict = gate.run(champion())
    except gate.RefusedError as refusal:  # a limit that is malformed: nothing was judged
        raise StepError(str(refusal), 3) from None
    if not verdict["passed"] and not options.report:
        raise StepError(f"the gate refuses the model: {GATE}", 3)


def champion() -> dict[str, float] | None:
    """The champion's metrics on today's test rows; the recorded ones where it cannot score them."""
    folder, test = Path(FOLDERS["champion"]), Path(FOLDERS["prepared"], "test.csv")
    file = folder / "metrics.json"
    known: dict[str, float] | None = None
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
    if not ((folder / "model.skops").exists() and test.exists()):
        return known
    parts = ("data", "evaluate", "params", "predict", "stages")
    data, measure, params, predict, stages = (import_module(f"{PACKAGE}.{part}") for part in parts)
    fitted, config = predict.load(folder / "model.skops"), params.load()
    if fitted.meta["target"] != config["data"]["target"]:
        print(f"the champion predicts {fitted.meta['target']}: there is nothing to compare")
        return None
    frame, truth = data.features_and_target(stages.part("test"), config)
    try:
        predicted = fitted.predict(frame)
    except ValueError as error:
        print(f"the champion cannot score today's rows, its recorded figures count: {error}")
        return known
    return {name: float(metric(truth, predicted)) for name, metric in measure.METRICS.items()}


def metadata(options: Options) -> None:
    """Write what a registry keeps with the model: contract, card, and a summary of all reports."""
    if has("contract"):
        run("contract")
    meta = json.loads(Path("models/model.json").read_text(encoding="utf-8"))
    found = {
        path.stem: json.loads(path.read_text("utf-8")) for path in Path("reports").glob("*.json")
    }
    told = {key: meta[key] for key in ("task", "target", "trained_at", "rows")}
    manifest = Path(FOLDERS["data"], "manifest.json")
    if manifest.exists():
        told["data_sha256"] = json.loads(manifest.read_text(encoding="utf-8"))["sha256"]
    told |= {"git_commit": os.environ.get("GIT_COMMIT", ""), "inputs": meta["inputs"]}
    told |= {key: found.get(key) for key in ("metrics", "baseline", "slices", "gate")}
    text = json.dumps(told, indent=2) + "\n"
    Path("reports/metadata.json").write_text(text, encoding="utf-8")
    card = Path("docs/model-card.md")
    if card.exists():
        shutil.copy(card, "reports/model-card.md")


def score(options: Options) -> None:
    """Predict each file of `rows`: a CSV of the same name among `predictions`."""
    os.environ["MODEL_DIR"] = str(Path(FOLDERS["model"]).absolute())
    out, files = Path(FOLDERS["predictions"]), sorted(Path(FOLDERS["rows"]).rglob("*.*"))
    tables = [file for file in files if file.suffix in (".csv", ".parquet")]
    if not tables:
        raise StepError(f"there is no CSV or Parquet file among {[str(file) for file in files]}")
    runs = ["--runs", FOLDERS["runs"]] if has("score") else []
    for file in tables:
        words = [str(file), "--output", str(out / f"{file.stem}.csv"), *runs]
        run("score" if has("score") else "predict", *words)


STEPS: dict[str, Callable[[Options], None]] = {
    "validate": validate,
    "prepare": prepare,
    "tune": tune,
    "train": train,
    "evaluate": evaluate,
    "judge": judge,
    "metadata": metadata,
    "score": score,
}


def copy(source: Path, target: Path) -> None:
    """Copy a file into a folder, or all of a folder; without modes, for inputs may be read-only."""
    files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
    for file in files:
        name = file.name if source.is_file() else file.relative_to(source)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target / name)


def bring(inputs: dict[str, Path]) -> None:
    """Copy the inputs to where the project has them; later ones go over earlier ones."""
    for name, folder in inputs.items():
        if not folder.exists():
            raise StepError(f"the input {name} is not there: {folder}")
        home = Path(FOLDERS.get(name, "."))
        copy(folder, home)
        if (archive := home / "model.tar.gz").exists():
            archives.unpack(archive, home)
            archive.unlink()
    Path("reports").mkdir(exist_ok=True)


def keep(outputs: dict[str, Path]) -> None:
    """Copy what the outputs name from where the project has it; nothing where it has nothing."""
    for name, folder in outputs.items():
        folder.mkdir(parents=True, exist_ok=True)
        if name in FOLDERS:
            copy(Path(FOLDERS[name]), folder)
            continue
        for part in TRACKING if name == "tracking" else PROJECT:
            source = Path(part)
            copy(source, (folder / part).parent if source.is_file() else folder / part)


def work(
    steps: Sequence[str], inputs: dict[str, Path], outputs: dict[str, Path], options: Options
) -> None:
    """Run the steps in a scratch folder; what there is goes to the outputs, after a failure too.

    Raises:
        StepError: a step fails; the ones after it do not run.
    """
    inputs, outputs = ({n: p.absolute() for n, p in all_.items()} for all_ in (inputs, outputs))
    told: dict[str, Any] = {"steps": list(steps), "started": now(), "outcome": "failed"}
    told |= {
        key.lower(): os.environ[key] for key in ("GIT_COMMIT", "JOB_NAME") if key in os.environ
    }
    before = Path.cwd()
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        os.chdir(scratch)
        try:
            bring(inputs)
            for step in steps:
                print(f"step {step}", flush=True)
                STEPS[step](options)
            told["outcome"] = "done"
        except StepError as error:
            told["why"] = str(error)
            raise
        finally:
            text = json.dumps(told | {"finished": now()}, indent=2) + "\n"
            JOB.parent.mkdir(exist_ok=True)
            JOB.write_text(text, encoding="utf-8")
            keep(outputs)
            os.chdir(before)


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def pair(text: str) -> tuple[str, Path]:
    """Read NAME=FOLDER."""
    name, sign, folder = text.partition("=")
    if not sign or name not in (*FOLDERS, "project", "tracking"):
        known = ", ".join(sorted([*FOLDERS, "project", "tracking"]))
        raise argparse.ArgumentTypeError(f"{text}: NAME=FOLDER is expected, NAME one of {known}")
    return name, Path(folder)


def parse(words: Sequence[str]) -> Options:
    """Read a command line."""
    parser = argparse.ArgumentParser(prog="python -m PACKAGE.platforms.job", description=__doc__)
    parser.add_argument("steps", nargs="+", choices=[*STEPS])
    parser.add_argument("--input", action="append", type=pair, default=[], metavar="NAME=FOLDER")
    parser.add_argument("--output", action="append", type=pair, default=[], metavar="NAME=FOLDER")
    parser.add_argument("--trials", type=int, default=0, help="of tune; 0 passes it over")
    parser.add_argument("--apply", action="store_true", help="of tune: write params.yaml")
    parser.add_argument("--report", action="store_true", help="judge: a refusal is no failure")
    return parser.parse_args(words)


def main() -> None:
    """Run steps; exit code 0, 3 where the gate refuses, or the one of the step that fails."""
    options = parse(sys.argv[1:])
    try:
        work(options.steps, dict(options.input), dict(options.output), options)
    except StepError as error:
        print(error, file=sys.stderr)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
