"""Articles in the database: written, merged, read."""
