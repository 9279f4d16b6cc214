"""Copies of articles: the same text, a near copy or a part of it, an update or a correction."""
