"""The publishers that newscrawl knows, one folder each."""
