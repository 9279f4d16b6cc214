"""Bloomberg and Businessweek."""
