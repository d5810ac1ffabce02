"""Rules of the area deployment: a module for each group of capabilities."""
