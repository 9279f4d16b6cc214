"""Articles about the same story: copies, rewrites and updates."""
