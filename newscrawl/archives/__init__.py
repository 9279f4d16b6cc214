"""Archives of the web: captures in, captures out."""
