"""Work over stored captures and archive files."""
