"""What runs and plans come to, as plain documents: one wording for the terminal, the portal and letters. Pure."""
