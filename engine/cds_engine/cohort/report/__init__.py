"""Reports on one run over a population, and on two rulebooks compared: text, JSON and HTML."""
