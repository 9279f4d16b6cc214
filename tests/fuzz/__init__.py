"""Coverage-guided fuzzing of extraction and of the list readers: `python -m tests.fuzz.fuzz extraction|lists`."""
