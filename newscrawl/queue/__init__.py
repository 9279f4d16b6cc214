"""The queue of site crawls on PostgreSQL, which any number of workers take from."""
