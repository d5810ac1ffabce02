"""The ladder: levels, areas, capabilities, and the rules that prove them.

One YAML file a capability says what it means, when it is due, which files bring it and what proves
it. ``python -m mlascent.catalogue.generate`` compiles them; run time reads the compiled JSON only.
"""

from __future__ import annotations

from mlascent.catalogue.choose import Chosen, LeftOut, Selection, selection
from mlascent.catalogue.load import Catalogue, catalogue
from mlascent.catalogue.model import Area, Capability, Level, Path, Profile, Rule, Text

__all__ = [
    "Area",
    "Capability",
    "Catalogue",
    "Chosen",
    "LeftOut",
    "Level",
    "Path",
    "Profile",
    "Rule",
    "Selection",
    "Text",
    "catalogue",
    "selection",
]
