"""``python -m cds_api``: the ``cds`` command."""

from cds_api.cli import main

if __name__ == "__main__":
    main()
