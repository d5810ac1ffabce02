"""Data, features, model, and the words that run them."""
