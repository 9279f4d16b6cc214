"""Articles as files: formats and targets."""
