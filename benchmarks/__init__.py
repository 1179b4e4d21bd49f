"""Measurements of what ganlab promises: `python -m benchmarks`. Figures of one machine at one time, never tests."""
