"""The documentation of the database, made from its tables."""
