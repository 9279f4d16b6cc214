"""The archive as a read-only website and as a report file."""
