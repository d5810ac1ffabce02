"""What must not go through does not, and says why."""

from __future__ import annotations

from .conftest import Bake


def test_a_word_before_setup_says_so(bake: Bake) -> None:
    project = bake(level=2, setup=False)
    words = project.words() - {"setup", "upgrade", "check", "_default"}  # these need no lock
    assert {"train", "test", "lint"} <= words
    for word in sorted(words):
        assert "just setup" in project.just(word, fails=True), word
    assert project.changed() == []
