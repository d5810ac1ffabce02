"""From verdicts to levels, an area at a time; what is missing first, and what would bring it."""
