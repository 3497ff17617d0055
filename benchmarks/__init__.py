"""How fast Meterline is, measured on the demo company: `make bench`."""
