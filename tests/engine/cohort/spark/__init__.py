"""Populations on Apache Spark, in local mode; all of them share one session, which takes seconds to start."""
