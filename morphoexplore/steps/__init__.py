"""Long verbs: store and methods together, one module per verb. All of them can be run again safely."""
