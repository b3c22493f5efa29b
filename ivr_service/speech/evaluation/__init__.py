"""Measuring how well recordings are understood, by the same code as a call: labels in, a report out."""
