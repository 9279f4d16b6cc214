"""The eras of publishers' markup: a module each, with one Layout in it, named as the module is."""
