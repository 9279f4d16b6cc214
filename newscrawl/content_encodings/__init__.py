"""Content and transfer encodings of bodies, live and archived: one decoder and one rule for all of them."""
