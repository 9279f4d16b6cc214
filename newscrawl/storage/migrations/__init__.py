"""The history of the schema, for Alembic.

To change the schema: change tables.py, and write versions/v0002_what_it_does.py after the pattern of the first, with
the revision "0002" as its name says; tests/storage/test_schema.py tells where the two still differ. Views and the data
dictionary are made anew by every upgrade. Where SQLite makes `articles` anew (all but ADD COLUMN), its full-text
triggers go: call search.create again.
"""
