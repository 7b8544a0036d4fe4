"""Records and frames -> files: one module per format, every file written whole or not at all."""
