"""Readers and writers of web archives: WARC, ARC, WACZ."""
