"""The queue of site crawls."""
