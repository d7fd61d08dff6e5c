"""What the commands of ``cds`` do. The options are in :mod:`cds_api.cli`."""
