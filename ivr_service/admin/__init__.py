"""What the admin uses: the commands, and what they are made of."""
