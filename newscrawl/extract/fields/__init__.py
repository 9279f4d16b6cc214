"""One module per field of an article."""
