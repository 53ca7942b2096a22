"""What Penstock costs, as ratios within one run on this machine: `python -m benchmarks`."""
