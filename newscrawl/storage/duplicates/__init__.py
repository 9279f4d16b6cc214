"""Articles that tell the same story."""
