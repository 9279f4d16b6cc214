"""The crawl state in the database: pages, lists, runs, captures."""
