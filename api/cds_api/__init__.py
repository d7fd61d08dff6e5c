"""The ``cds`` command and the HTTP service: the outermost layer, which meets files, clocks and networks."""
