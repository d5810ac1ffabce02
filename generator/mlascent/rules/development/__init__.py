"""Rules of the area development."""
