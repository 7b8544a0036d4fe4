"""Numbers only: features, morphospace, seeds, growth, trees, diversity. Nothing here knows projects."""
