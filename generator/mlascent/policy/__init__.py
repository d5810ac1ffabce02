"""Who must do what, and until when not: policies, waivers, attestations, baselines."""
