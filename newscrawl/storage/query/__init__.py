"""Questions to the archive, compiled to SQL."""
