"""CDS Hooks 2.0: discovery, one service per hook, cards and feedback."""

from cds_api.cds_hooks.routes import MODELS, router

__all__ = ["MODELS", "router"]
