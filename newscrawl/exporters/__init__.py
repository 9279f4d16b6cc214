"""Articles in other forms: a module each, named after its form."""
