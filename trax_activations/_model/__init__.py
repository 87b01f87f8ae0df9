"""Built models: the paths to their layers, copies of them, and what layers hold."""
