"""Mistakes planted in copies of the shipped rulebooks, and whether anything reports them."""
