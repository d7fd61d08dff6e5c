"""What the Evaluate page shows, without HTML: a record, its evaluation, questions and changes."""
