"""The doors: thin. Each turns what a person sends into a call of the desk, and prints what comes back."""
