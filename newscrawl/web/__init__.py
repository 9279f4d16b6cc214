"""The reading room: the archive as pages for a browser, and as one file to send. It only reads."""
