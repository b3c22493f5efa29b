"""Pure rules: what a number is, who may dial what, how often, and with which PIN."""
