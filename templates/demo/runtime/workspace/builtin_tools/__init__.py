"""Tools that every workspace has."""
