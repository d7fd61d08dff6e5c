"""CDS Hooks 2.0: discovery, services for three hooks, cards and feedback."""

from cds_api.cds_hooks.routes import MODELS, router

__all__ = ["MODELS", "router"]
