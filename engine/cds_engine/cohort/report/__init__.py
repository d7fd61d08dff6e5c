"""What a run over a population came to, and how two rulebooks differ on one: text, JSON and HTML."""
