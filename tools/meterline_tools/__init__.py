"""The hands of Meterline: deterministic tools over a company's data. No model, no web, no settings."""
