"""Trains the model with which the generic extractor finds the body of an article (see docs/model-card.md)."""
