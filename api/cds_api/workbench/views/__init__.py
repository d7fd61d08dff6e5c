"""What the pages show, gathered from a rulebook, an audit, a population or a run; no HTML and no request."""
