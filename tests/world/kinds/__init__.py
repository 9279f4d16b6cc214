"""The kinds of sites, a module each."""
