"""Documents by section, and what in them nobody has written."""

from __future__ import annotations

import time
from pathlib import Path

from tests.rules.support import facts

TEXT = """
    ---
    owner: Ana
    ---
    Before any heading.

    # Cartão do *modelo*

    Words [that link](https://x.y) count.

    ## Limits

    <!-- example -->
    > **Example text**: this does not count.

    Nor does this, for the mark is above.

    ## Use
    TODO: write this
    A person wrote this. <your name> did not
    <!-- TBD -->

    ```python
    # not a heading
    print("many words that are code")
    ```

    | a | b |
    | --- | --- |
    | one | two |

    Under lined
    -----------
    text
"""


def test_sections(tmp_path: Path) -> None:
    documents = facts(tmp_path, {"docs/model-card.md": TEXT, "deep/er/MODEL_CARD.md": "# Other\n"}).documents
    card = documents.find("changelog", "Model Card")
    assert card is not None
    assert (card.path, card.front) == ("docs/model-card.md", {"owner": "Ana"})
    assert [(s.title, s.depth, s.line, s.written) for s in card.sections] == [
        ("", 0, 4, 3), ("Cartão do modelo", 1, 6, 9), ("Limits", 2, 10, 0),
        ("Use", 2, 17, 4), ("Under lined", 2, 31, 1),
    ]  # fmt: skip
    limits, use = card.section("LIMIT"), card.section("use")
    assert limits is not None
    assert use is not None
    assert limits.placeholders[0] == (12, "example")
    assert [line for line, _ in use.placeholders] == [18, 19, 20]
    assert card.section("cartao") is card.sections[1]
    assert card.code == ((23, "python", '# not a heading\nprint("many words that are code")'),)


def test_other_forms(tmp_path: Path) -> None:
    documents = facts(
        tmp_path,
        {
            "a.rst": "Title\n=====\n\nSome words\n\nSub\n---\nTBD\n",
            "b.md": "---\nx: [\n---\n# A\n",
            "c.md": "# A\n```\nopen\n",
            "d.md": b"\xff",
            "e.md": "",
        },
    ).documents
    assert [(s.title, s.depth, s.written) for s in documents.all["a.rst"].sections] == [
        ("Title", 1, 2),
        ("Sub", 2, 0),
    ]
    assert documents.all["b.md"].sections == documents.all["d.md"].sections == ()
    assert documents.all["c.md"].code == ((3, "", "open"),)
    assert documents.find("none") is None


def test_it_ends_on_anything(tmp_path: Path) -> None:
    hostile = [
        "# a\n" * 50_000,
        "<!--" * 50_000,
        "[" * 100_000,
        "`" * 100_000,
        "a [b](" * 30_000,
        "<your " * 50_000,
        "_" * 100_000,
    ]
    documents = facts(tmp_path, {f"{number}.md": text for number, text in enumerate(hostile)}).documents
    start = time.process_time()
    for document in documents.all.values():
        assert len(document.sections) <= 1_001
    assert time.process_time() - start < 20
