"""docs/analysis.md and the notebook are executed."""
