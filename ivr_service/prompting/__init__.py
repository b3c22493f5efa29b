"""Prompts: the catalogue of texts, the telephone audio made of them, and what a phrase sounds like."""
