"""The reports of an audit, all views of one result: text, JSON, HTML, LCOV, and problems for SARIF."""
