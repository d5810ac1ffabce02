"""mlascent: one template for machine-learning repositories, and the levels that a project climbs in place."""

__version__ = "0.4.0"
