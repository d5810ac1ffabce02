"""Source code under version control (DE010 to DE012)."""

from __future__ import annotations

from fnmatch import fnmatchcase

from mlascent.facts import Facts
from mlascent.facts.files import LINK, lines
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule

#: One of each must be ignored.
_KEPT_OUT = {
    "data": ("data/raw/x.csv", "data/x.csv", "datasets/x.csv", "x.parquet"),
    "models": ("models/x.skops", "models/x.pkl", "artifacts/x.pkl", "outputs/x.pt", "x.pkl"),
    "secrets": (".env",),
    "caches": ("__pycache__/x.pyc", "src/p/__pycache__/x.pyc"),
}
_BINARY = (
    *(".parquet", ".pkl", ".pickle", ".pt", ".pth", ".onnx", ".h5", ".hdf5", ".skops", ".joblib", ".npz"),
    *(".safetensors", ".feather", ".npy", ".ckpt", ".keras", ".tflite", ".gguf", ".arrow", ".orc", ".avro"),
    *(".db", ".sqlite", ".sqlite3", ".duckdb", ".mat", ".rds", ".sav", ".dta", ".pb"),
)
_LARGE = 1_000_000
_SMALL_FIXTURE = 100_000
_LOCKS = (".lock", "package-lock.json", "pnpm-lock.yaml", "conda-lock.yml")
_STRIPPERS = ("nbstripout", "nb-clean", "nbclean", "jupyter-nb-clear-output", "clear-output", "nbconvert")


@rule("DE010")
def ignores(facts: Facts) -> Verdict:
    """A .gitignore of one line is no pretence that passes: a path of each kind is tried against it."""
    if not facts.files.in_git:
        return failed("The project is not in a git repository.", Evidence(".", 0, "no .git here or above"))
    known = {*facts.dvc.tracked, *(out for stage in facts.dvc.stages for out in stage.outs)}
    open_to = [
        kind
        for kind, tried in _KEPT_OUT.items()
        if not any(facts.tooling.ignored(path) for path in tried)
        and not (kind in ("data", "models") and any(facts.tooling.ignored(path) for path in known))
    ]
    if open_to:
        return failed(
            f".gitignore lets in {', '.join(open_to)}.", Evidence(".gitignore", 0, "no such pattern")
        )
    return passed("git ignores data, models, secrets and caches.", Evidence(".gitignore"))


@rule("DE011")
def no_binaries(facts: Facts) -> Verdict:
    """Looks at what git would take, whatever .gitignore says of files that were added by force."""
    found = []
    for path, file in facts.files.all.items():
        if file.mode == LINK or path.endswith(_LOCKS) or _large_storage(facts, path):
            continue
        if not facts.files.in_git and facts.tooling.ignored(path):
            continue
        fixture = path.startswith(("tests/", "test/")) and file.size < _SMALL_FIXTURE
        if file.size > _LARGE or (path.lower().endswith(_BINARY) and file.size and not fixture):
            found.append(Evidence(path, 0, f"{file.size:,} bytes"))
    if found:
        return failed(f"git tracks {lines([e.path for e in found])}.", *found[:20])
    return passed(f"None of {len(facts.files.all)} files is large, a data set or a model.")


def _large_storage(facts: Facts, path: str) -> bool:
    return any(
        name == "lfs" and (fnmatchcase(path.rpartition("/")[2], pattern) or fnmatchcase(path, pattern))
        for pattern, name, _ in facts.tooling.filters
    )


@rule("DE012")
def stripped(facts: Facts) -> Verdict:
    """A hook that runs only by hand strips nothing; notebooks with outputs show that none ran."""
    notebooks = [m for m in facts.python.modules.values() if m.path.endswith(".ipynb")]
    full = [Evidence(m.path, 0, f"{m.outputs} cells with outputs") for m in notebooks if m.outputs]
    if full:
        return failed(f"{lines([e.path for e in full])} has outputs.", *full)
    for hook in facts.tooling.hooks:
        if hook.runs(*_STRIPPERS):
            return passed("A commit hook strips outputs.", Evidence(hook.path, hook.line, hook.id))
    for pattern, name, line in facts.tooling.filters:
        if "strip" in name.lower() and pattern.endswith(".ipynb"):
            return passed("A git filter strips outputs.", Evidence(".gitattributes", line, name))
    if not facts.files.ending(".ipynb"):
        return not_applicable("There is no notebook.")
    return failed("Nothing strips outputs from notebooks.", *(Evidence(m.path) for m in notebooks[:3]))
