"""The HTTP service, in process and as `cds serve`."""
