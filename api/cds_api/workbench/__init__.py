"""The workbench: pages for reading, trying and writing rules."""
