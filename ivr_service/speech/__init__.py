"""What the caller says: recognition of speech, and what the words mean."""
