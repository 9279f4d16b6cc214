"""How text is written, on pages and in lists alike: its character encoding, its dates and times."""
