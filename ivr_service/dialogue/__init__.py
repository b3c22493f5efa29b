"""The pure dialogue core: step(state, event) -> (state, outputs). It reads no clock, file or database."""
