"""The HTTP routes, one module for each group; each makes its router for a :class:`api.service.Service`."""
