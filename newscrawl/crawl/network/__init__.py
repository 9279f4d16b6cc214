"""The way to the network: which addresses, how fast, which hosts no more, and what each failure means."""
