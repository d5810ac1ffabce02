"""mlascent beside its peers: time and memory, as ratios of paired runs. See README.md."""
