"""The ``cds`` command and the HTTP service: the outermost layer, which uses files, clocks and networks."""
