"""The history of the schema, for Alembic: one migration per change, from the baseline on.

To change the schema, change tables.py and write versions/vNNNN_what_it_does.py, with NNNN as its revision and the
version before it as its down_revision; tests/storage/test_schema.py shows where the two still differ. Every upgrade
recreates views, data dictionary and comments, so migrations need none. Where SQLite has to copy the table `articles`
(for every change but ADD COLUMN), its full-text triggers are lost: call search.create again.
"""
