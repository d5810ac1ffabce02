"""Rules of the area monitoring."""
