"""Finding articles that tell the same story."""
