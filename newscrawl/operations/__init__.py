"""Running unattended: which process a run is, how it went and whom to tell, when the next one begins."""
