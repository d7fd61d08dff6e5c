"""The views of an audit: text, JSON, HTML, LCOV and problems (for SARIF), all of one result."""
