"""What the service does for a call: one handler per request of the dialogue, one transaction per turn."""
