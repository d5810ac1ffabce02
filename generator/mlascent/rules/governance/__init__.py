"""Rules of the area governance."""
