"""Worker pools, with workers that start quickly where their start is not what is tested."""

from tests.commands.conftest import quick_workers

__all__ = ["quick_workers"]
