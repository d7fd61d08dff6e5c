"""Clinical scenarios in Gherkin: the steps, the collection and running of feature files, and recordings."""
