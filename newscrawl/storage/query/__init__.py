"""Reading the archive: search, counts, statistics, facets, clusters and exports."""
