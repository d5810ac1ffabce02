"""Policy files, read and joined with those that they extend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from mlascent.catalogue import catalogue
from mlascent.errors import RefusedError
from mlascent.facts.parsing import Doc, yaml_of
from mlascent.policy import schema, sources
from mlascent.policy.inherit import joined
from mlascent.policy.model import Layer, Policy
from mlascent.policy.sources import Source

#: Where a repository says which policy it is under.
FILE = ".mlascent/policy.yml"
#: Organisation, domain, repository, and one to spare.
_MOST_LAYERS = 6


def load(spec: str | None, root: Path) -> Policy | None:
    """The policy of a repository.

    Args:
        spec: What the caller names; it takes the place of the repository's own.
        root: The repository.

    Returns:
        Nothing where there is no policy.

    Raises:
        UsageError: A source has no form that we know, or is not there.
        RefusedError: A policy is malformed, not as pinned, or loosens what it extends.
    """
    layers = read(spec, root)
    return joined(layers, catalogue()) if layers else None


def in_force(policy: Policy, day: date) -> Policy:
    """Those layers of a policy that make a check fail on a day."""
    live = [layer for layer in policy.layers if layer.enforces(day)]
    return policy if len(live) == len(policy.layers) else joined(live, catalogue())


def read(spec: str | None, root: Path) -> list[Layer]:
    """The layers of a policy, from the widest to the narrowest; none where there is no policy."""
    own = root / FILE
    if spec is None and (own.is_symlink() or own.parent.is_symlink()):
        raise RefusedError(f"{FILE} is a link, or stands in one", "Make it a plain file.")
    if spec is None and not own.is_file():
        return []
    given = spec is not None
    within = "" if given else str(root)
    source = sources.parse(spec) if spec is not None else sources.parse(str(own))
    if not given:
        source = Source(source.told, "path", "", within, source.read)
    layers: list[Layer] = []
    named: Layer | None = None
    while True:
        layer = _layer(source, FILE if source.told == str(own) else source.told)
        if named:
            _as_named(layer, named)
        if any(layer.digest == known.digest for known in layers):
            raise RefusedError(f"the policy {layer.source} extends itself")
        layers.insert(0, layer)
        if len(layers) > _MOST_LAYERS:
            raise RefusedError(f"the policy {layers[-1].source} extends more than {_MOST_LAYERS} others")
        above = layer.get("extends")
        if above is None:
            return layers
        source = _above(source, layer, above if isinstance(above, dict) else {"source": above}, not given)
        named = layer


def _above(source: Source, layer: Layer, wanted: dict[str, Any], pinned: bool) -> Source:
    above = source.beside(wanted["source"], wanted.get("digest", ""))
    if above.remote and pinned and not above.pin:
        raise RefusedError(
            f"{layer.at('extends')} names {above.told} without its digest",
            "What a repository draws in from elsewhere is pinned: add `digest: sha256:…` "
            "(`mlascent policy show --policy SOURCE` prints it).",
        )
    return above


def _as_named(found: Layer, by: Layer) -> None:
    """Hold the version that the extending file names against the file itself."""
    wanted = by.get("extends", "version")
    if wanted is not None and wanted != found.version:
        raise RefusedError(
            f"{by.at('extends')} wants version {wanted}; {found.source} is version {found.version}",
            "Read what changed in it, then name the new version.",
        )


def _layer(source: Source, told: str) -> Layer:
    content = source.content()
    doc = parsed(content, "policy", told)
    enforce = doc.get("enforce_from")
    layer = Layer(
        name=doc.get("name"),
        version=doc.get("version"),
        source=told,
        digest=sources.digest(content),
        enforce_from=date.fromisoformat(enforce) if enforce else None,
        doc=doc,
    )
    if not doc.items("rules") and not doc.items("plugins"):
        return layer
    from dataclasses import replace

    from mlascent.policy import own, plugins

    return replace(
        layer,
        own=(*own.rules(layer), *plugins.rules([str(p) for p in doc.items("plugins")], layer.at("plugins"))),
    )


def parsed(content: bytes, kind: str, told: str) -> Doc:
    """A document that is as its schema says.

    Args:
        content: The file.
        kind: Name of the schema.
        told: What to call the file.

    Raises:
        RefusedError: It is malformed; everything wrong is told together.
    """
    doc, problems = examined(content, kind)
    if problems:
        told_all = "\n".join(
            f"{told}:{line}: {said}" if line else f"{told}: {said}" for line, said in problems
        )
        raise RefusedError(
            told_all, "docs/how-to/set-a-policy.md shows what goes into it." if kind == "policy" else ""
        )
    return doc


def examined(content: bytes, kind: str) -> tuple[Doc, Sequence[tuple[int, str]]]:
    """A document, and everything that is wrong with it: line and what."""
    try:
        doc = yaml_of(content.decode("utf-8"))
    except UnicodeDecodeError:
        return Doc(None), [(0, "is not UTF-8")]
    except ValueError as error:
        return Doc(None), [(getattr(error, "line", 0) or 0, str(error))]
    except RecursionError:
        return Doc(None), [(0, "is nested too deeply")]
    faults = schema.faults(doc.value, kind)
    return doc, [(doc.line(*at), f"{schema.place(at)} {said}") for at, said in faults]
