"""A grade for its readers: one module for each format."""
