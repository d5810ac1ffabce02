"""What instances cost, in orders of magnitude: enough to ask before it is spent."""

import re

# Dollars an hour of one instance, in round figures of 2026; the price of a region differs.
SIZES = {"medium": 0.06, "large": 0.12, "xlarge": 0.25, "2xlarge": 0.5, "4xlarge": 1.0}
PRICES = "https://aws.amazon.com/sagemaker/pricing/"
HOURS = 730  # in a month


def hourly(instance_type: str, count: int = 1) -> str:
    """The order of what instances cost; of general ones alone, not of those with an accelerator."""
    found = re.fullmatch(r"ml\.[tmcr]\d[a-z]*\.(\w+)", instance_type)
    if not found or found[1] not in SIZES:
        return "a price that is not known here"
    rate = SIZES[found[1]] * count
    return f"about USD {rate:.2f} an hour, {rate * HOURS:.0f} a month"
